"""Many needs at once."""
