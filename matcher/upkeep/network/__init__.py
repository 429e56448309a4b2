"""What an operator with a network refreshes: one connector a source, read by `actualiser` alone."""
