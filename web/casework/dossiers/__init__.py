"""Dossiers: needs received, imported, made precise, followed together; structures chosen."""
