"""How far the directory can be trusted: its doors, its duplicates, the quality of its records."""
