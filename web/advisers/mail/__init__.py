"""The letters of a dossier: as drafts, answered by links, filed when they come back."""
