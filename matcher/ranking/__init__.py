"""From one need to ordered, explained suggestions."""
