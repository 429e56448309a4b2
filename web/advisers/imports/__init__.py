"""A table that a team brings: read, settled with a person, then kept."""
