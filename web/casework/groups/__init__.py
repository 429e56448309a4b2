"""Collective dossiers: communes of one need, followed together, each with its own outcome."""
