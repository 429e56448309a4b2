"""What nothing of our directory covers, and where one more structure would close most."""
