"""Answers kept by content, and narrowed: by kind, by theme, by level.

The same need is matched once, whatever is then asked of it. Ranks stay those of the whole answer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any, NamedTuple, TypeVar

from flask import Response, after_this_request, has_request_context
from werkzeug.datastructures import MultiDict

from matcher import Kind, Matcher, Need, Status, Structure, Suggestion, Theme
from matcher.catalogue import Area, Radius, Scale
from matcher.ranking import Question, Ranking

from ..records import need_read
from ..turns import take_turn
from .asking import Form, whole

PAGE = 10
"""Suggestions on a page: what a person can compare."""
RADIUS = "rayon"
KEPT = 256
"""Needs remembered: about 50 kB each, 130 kB for the longest texts, once what only their pages need
is left; 0.3 MB while one is made, 1 MB when the whole list is explained to be filtered."""
PAGES_KEPT = 256
"""Pages of suggestions remembered, as they are sent: about 30 kB each, 100 kB for a whole list,
200 kB for the whole list of the longest texts."""
THEMES_KEPT = 20_000
"""Needs whose themes are remembered, about 1 kB each: a list of dossiers reads them all."""
CALLED = 3
"""Structures to call first: what one screen of a phone shows."""
ALL = 10_000
"""More than there are structures: filters look at the whole answer."""


class Covered(NamedTuple):
    """A structure and the part of its coverage that holds the commune."""

    structure: Structure
    reach: Area | Radius


One = TypeVar("One", Covered, Suggestion)
"""What filters look at: a suggestion, or a structure that may become one."""


@dataclass(frozen=True)
class FilterValue:
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

    def choices(self, suggestions: Sequence[Covered]) -> dict[str, list[FilterValue]]:
        """For each filter, what may be chosen and how much it would keep."""
        labels = {term.value: term.label for terms in (Kind, Theme, Scale) for term in terms}
        labels[RADIUS] = "Rayon autour du siège"
        held = [_values(s) for s in suggestions]
        found: dict[str, list[FilterValue]] = {}
        for name in ("type", "sujet", "niveau"):
            counts = Counter(
                value
                for values in held
                if not self.any or self._fits(values, but=name)
                for value in values[name]
            )
            order = list(labels)
            found[name] = [
                FilterValue(value, labels[value], counts[value])
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


@dataclass(frozen=True)
class Answered:
    """All that the matcher says of a need, each part found when first asked for."""

    matcher: Matcher
    need: Need
    question: Question
    """The need as it is read."""

    @cached_property
    def called(self) -> Sequence[Suggestion]:
        """Those to call first, without their rank intervals, the longest part of an answer."""
        return self.ranking.suggestions(CALLED)

    @cached_property
    def ranking(self) -> Ranking:
        """Every eligible structure scored, as columns."""
        return self.matcher.ranking(self.question)

    @cached_property
    def eligible(self) -> Sequence[Structure]:
        """Those that may answer."""
        return self.ranking.structures(range(len(self.ranking.pool)))

    @cached_property
    def first(self) -> Sequence[Suggestion]:
        """The first page of the whole list."""
        return self.matcher.match(self.question, top=PAGE, anyway=True)

    @cached_property
    def covered(self) -> Sequence[Covered]:
        """Every structure that answers in the commune: what an answer could hold."""
        eligible, communes = self.matcher.coverage.eligible, self.matcher.territory.communes
        places = [communes[insee] for insee in self.need.places or (self.need.commune,)]
        found = {s.id: (s, reach) for c in reversed(places) for s, reach in eligible(c)}
        return [Covered(*found[key]) for key in sorted(found)]

    @property
    def themes(self) -> tuple[Theme, ...]:
        """The themes that the need declares or, where it does not, those that are read in it."""
        return _themes(self.question)

    @cached_property
    def status(self) -> Status:
        """What the need is as a whole: some are not answered unless it is wanted all the same."""
        found = self.matcher.status(self.question)
        need_read(found.value)
        return found

    @cached_property
    def every(self) -> Sequence[Suggestion]:
        """The whole answer: explaining it all takes ten times as long as the first page."""
        return self.matcher.match(self.question, top=ALL, anyway=True)

    def leave(self, page: Response) -> Response:
        """Leave what only a page needs, ten times as heavy as the rest, once the page is made."""
        for part in ("ranking", "eligible", "every"):
            self.__dict__.pop(part, None)
        self.question.parts.clear()
        return page

    def page(self, filters: Filters) -> tuple[Sequence[Suggestion], int]:
        """The suggestions that the filters ask for, and how many there are over all pages."""
        if filters.any:
            kept = filters.keep(self.every)
            return filters.cut(kept), len(kept)
        return filters.cut(self.first if filters.page == 1 else self.every), len(self.covered)

    @cached_property
    def team(self) -> Any:
        """A few structures that together answer all of the need."""
        return self.matcher.team(self.question)

    @cached_property
    def inspirations(self) -> Any:
        """Projects of similar communes."""
        return self.matcher.inspiration(self.question, top=3)

    @cached_property
    def neighbours(self) -> Any:
        """Local operators that do what the need is about."""
        return self.matcher.neighbours(self.question)

    @cached_property
    def visits(self) -> Any:
        """Places to visit near by."""
        return self.matcher.visits(self.question)

    @cached_property
    def resources(self) -> Any:
        """What to read on the themes of the need."""
        return self.matcher.resources(self.question, top=4)


class Answers:
    """Answers of one matcher, which does not change: an answer stays true."""

    def __init__(self, matcher: Matcher) -> None:
        @lru_cache(KEPT)
        def answer(need: Need) -> Answered:
            take_turn()
            return Answered(matcher, need, matcher.question(need))

        @lru_cache(PAGES_KEPT)
        def page(
            _root: str, render: Callable[[Form, Filters], Any], form: Form, filters: Filters
        ) -> Any:
            take_turn()
            return render(form, filters)

        @lru_cache(THEMES_KEPT)
        def themes(need: Need) -> tuple[Theme, ...]:
            try:
                return tuple(map(Theme, need.themes)) or _themes(matcher.question(need))
            except ValueError:  # NeedError too: a code that is no more: nothing can be read
                return ()

        self.needs = answer
        self.themes_of = themes
        """See `Answered.themes`."""
        self.page = page
        """Pages made from these answers, kept with them: newer data bring other ones.

        `_root`, where the site is served, is in the addresses that a page holds.
        """

    def of(self, need: Need) -> Answered:
        """What is said of a need; however the page ends, what only it needs is left then.

        Raises
        ------
        NeedError
        """
        found = self.needs(need)
        if has_request_context():
            after_this_request(found.leave)
        return found


def _themes(question: Question) -> tuple[Theme, ...]:
    return tuple(map(Theme, question.need.themes)) or tuple(question.themes)
