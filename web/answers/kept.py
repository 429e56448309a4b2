"""Answers kept by content: the same need is matched once, whatever is then asked of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from flask import Response, after_this_request, has_request_context

from matcher import Matcher, Need, Status, Structure, Suggestion, Theme
from matcher.ranking import Question, Ranking

from ..serving.metrics import need_read
from ..serving.turns import take_turn
from .asking import Form
from .filtering import PAGE, Covered, Filters

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
        def page(render: Callable[[Form, Filters], Any], form: Form, filters: Filters) -> Any:
            take_turn()
            return render(form, filters)

        @lru_cache(THEMES_KEPT)
        def themes(need: Need) -> tuple[Theme, ...]:
            try:
                return tuple(map(Theme, need.themes)) or tuple(matcher.question(need).themes)
            except ValueError:  # NeedError too: a code that is no more: nothing can be read
                return ()

        self.needs = answer
        self.themes_of = themes
        """The themes that a need declares or, where it does not, those that are read in it."""
        self.page = page
        """Pages made from these answers, kept with them: newer data bring other ones."""

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
