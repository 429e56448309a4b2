"""A term of a closed list: what the lists of `vocabulary` are made of."""

from __future__ import annotations

from enum import StrEnum


class Term(StrEnum):
    """A code of a closed list: a string that knows its French label and definition."""

    label: str
    definition: str

    # The defaults are for the type checker: `Theme("habitat")` looks a member up, and makes none.
    def __new__(cls, code: str, label: str = "", definition: str = "") -> Term:
        """Make the member `code`, with its texts for people."""
        member = str.__new__(cls, code)
        member._value_ = code
        member.label = label
        member.definition = definition
        return member
