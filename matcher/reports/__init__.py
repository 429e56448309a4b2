"""What people open: the match sheet and its formats."""
