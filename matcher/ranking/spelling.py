"""Words that stand for one another: a family (« réparent », « réparer ») or a typo away."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cached_property

from .words import ACCENT, Word, stem

MIN_FAMILY = 5
"""Letters that the words of a family share: stems of short words meet by chance."""

MIN_TYPO = 7
"""Letters from which a misspelt word is looked for: shorter words have too many neighbours."""

MIN_SWAPPED = 6
"""Letters from which two swapped letters are a typo: « crèhce » is no other word."""

MIN_SOUND = 8
"""Letters from which a known word is found by its sound: « episserie », « logeman »."""

MIN_CHANGED = 9
"""Letters from which one changed letter is a typo: « cantine » and « castine » are two words."""

LONGEST = 30
"""Letters past which a word is no word."""

SOUNDS = tuple(
    (re.compile(pattern), sound)
    for pattern, sound in (
        ("ph", "f"),
        ("ge(?=[ao])|g(?=[eiy])", "j"),
        ("ss|sc(?=[eiy])|c(?=[eiy])|t(?=ion)", "s"),
        ("ch", "C"),
        ("qu|c", "k"),
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


class Spelling:
    """The words that a table knows, found from other spellings.

    The indexes are built at the first word that the table does not know as it stands.

    Parameters
    ----------
    known : iterable of str
        Folded words without plural.
    """

    def __init__(self, known: Iterable[str]) -> None:
        self._known = sorted(word for word in known if word.isalpha())

    def variants(self, word: Word) -> Iterator[str]:
        """Known words that a word may stand for: its family, or else what it may be a typo of."""
        if not MIN_FAMILY <= len(word.form) <= LONGEST or not word.form.isalpha():
            return
        start = word.form[:MIN_FAMILY]
        family = [w for w in self._families.get(stem(word.form), ()) if w.startswith(start)]
        if family:
            yield from family
        elif len(word.form) >= MIN_SWAPPED:
            single = word.single.rstrip(ACCENT)
            found = {near for part in _shorter(single) for near in self._near.get(part, ())}
            swap = len(word.form) < MIN_TYPO  # nothing but a swap is looked for
            near = sorted(
                near
                for near in found
                if one_edit(single, near) and not (swap and len(near) != len(single))
            )
            yield from near or self._sounds.get(sound_of(single), [])

    @cached_property
    def _families(self) -> dict[str, list[str]]:
        """Known words by stem."""
        table: dict[str, list[str]] = {}
        for word in self._known:
            table.setdefault(stem(word), []).append(word)
        return table

    @cached_property
    def _near(self) -> dict[str, list[str]]:
        """Long known words by what is left of them without one letter."""
        table: dict[str, list[str]] = {}
        for word in self._known:
            if len(word) >= MIN_TYPO - 1:
                for part in _shorter(word):
                    table.setdefault(part, []).append(word)
        return table

    @cached_property
    def _sounds(self) -> dict[str, list[str]]:
        """Long known words by their sound."""
        table: dict[str, list[str]] = {}
        for word in self._known:
            if len(word) >= MIN_SOUND:
                table.setdefault(sound_of(word), []).append(word)
        return table


def sound_of(word: str) -> str:
    """A folded word as it is heard: « episserie » and « epicerie » are one."""
    for pattern, sound in SOUNDS:
        word = pattern.sub(sound, word)
    return word


def _shorter(word: str) -> set[str]:
    """A word, and the word without one letter; the first letter stays, it is seldom wrong."""
    return {word} | {word[:i] + word[i + 1 :] for i in range(1, len(word))}


def one_edit(a: str, b: str) -> bool:
    """True when one letter was added, lost, swapped with the next one or, if long, changed."""
    if abs(len(a) - len(b)) > 1:
        return False
    pairs = zip(a, b, strict=False)
    i = next((i for i, (x, y) in enumerate(pairs) if x != y), min(len(a), len(b)))
    if len(a) != len(b):
        return a[i + 1 :] == b[i:] or a[i:] == b[i + 1 :]
    swapped = a[i : i + 2] == b[i : i + 2][::-1] and a[i + 2 :] == b[i + 2 :]
    return swapped or (len(a) >= MIN_CHANGED and a[i + 1 :] == b[i + 1 :])
