"""Answers kept by content: the same need is matched once, whatever is then asked of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from matcher import Matcher, Need, Suggestion

KEPT = 256
"""Needs remembered: about 100 kB each."""
ALL = 10_000
"""More than there are structures: filters look at the whole answer."""


@dataclass(frozen=True)
class Answered:
    """All that the matcher says of a need, each part found when first asked for."""

    matcher: Matcher
    need: Need
    suggestions: Sequence[Suggestion]

    @cached_property
    def team(self) -> Any:
        """A few structures that together answer all of the need."""
        return self.matcher.team(self.need)

    @cached_property
    def inspirations(self) -> Any:
        """Projects of similar communes."""
        return self.matcher.inspiration(self.need, top=3)

    @cached_property
    def resources(self) -> Any:
        """What to read on the themes of the need."""
        return self.matcher.resources(self.need, top=4)


class Answers:
    """Answers of one matcher, which does not change: an answer stays true."""

    def __init__(self, matcher: Matcher) -> None:
        @lru_cache(KEPT)
        def answer(need: Need) -> Answered:
            return Answered(matcher, need, matcher.match(need, top=ALL))

        self.of = answer
