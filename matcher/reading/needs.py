"""French text to themes: which themes a need is about, each with the words that prove it.

Texts that say nothing are known first: what fills a cell, punctuation, letters typed at random.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

from matcher.catalogue.french import place_key
from matcher.catalogue.vocabulary import Theme
from matcher.territory.doubts import stands_for_nothing

from .evidence import Evidence, Proof, Reading, ThemeMatch, weigh
from .lookalikes import LOOK_ALIKE
from .phrases import OriginNames, blanked, is_told, names_in
from .spelling import Speller
from .thesaurus import Effect, Entry, Thesaurus
from .wordlists import open_abbreviations, open_areas, open_thesaurus
from .words import CUT, Lexicon, Word, split

FILLERS = frozenset(
    (
        "aucun besoin, aucun besoin exprime, pas de besoin, pas de besoin exprime, besoin, "
        "besoins, le besoin, mon besoin, texte, du texte, ceci est un test, test test, essai test, "
        "bonjour, merci, ok, oui, non, sans, pas encore, pas concerne, pas de projet, "
        "aucun projet, rien a signaler, rien a declarer, rien de particulier, lorem ipsum"
    ).split(", ")
)
"""Folded texts that say nothing as a need, beside those that say nothing as a place."""
LATIN = re.compile(r"\blorem ipsum\b|\bdolor sit amet\b")
LETTERS = re.compile(r"[a-z]+")
ACRONYM = re.compile(r"\b[A-Z][A-Z0-9&-]{1,5}\b")
"""Capitals that stand for a name: « TZCLD »."""
REPEATED = re.compile(r"(.)\1\1\1")
SOUND = 0.5
"""Share of the letters that must be in words that could be French: half, since names, acronyms and
slips are none."""
KNOWN_TRIPLES = 0.6
"""Share of the triples of letters of a word that French has, from which it could be French."""
SHORT = 3
"""Letters up to which a word is not judged: « eau », « TIG »."""
SHARES = (1.0, 0.25, 0.1)
"""What the strongest, the second and the third term add to a theme; the others add nothing, so
that a long text does not shout down a short one."""

MIN_WEIGHT = 0.15
"""Weight under which a theme is not read."""

MIN_BEST = 0.33
"""Weight under which the best theme is a guess: nothing is read then."""

SET_ASIDE = 0.12
"""Share of its weight in the table under which a term counts as set aside."""


class Nothing:
    """Tells whether a text says nothing.

    Parameters
    ----------
    words : callable
        Gives many French words, without accents: their triples of letters are those of French.
    """

    def __init__(self, words: Callable[[], Iterable[str]]) -> None:
        self._words = words

    @cached_property
    def _triples(self) -> frozenset[str]:
        return frozenset(triple for word in self._words() for triple in _triples(word))

    def said(self, text: str) -> bool:
        """True for « RAS », « - », « 0 », emoji alone, « asdkjh »: no need is in it."""
        key = place_key(text)
        if stands_for_nothing(text) or key in FILLERS or LATIN.search(key):
            return True
        words = LETTERS.findall(key)
        if not words:
            return True
        judged = [word for word in words if len(word) > SHORT]
        if not judged or ACRONYM.search(text):
            return not judged and not ACRONYM.search(text) and len("".join(words)) < SHORT
        sound = sum(len(word) for word in judged if self._could_be_french(word))
        return sound < SOUND * sum(map(len, judged))

    def _could_be_french(self, word: str) -> bool:
        if REPEATED.search(word) or not re.search("[aeiouy]", word):
            return False
        triples = _triples(word)
        return sum(t in self._triples for t in triples) >= KNOWN_TRIPLES * len(triples)


def _triples(word: str) -> list[str]:
    """Three letters in a row, the ends of the word marked."""
    marked = f"<{word}>"
    return [marked[i : i + 3] for i in range(len(marked) - 2)]


__all__ = ["Proof", "Reader", "Reading", "ThemeMatch"]

STOPS = (".", "!", "?", "…")
"""What a sentence ends with, and the title of a project seldom."""


class Reader:
    """Reads needs with a thesaurus.

    Parameters
    ----------
    thesaurus : Thesaurus
    abbreviations : mapping of str to tuple of str
        Folded words by folded abbreviation.
    others : sequence of Lexicon
        Other tables, in whose words slips are mended too.
    folder : Path or None
        The data folder it comes from, where what was learnt may stand.
    """

    def __init__(
        self,
        thesaurus: Thesaurus,
        abbreviations: Mapping[str, tuple[str, ...]] | None = None,
        others: Sequence[Lexicon] = (),
        folder: Path | None = None,
    ) -> None:
        self.thesaurus, self.folder, self._others = thesaurus, folder, tuple(others)
        self.abbreviations = dict(abbreviations or {})
        self.speller = Speller(
            lambda: thesaurus.words[0].union(*(lexicon.words for lexicon in others)),
            lambda: {*thesaurus.words[1], *self.abbreviations, *LOOK_ALIKE},
        )
        self.nothing = Nothing(lambda: self._french(others))
        self.plain = lru_cache(CUT)(self._plain)
        """Of a text: with the names of persons, streets, départements and régions left blank."""

    def _french(self, others: Sequence[Lexicon]) -> set[str]:
        """All the words that the tables know, in pieces."""
        known = set().union(*self.thesaurus.words, *(lexicon.words for lexicon in others))
        return {piece for word in known for piece in word.split()}

    @classmethod
    def open(cls, folder: Path) -> Reader:
        """Read the tables of `reference/` in the data folder.

        Raises
        ------
        DataError
            A table is absent or cannot be read.
        """
        return cls(open_thesaurus(folder), open_abbreviations(folder), folder=folder)

    def knowing(self, *lexicons: Lexicon) -> Reader:
        """Give a reader that mends the slips in the words of these tables too."""
        if lexicons == self._others:
            return self
        return Reader(self.thesaurus, self.abbreviations, lexicons, self.folder)

    @property
    def entries(self) -> Sequence[Entry]:
        """The terms of the thesaurus, in the order of the table."""
        return self.thesaurus.entries

    @cached_property
    def _areas(self) -> OriginNames:
        return open_areas(self.folder)

    def _plain(self, text: str) -> str:
        return blanked(text, (*names_in(text), *self._areas.within(text)))

    def read(self, text: str) -> Reading:
        """Themes of a text, in a time that grows with its length.

        A theme weighs as its strongest term, plus a share of the two next ones. The text is out of
        scope when the terms that are about none of the themes weigh more than any theme.
        """
        return self.parse(text).reading()

    def parse(self, text: str) -> Parsed:
        """What the tables find in a text, before any theme is chosen."""
        heard = self.plain(text)
        words = self.speller.mend(split(heard, self.abbreviations), heard)
        sentence = text.rstrip(' »"').endswith(STOPS)
        hits = self.thesaurus.find(words)
        return Parsed(
            text,
            words,
            is_told(words, sentence),
            weigh(words, hits, sentence),
            tuple(
                (words[hit.first].start, words[hit.last - 1].end)
                for hit in hits
                if hit.effect is Effect.IDIOM
            )
            + names_in(text),
        )


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
