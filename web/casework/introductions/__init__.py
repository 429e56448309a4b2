"""Introductions: briefs, letters, documents, reminders, the load of each structure."""
