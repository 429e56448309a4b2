"""The follow-up of a team's own spreadsheet: read, checked against the rules of states, kept."""
