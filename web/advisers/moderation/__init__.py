"""The pages of proposals: queue, comparison, decision."""
