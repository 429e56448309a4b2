"""The learned reader: what a need is about, beyond the words that the tables list."""
