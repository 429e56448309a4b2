"""What was understood of a text: its themes, and the words that prove them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from matcher.catalogue.vocabulary import Stage, Theme

from .evidence import REFUSED, Evidence
from .words import Word

SHARES = (1.0, 0.25, 0.1)
"""What the strongest, the second and the third term add to a theme; the others add nothing, so
that a long text does not shout down a short one."""

MIN_WEIGHT = 0.15
"""Weight under which a theme is not read."""

MIN_BEST = 0.33
"""Weight under which the best theme is a guess: nothing is read then."""

SET_ASIDE = 0.12
"""Share of its weight in the table under which a term counts as set aside."""


class ThemeMatch(NamedTuple):
    """A theme read in a text: its weight in ]0, 1] and the words that prove it."""

    theme: Theme
    weight: float
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Proof:
    """Words of the text that count: `text[start:end]` speaks of `theme`.

    Parameters
    ----------
    theme : Theme or None
        None: the words say that the need is out of scope.
    weight : float
        What the words are worth here.
    term : str
        The term of the thesaurus.
    reason : str
        French: why they count less than usual, or not at all; "" when they count in full.
    """

    start: int
    end: int
    theme: Theme | None
    weight: float
    term: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """What was understood of a text.

    Parameters
    ----------
    themes : tuple of ThemeMatch
        Best first; empty when the text is out of scope or says nothing known.
    proofs : tuple of Proof
        The words behind the themes, in the order of the text.
    out_of_scope : tuple of Proof
        The words that speak of something else than the themes.
    set_aside : tuple of Proof
        Words that look like a theme and are not, each with its reason.
    idioms : tuple of (int, int)
        Spans of ready-made expressions and of names, which say nothing.
    stages : mapping of Stage to float, or None
        Situations read in the sentence, their weights add up to 1; None when nobody looked.
    subjects : mapping of str to float, or None
        How likely each subject is the one whose trade is wanted; None when nobody looked.
    is_empty : bool
        True when the text asks for nothing, as far as was learnt.
    sure : float or None
        Chance that the first theme is right; None when there is none, or nothing was learnt.
    """

    text: str
    themes: tuple[ThemeMatch, ...] = ()
    proofs: tuple[Proof, ...] = ()
    out_of_scope: tuple[Proof, ...] = ()
    set_aside: tuple[Proof, ...] = ()
    idioms: tuple[tuple[int, int], ...] = ()
    stages: Mapping[Stage, float] | None = None
    subjects: Mapping[str, float] | None = None
    is_empty: bool = False
    sure: float | None = None

    @property
    def heard(self) -> str:
        """The text in which subjects are sought: idioms and what it refuses left blank.

        Empty when it asks for nothing or is out of scope: « trottoirs de la rue principale » is
        about no shop.
        """
        if self.is_empty or (self.out_of_scope and not self.themes):
            return ""
        refused = ((p.start, p.end) for p in self.set_aside if p.reason == REFUSED)
        heard = list(self.text)
        for start, end in (*self.idioms, *refused):
            heard[start:end] = " " * (end - start)
        return "".join(heard)


@dataclass(frozen=True)
class Parsed:
    """What the tables find in a text.

    Parameters
    ----------
    words : sequence of Word
        Slips mended.
    told : bool
        The text tells a story; otherwise it is a title.
    evidence : sequence of Evidence
        In the order of the text, set aside or not.
    idioms : tuple of (int, int)
    """

    text: str
    words: Sequence[Word]
    told: bool
    evidence: Sequence[Evidence]
    idioms: tuple[tuple[int, int], ...]

    @cached_property
    def counted(self) -> list[Evidence]:
        """The evidence that counts."""
        return [item for item in self.evidence if item.weight > SET_ASIDE * item.entry.weight]

    @cached_property
    def set_aside(self) -> list[Evidence]:
        """The evidence that does not."""
        return [item for item in self.evidence if item.weight <= SET_ASIDE * item.entry.weight]

    @cached_property
    def scores(self) -> Mapping[Theme, float]:
        """What each theme weighs, 0 for most."""
        found: dict[Theme | None, list[Evidence]] = {}
        for item in self.counted:
            found.setdefault(item.entry.theme, []).append(item)
        return {theme: _score(found.get(theme, ())) for theme in Theme}

    @cached_property
    def outside(self) -> float:
        """What the terms that are about none of the themes weigh.

        Roads, networks and offices are listed at length: only the strongest word counts.
        """
        return max((item.weight for item in self.counted if item.entry.theme is None), default=0.0)

    def reading(self) -> Reading:
        """The themes that weigh enough, unless what is out of scope weighs more."""
        scores, best = self.scores, max(self.scores.values())
        themes: list[ThemeMatch] = []
        if best > max(self.outside, MIN_BEST):
            themes = [
                ThemeMatch(theme, round(min(1.0, score), 3), self.said(theme))
                for theme, score in scores.items()
                if score >= MIN_WEIGHT
            ]
            # `sorted` is stable: equal themes stay in the order of the vocabulary.
            themes.sort(key=lambda match: -scores[match.theme])
        read = {match.theme for match in themes}
        return Reading(
            self.text,
            tuple(themes),
            proofs(item for item in self.counted if item.entry.theme in read),
            proofs(item for item in self.counted if item.entry.theme is None),
            proofs(self.set_aside),
            self.idioms,
        )

    def said(self, theme: Theme | None) -> tuple[str, ...]:
        """The words of the text that prove a theme, strongest first, each once."""
        of_theme = sorted(
            (item for item in self.counted if item.entry.theme is theme),
            key=lambda item: -item.weight,
        )
        return tuple(dict.fromkeys(self.text[item.start : item.end] for item in of_theme))


def _score(evidence: Iterable[Evidence]) -> float:
    """Weight of a theme: its terms, each counted once at its best."""
    best: dict[str, float] = {}
    for item in evidence:
        best[item.entry.term] = max(item.weight, best.get(item.entry.term, 0.0))
    strongest = sorted(best.values(), reverse=True)
    return sum(share * weight for share, weight in zip(SHARES, strongest, strict=False))


def proofs(evidence: Iterable[Evidence]) -> tuple[Proof, ...]:
    """Evidence as a reading shows it."""
    return tuple(
        Proof(e.start, e.end, e.entry.theme, e.weight, e.entry.term, e.reason) for e in evidence
    )
