"""How well we read, find and rank, on cases that people judged."""
