"""What comes after an answer: an opinion, a list that one keeps, what is new for a commune."""
