"""From a French text to what it asks for: themes, subjects, situations, each with its words."""
