"""What visitors say of suggestions, and what they were shown: nothing of anybody."""
