"""Introductions spread over a cohort, and communes that could work together."""
