"""All the needs of a cohort answered in one run that can be taken up again, and packed."""
