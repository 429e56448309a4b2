"""What we know: vocabulary, nouns, tables and their sources, territory."""
