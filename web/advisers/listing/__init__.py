"""The list of dossiers: searched, sorted, filtered, changed together, taken away as a file."""
