"""The pages of a pack, as HTML and as PDF."""
