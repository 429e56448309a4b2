"""Narrow an answer: by kind, by theme, by level. Ranks stay those of the whole answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, TypeVar

from werkzeug.datastructures import MultiDict

from matcher import Kind, Structure, Suggestion, Theme
from matcher.catalogue import Area, Radius, Scale

from .asking import whole

PAGE = 10
"""Suggestions on a page: what a person can compare."""
RADIUS = "rayon"


class Covered(NamedTuple):
    """A structure and the part of its coverage that holds the commune."""

    structure: Structure
    reach: Area | Radius


One = TypeVar("One", Covered, Suggestion)
"""What filters look at: a suggestion, or a structure that may become one."""


@dataclass(frozen=True)
class Choice:
    """A value of a filter, its French label and how many suggestions it keeps."""

    value: str
    label: str
    count: int


@dataclass(frozen=True)
class Filters:
    """What a visitor wants to see: codes, "" for all; unknown codes keep nothing."""

    type: str = ""
    sujet: str = ""
    niveau: str = ""
    page: int = 1

    @classmethod
    def of(cls, args: MultiDict[str, str]) -> Filters:
        """Read an address; a page number that is none counts as the first."""
        page = whole(args.get("page", ""), 3) or 1
        kind, subject, level = (args.get(name, "")[:60] for name in ("type", "sujet", "niveau"))
        return cls(kind, subject, level, page)

    def query(self, **changes: Any) -> dict[str, Any]:
        """The fields of an address with some of them changed."""
        shown = replace(self, **changes)
        fields = {"type": shown.type, "sujet": shown.sujet, "niveau": shown.niveau}
        if shown.page > 1:
            fields["page"] = str(shown.page)
        return {name: value for name, value in fields.items() if value}

    @property
    def any(self) -> bool:
        """Whether something is filtered."""
        return bool(self.type or self.sujet or self.niveau)

    def cut(self, kept: Sequence[Suggestion]) -> Sequence[Suggestion]:
        """The suggestions of the page."""
        return kept[(self.page - 1) * PAGE : self.page * PAGE]

    def keep(self, suggestions: Sequence[One]) -> list[One]:
        """The suggestions that pass every filter."""
        return [s for s in suggestions if self._fits(_values(s))]

    def _fits(self, values: dict[str, set[str]], but: str = "") -> bool:
        """Whether `values` pass every filter except `but`."""
        wanted = {"type": self.type, "sujet": self.sujet, "niveau": self.niveau}
        return all(not v or n == but or v in values[n] for n, v in wanted.items())

    def choices(self, suggestions: Sequence[Covered]) -> dict[str, list[Choice]]:
        """For each filter, what may be chosen and how much it would keep."""
        labels = {term.value: term.label for terms in (Kind, Theme, Scale) for term in terms}
        labels[RADIUS] = "Rayon autour du siège"
        held = [_values(s) for s in suggestions]
        found: dict[str, list[Choice]] = {}
        for name in ("type", "sujet", "niveau"):
            counts = Counter(
                value
                for values in held
                if not self.any or self._fits(values, but=name)
                for value in values[name]
            )
            order = list(labels)
            found[name] = [
                Choice(value, labels[value], counts[value])
                for value in sorted(counts, key=order.index)
            ]
        return found


def _values(suggestion: Covered | Suggestion) -> dict[str, set[str]]:
    structure = suggestion.structure
    reach = suggestion.reach
    return {
        "type": {kind.value for kind in structure.kinds},
        "sujet": {theme.value for theme in structure.themes},
        "niveau": {reach.scale.value if isinstance(reach, Area) else RADIUS},
    }
