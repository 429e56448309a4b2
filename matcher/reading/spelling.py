"""Words that stand for one another: a family (« réparent », « réparer »), or a slip away."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property, lru_cache

from rapidfuzz import process
from rapidfuzz.distance import OSA

from .words import ACCENT, SMALL, Word, singular, stem

MIN_FAMILY = 5
"""Letters that the words of a family share: stems of short words meet by chance."""

MIN_DOUBLED = 5
"""Letters from which a doubled letter is a slip: « caffé », « garrage », « vilage »."""

MIN_SWAPPED = 6
"""Letters from which two swapped letters are a slip: « crèhce » is no other word."""

MIN_SLIP = 7
"""Letters from which one letter too many or too few is a slip: shorter words have too many
neighbours."""

MIN_SOUND = 6
"""Letters from which a known word is found by its sound: « gimnase », « logeman »."""

MIN_CHANGED = 9
"""Letters from which one changed letter is a slip: « cantine » and « castine » are two words."""

ENDING = 2
"""Last letters where a letter more or less is another form of a word: « partiel », « partie »."""

INFLECTED = 3
"""Last letters in which words of one family may differ: « revende », « revendre »."""

LONGEST = 30
"""Letters past which a word is no word."""

KEPT = 4_096
"""Unknown words whose meaning is kept: the same slips come back."""

SOUNDS = tuple(
    (re.compile(pattern), sound)
    for pattern, sound in (
        ("ph", "f"),
        ("ge(?=[ao])|g(?=[eiy])", "j"),
        ("ss|sc(?=[eiy])|c(?=[eiy])|t(?=ion)", "s"),
        ("ch", "C"),
        ("qu?|c", "k"),
        ("h", ""),
        ("eau|au", "o"),
        ("ai|ei", "e"),
        ("y", "i"),
        ("(?:en|em|am)(?=[^aeiouy])", "an"),
        (r"([^aeiouy])\1", r"\1"),
        ("(?:e|t)$", ""),
    )
)
"""Spellings of a folded word that sound alike in French, in the order they are made one."""

_DOUBLED = re.compile(r"([^aeiouy])\1")


class Families:
    """The words that a table knows, found from others of their family.

    Parameters
    ----------
    known : iterable of str
        Folded words without plural.
    """

    def __init__(self, known: Iterable[str]) -> None:
        self._by_stem: dict[str, list[str]] = {}
        self._by_start: dict[str, list[str]] = {}
        for word in sorted(word for word in known if word.isalpha()):
            self._by_stem.setdefault(stem(word), []).append(word)
            self._by_start.setdefault(word[:MIN_FAMILY], []).append(word)

    def of(self, form: str) -> list[str]:
        """Known words of the family of a folded word: « reparer » for « reparent »."""
        if not MIN_FAMILY <= len(form) <= LONGEST or not form.isalpha():
            return []
        start = form[:MIN_FAMILY]
        family = [w for w in self._by_stem.get(stem(form), ()) if w.startswith(start)]
        return family or self._inflected(singular(form))

    def _inflected(self, form: str) -> list[str]:
        """Long words with another ending: stems miss some."""
        if len(form) < MIN_SLIP:
            return []
        start = form[:-INFLECTED]
        return [
            w
            for w in self._by_start.get(form[:MIN_FAMILY], ())
            if w.startswith(start)
            and (sound_of(w) == sound_of(form) or OSA.distance(form, w, score_cutoff=1) <= 1)
            and (len(w) != len(form) or len(form) > MIN_SLIP)
        ]


class Speller:
    """Mends the slips of a text before any table looks for its terms in it.

    A word that some table knows, as it stands or by its stem, is never changed; nor is one that may
    be a slip of two different words. The indexes are built at the first word that no table knows.

    Parameters
    ----------
    words : callable
        Gives the folded words of the terms: what a slip may stand for.
    kept : callable
        Gives the folded words that stay as they are, whatever they look like: context words,
        abbreviations, words that look like a term.
    """

    def __init__(
        self, words: Callable[[], Iterable[str]], kept: Callable[[], Iterable[str]] = tuple
    ) -> None:
        self._given, self._kept = words, kept
        self._meant = lru_cache(KEPT)(self._find)

    def mend(self, words: Sequence[Word], text: str) -> list[Word]:
        """The words of a text, those with a slip as they were meant; each keeps its place.

        A word with a capital inside a sentence is a name, and stays: « à Gourdon ».
        """
        mended = []
        for n, word in enumerate(words):
            named = n and word.gap != "." and text[word.start : word.end].istitle()
            meant = None if named else self._meant(word.form)
            if meant:
                word = word._replace(form=meant, single=singular(meant))
            mended.append(word)
        return mended

    @cached_property
    def _words(self) -> list[str]:
        return sorted({w for w in self._given() if w.isalpha() and len(w) >= MIN_DOUBLED - 1})

    @cached_property
    def _known(self) -> frozenset[str]:
        """Words that need no mending."""
        return frozenset({*self._given(), *self._kept(), *SMALL})

    @cached_property
    def _stems(self) -> frozenset[str]:
        return frozenset(map(stem, self._known))

    def _find(self, form: str) -> str | None:
        """The word that an unknown one stands for, if there is one and only one."""
        if not MIN_DOUBLED <= len(form) <= LONGEST or not form.isalpha() or self._is_known(form):
            return None
        for near in (self._doubled.get(_simple(form), ()), self._alike(form), self._heard(form)):
            meant = sorted(near)
            if len({stem(word) for word in meant}) == 1:
                return meant[0]
            if meant:
                return None
        return None

    def _is_known(self, form: str) -> bool:
        return not self._known.isdisjoint((form, singular(form))) or stem(form) in self._stems

    def _alike(self, form: str) -> list[str]:
        """Words of the same first letter, which is seldom wrong, one slip away.

        Doubled letters are no slip here, so that « boullodrome » may have another one.
        """
        if len(form) < MIN_SWAPPED:
            return []
        simple = _simple(form)
        near = process.extract(
            simple,
            self._by_letter.get(form[0], ()),
            scorer=OSA.distance,
            score_cutoff=1,
            limit=None,
        )
        return [w for s, _, _ in near if _is_slip(simple, s) for w in self._doubled[s]]

    def _heard(self, form: str) -> Sequence[str]:
        return self._sounds.get(sound_of(singular(form)), ()) if len(form) >= MIN_SOUND else ()

    @cached_property
    def _by_letter(self) -> dict[str, list[str]]:
        """Words without doubled letters by their first letter."""
        table: dict[str, list[str]] = {}
        for word in self._doubled:
            table.setdefault(word[0], []).append(word)
        return table

    @cached_property
    def _doubled(self) -> dict[str, list[str]]:
        """Words by what is left of them without doubled letters."""
        table: dict[str, list[str]] = {}
        for word in self._words:
            table.setdefault(_simple(word), []).append(word)
        return table

    @cached_property
    def _sounds(self) -> dict[str, list[str]]:
        """Long words by their sound."""
        table: dict[str, list[str]] = {}
        for word in self._words:
            if len(word) >= MIN_SOUND:
                table.setdefault(sound_of(singular(word)), []).append(word)
        return table


def sound_of(word: str) -> str:
    """A folded word as it is heard: « episserie » and « epicerie » are one."""
    for pattern, sound in SOUNDS:
        word = pattern.sub(sound, word)
    return word


def _simple(word: str) -> str:
    return _DOUBLED.sub(r"\1", word)


def _is_slip(typed: str, meant: str) -> bool:
    """Whether words that are one edit apart are one: a short word is another word."""
    if sorted(typed) == sorted(meant):
        return True
    if typed[: len(typed) - ENDING] == meant[: len(typed) - ENDING]:
        return False
    return len(typed) >= (MIN_CHANGED if len(typed) == len(meant) else MIN_SLIP)


def parted(keys: Iterable[str]) -> tuple[set[str], set[str]]:
    """The words of keys of a table: those that have a family, and those that stand as they are."""
    exact = {key for key in keys if key.startswith("=")}
    return {key.rstrip(ACCENT) for key in keys if key not in exact}, {key[1:] for key in exact}
