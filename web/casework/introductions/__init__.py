"""Introductions: steps, links, answers, reminders, what is remembered of each structure."""
