"""What is known of persons: written in one way, found again, masked, erased, kept no longer."""
