"""How the directory is kept: checked, edited, filled from the files of operators."""
