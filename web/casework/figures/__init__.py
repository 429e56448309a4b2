"""Figures over time: periods, what erased dossiers left, the report of a quarter."""
