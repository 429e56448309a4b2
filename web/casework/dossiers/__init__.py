"""Dossiers: needs received, imported, made precise, and the structures chosen for them."""
