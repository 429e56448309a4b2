"""Calls: whom to ring first, by what an answer would change in the first five of a cohort."""
