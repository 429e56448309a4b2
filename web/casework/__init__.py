"""Casework: what advisers know and do, kept in the database. No page and no HTTP here."""
