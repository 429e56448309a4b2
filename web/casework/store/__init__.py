"""The database: its tables, its schema, its backups."""

from . import memories as memories  # its tables are known wherever those of casework are
