"""The pages of a dossier: its desk, need, choices, introductions, letters, and those of several."""
