"""How alike two names of structures are: words by their rarity, acronyms, slips, any order.

« AIRDIE (France Active Occitanie) » is « France Active Airdie-Occitanie »; « Terre de Liens
Alsace » is not « Terre de Liens Aquitaine », for the word in which they differ is the rare one.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path

from rapidfuzz.fuzz import ratio

from matcher.catalogue.french import place_key
from matcher.catalogue.rows import read_rows

ACRONYMS_FILE = "reference/acronyms.csv"
EMPTY = frozenset(
    (
        *("a", "au", "aux", "d", "de", "des", "du", "en", "et", "l", "la", "le", "les", "pour"),
        *("sur", "par", "un", "une", "asso", "association", "scic", "sas", "sarl", "loi", "1901"),
    )
)
"""Words that tell no structure from another: articles, links, legal forms."""
DOTTED = re.compile(r"\b(?:[A-Za-z]\.){2,}")
"""An acronym with points: « C.R.E.S.S. »."""
ASIDE = re.compile(r"\s*\([^)]*\)")
"""What a name says between parentheses."""
PLURAL_FROM = 5
"""Letters from which a final « s » or « x » is that of a plural."""
SLIP_FROM = 5
"""Letters of a word from which one may be a slip of another: « Lozère » and « Losère »."""
SLIP = 86.0
"""Likeness of two words, out of 100, from which one is a slip of the other: a letter in seven. The
first letter is seldom wrong."""

PLACE_MAX = 1.5
"""Weight of a word of a territory at most: a third of that of a rare word."""
HOPELESS = 0.4
"""Likeness that two names must be able to reach for their slips to be looked for."""
OTHER_PLACE = 0.30
"""Taken when each name says another place: « Familles rurales Loiret », « … Centre »."""
OTHER_WORDS = 0.12
"""Taken when each name has words that the other has not: « centres de santé », « territoires »."""

Words = frozenset[str]


class Namer:
    """Cuts names in words, the same whether a name is short or in full.

    Parameters
    ----------
    acronyms : sequence of (str, str)
        Acronyms with what they stand for, as `place_key` writes it.
    """

    def __init__(self, acronyms: Sequence[tuple[str, str]] = ()) -> None:
        self._short = {words: short for short, words in acronyms}

    @classmethod
    def open(cls, folder: Path) -> Namer:
        """Read the acronyms of a data folder; none where the table is not there."""
        path = folder / ACRONYMS_FILE
        if not path.exists():
            return cls()
        rows = read_rows(path, ("acronym", "words"), name=ACRONYMS_FILE)
        return cls([(row["acronym"], row["words"]) for row in rows])

    def words(self, name: str) -> Words:
        """The words of a name that tell it from others, acronyms in the place of what they are."""
        key = place_key(DOTTED.sub(lambda found: found.group().replace(".", ""), name))
        if self._short:
            key = self._in_full.sub(lambda found: self._short[found.group()], key)
        words = {_singular(word) for word in key.split() if word not in EMPTY}
        return frozenset(words or key.split())

    def all_words(self, names: Iterable[str]) -> tuple[Words, ...]:
        """The words of each name, and of each without what it says between parentheses."""
        found = dict.fromkeys(names)
        found |= dict.fromkeys(ASIDE.sub("", name).strip() for name in found)
        return tuple(dict.fromkeys(self.words(name) for name in found if name))

    @cached_property
    def _in_full(self) -> re.Pattern[str]:
        longest = sorted(self._short, key=len, reverse=True)
        return re.compile(rf"\b({'|'.join(map(re.escape, longest))})\b")


class Rarity:
    """How much each word of the names tells: the rarer, the more.

    Parameters
    ----------
    names : iterable of Words
        The words of every name that is known.
    places : Words
        Words of names of territories: they say where, not who.
    """

    def __init__(self, names: Iterable[Words], places: Words = frozenset()) -> None:
        self.places = places
        self.counts = Counter(word for words in names for word in words)
        self._most = 1 + max(self.counts.values(), default=1)
        self._weights: dict[str, float] = {}
        self._wholes: dict[Words, float] = {}

    def weight(self, word: str) -> float:
        """From about 0.5 for the most common word to the logarithm of how many there are."""
        found = self._weights.get(word)
        if found is None:
            count = self.counts.get(word, 0) or 1
            found = 0.5 + math.log(self._most / count)
            found = min(found, PLACE_MAX) if word in self.places else found
            self._weights[word] = found
        return found

    def likeness(self, one: Words, other: Words, where: Words = frozenset()) -> float:
        """The share of the two names that they have in common, by weight, in [0, 1].

        Nothing when they share only where they are; less when each says another place, or when
        each has words that the other has not.

        Parameters
        ----------
        where : Words
            Words that say where these two are, beside those of all territories: their communes.
        """
        common, whole = one & other, self._whole(one) + self._whole(other)
        if 2 * min(self._whole(one), self._whole(other)) < HOPELESS * whole:
            return 0.0
        left, right = one - common, other - common
        places = self.places | where if where else self.places
        slips = _slips(left - places, right - places) if left and right else {}
        if not (slips or common - places):
            return 0.0 if left or right or not common else 1.0
        shared = 2 * sum(map(self.weight, common))
        too_much = 2 * sum(max(0.0, self.weight(w) - PLACE_MAX) for w in common & where)
        shared, whole = shared - too_much, whole - too_much
        if slips:
            left, right = left - slips.keys(), right - set(slips.values())
            shared += sum(map(self.weight, (*slips, *slips.values())))
        found = shared / whole if whole else 0.0
        if left & places and right & places:
            found -= OTHER_PLACE
        if left - places and right - places:
            found -= OTHER_WORDS
        return max(0.0, found)

    def _whole(self, words: Words) -> float:
        """The weight of a whole name."""
        found = self._wholes.get(words)
        if found is None:
            found = self._wholes[words] = sum(map(self.weight, words))
        return found


def _slips(left: Collection[str], right: Collection[str]) -> Mapping[str, str]:
    """The words of the left that are a slip of one of the right, each of the right once."""
    found: dict[str, str] = {}
    free = {word for word in right if _may_slip(word)}
    for word in sorted(filter(_may_slip, left)) if free else ():
        twins = [twin for twin in free if twin[0] == word[0] and ratio(word, twin) >= SLIP]
        if twins:
            found[word] = max(twins, key=lambda twin: (ratio(word, twin), twin))
            free.discard(found[word])
    return found


def _may_slip(word: str) -> bool:
    return len(word) >= SLIP_FROM and not word.isdigit()


def _singular(word: str) -> str:
    return word[:-1] if len(word) >= PLURAL_FROM and word[-1] in "sx" else word
