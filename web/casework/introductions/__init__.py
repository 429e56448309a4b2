"""Introductions: steps, links, answers, tasks, what is remembered of each structure."""
