"""What people bring: one reader for every table that is handed over, whatever wrote it."""
