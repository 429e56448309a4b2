"""Texts that say nothing: what fills a cell, punctuation, letters typed at random."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import cached_property

from matcher.catalogue.french import place_key
from matcher.territory.doubts import stands_for_nothing

FILLERS = frozenset(
    (
        "aucun besoin",
        "aucun besoin exprime",
        "pas de besoin",
        "pas de besoin exprime",
        "besoin",
        "besoins",
        "le besoin",
        "mon besoin",
        "texte",
        "du texte",
        "ceci est un test",
        "test test",
        "essai test",
        "bonjour",
        "merci",
        "ok",
        "oui",
        "non",
        "sans",
        "pas encore",
        "pas concerne",
        "pas de projet",
        "aucun projet",
        "rien a signaler",
        "rien a declarer",
        "rien de particulier",
        "lorem ipsum",
    )
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
