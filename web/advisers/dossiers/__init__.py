"""The pages of dossiers: list, desk, choices, introductions, imports."""
