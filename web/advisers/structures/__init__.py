"""The structures as a team knows them: what it asked them, what they answered, what they can do."""
