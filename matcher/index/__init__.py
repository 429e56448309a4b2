"""The catalogue as arrays, ready to be ranked and kept on disk."""
