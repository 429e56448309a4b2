"""French text to themes: which themes a need is about, each with the words that prove it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from matcher.catalogue.vocabulary import Theme

from .evidence import REFUSED, Evidence, weigh
from .lexicon import Lexicon
from .lookalikes import LOOK_ALIKE
from .nothing import Nothing
from .spelling import Speller
from .thesaurus import Effect, Entry, Thesaurus
from .wordlists import open_abbreviations, open_thesaurus
from .words import split

SHARES = (1.0, 0.25, 0.1)
"""What the strongest, the second and the third term add to a theme; the others add nothing, so
that a long text does not shout down a short one."""

MIN_WEIGHT = 0.15
"""Weight under which a theme is not read."""

MIN_BEST = 0.33
"""Weight under which the best theme is a guess: nothing is read then."""

STOPS = (".", "!", "?", "…")
"""What a sentence ends with, and the title of a project seldom."""

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
        Spans of ready-made expressions, which say nothing.
    """

    text: str
    themes: tuple[ThemeMatch, ...] = ()
    proofs: tuple[Proof, ...] = ()
    out_of_scope: tuple[Proof, ...] = ()
    set_aside: tuple[Proof, ...] = ()
    idioms: tuple[tuple[int, int], ...] = ()

    @property
    def heard(self) -> str:
        """The text in which subjects are sought: idioms and what it refuses left blank.

        Empty when the need is out of scope: « trottoirs de la rue principale » is about no shop.
        """
        if self.out_of_scope and not self.themes:
            return ""
        refused = ((p.start, p.end) for p in self.set_aside if p.reason == REFUSED)
        heard = list(self.text)
        for start, end in (*self.idioms, *refused):
            heard[start:end] = " " * (end - start)
        return "".join(heard)


class Reader:
    """Reads needs with a thesaurus.

    Parameters
    ----------
    thesaurus : Thesaurus
    abbreviations : mapping of str to tuple of str
        Folded words by folded abbreviation.
    others : sequence of Lexicon
        Other tables, in whose words slips are mended too.
    """

    def __init__(
        self,
        thesaurus: Thesaurus,
        abbreviations: Mapping[str, tuple[str, ...]] | None = None,
        others: Sequence[Lexicon] = (),
    ) -> None:
        self.thesaurus = thesaurus
        self.abbreviations = dict(abbreviations or {})
        self.speller = Speller(
            lambda: thesaurus.words[0].union(*(lexicon.words() for lexicon in others)),
            lambda: {*thesaurus.words[1], *self.abbreviations, *LOOK_ALIKE},
        )
        self.nothing = Nothing(lambda: self._french(others))

    def _french(self, others: Sequence[Lexicon]) -> set[str]:
        """All the words that the tables know, in pieces."""
        known = set().union(*self.thesaurus.words, *(lexicon.words() for lexicon in others))
        return {piece for word in known for piece in word.split()}

    @classmethod
    def open(cls, folder: Path) -> Reader:
        """Read the tables of `reference/` in the data folder.

        Raises
        ------
        DataError
            A table is absent or cannot be read.
        """
        return cls(open_thesaurus(folder), open_abbreviations(folder))

    def knowing(self, *lexicons: Lexicon) -> Reader:
        """Give a reader that mends the slips in the words of these tables too."""
        return Reader(self.thesaurus, self.abbreviations, lexicons)

    @property
    def entries(self) -> Sequence[Entry]:
        """The terms of the thesaurus, in the order of the table."""
        return self.thesaurus.entries

    def read(self, text: str) -> Reading:
        """Themes of a text, in a time that grows with its length.

        A theme weighs as its strongest term, plus a share of the two next ones. The text is out of
        scope when the terms that are about none of the themes weigh more than any theme.
        """
        words = self.speller.mend(split(text, self.abbreviations), text)
        sentence = text.rstrip(' »"').endswith(STOPS)
        hits = self.thesaurus.find(words)
        evidence = weigh(words, hits, sentence)
        counted = [item for item in evidence if item.weight > SET_ASIDE * item.entry.weight]
        set_aside = [item for item in evidence if item.weight <= SET_ASIDE * item.entry.weight]
        scores = {
            theme: _score(item for item in counted if item.entry.theme is theme) for theme in Theme
        }
        # Roads, networks and offices are listed at length: only the strongest word counts.
        outside = max((item.weight for item in counted if item.entry.theme is None), default=0.0)
        best = max(scores.values())
        themes: list[ThemeMatch] = []
        if best > max(outside, MIN_BEST):
            themes = [
                ThemeMatch(theme, round(min(1.0, score), 3), _words(text, counted, theme))
                for theme, score in scores.items()
                if score >= MIN_WEIGHT
            ]
            # `sorted` is stable: equal themes stay in the order of the vocabulary.
            themes.sort(key=lambda match: -scores[match.theme])
        read = {match.theme for match in themes}
        return Reading(
            text,
            tuple(themes),
            _proofs(item for item in counted if item.entry.theme in read),
            _proofs(item for item in counted if item.entry.theme is None),
            _proofs(set_aside),
            tuple(
                (words[hit.first].start, words[hit.last - 1].end)
                for hit in hits
                if hit.effect is Effect.IDIOM
            ),
        )


def _score(evidence: Iterable[Evidence]) -> float:
    """Weight of a theme: its terms, each counted once at its best."""
    best: dict[str, float] = {}
    for item in evidence:
        best[item.entry.term] = max(item.weight, best.get(item.entry.term, 0.0))
    strongest = sorted(best.values(), reverse=True)
    return sum(share * weight for share, weight in zip(SHARES, strongest, strict=False))


def _words(text: str, evidence: Sequence[Evidence], theme: Theme | None) -> tuple[str, ...]:
    """The words of the text that prove a theme, strongest first, each once."""
    of_theme = sorted(
        (item for item in evidence if item.entry.theme is theme), key=lambda item: -item.weight
    )
    return tuple(dict.fromkeys(text[item.start : item.end] for item in of_theme))


def _proofs(evidence: Iterable[Evidence]) -> tuple[Proof, ...]:
    return tuple(
        Proof(e.start, e.end, e.entry.theme, e.weight, e.entry.term, e.reason) for e in evidence
    )
