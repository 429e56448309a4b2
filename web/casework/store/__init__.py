"""The database: its tables, its schema, its backups."""
