"""Look-alikes: rows of the directory that may be one structure under two identifiers.

A pair is looked at when it shares a rare word of a name, an acronym, a SIREN or a website; it is
suspected from a score that the names give, and that the facts raise or lower. A suspicion is for a
person to decide: see the command `fusionner`. « AIRDIE (France Active Occitanie) » is « France
Active Airdie-Occitanie »; « Terre de Liens Alsace » is not « Terre de Liens Aquitaine », for the
word in which they differ is the rare one.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from rapidfuzz.fuzz import ratio

from matcher.catalogue.faults import Fault
from matcher.catalogue.rows import read_rows
from matcher.catalogue.schemas import STRUCTURES
from matcher.catalogue.vocabulary import Kind
from matcher.territory.nest import Territory
from matcher.upkeep.rules import Dataset

from .identity import Identities, Identity, Namer, Words

SUSPECTED = 0.72
"""Score from which a pair is suspected: set on `tests/cases/doublons.csv`, of which it finds most
and accuses few; a test holds both figures."""
SAME_HOST = 0.20
"""Added for the same website, when no third row has it: the site of a network tells nothing."""
SAME_SEAT = 0.08
"""Added for the same commune of the seat."""
APART = -0.50
"""Added when the two have no département in common: branches of a network."""
OTHER_SCALE = -0.25
"""Added when one covers the country and the other not: a head and its branch."""
HEAD = -0.50
"""Added when, besides, they are of one network: its head and a branch are two."""
OTHER_KIND = -0.22
"""Added when they have no kind in common: a DLA and who carries it are two rows on purpose."""
OTHER_WORK = -0.40
"""Added when one of them is a device that others carry (`CARRIED`), and the other is not."""
CARRIED = frozenset({Kind.DLA.value, Kind.FABRIQUE_A_INITIATIVES.value, Kind.PTCE.value})
"""Kinds that are devices: their rows bear the name of the body that carries them."""
START = 5
"""Letters of a word that two rows share to be looked at."""
CROWDED = 60
"""Rows that share a word past which the word makes no pair: « fédération » would pair them all."""
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


@dataclass(frozen=True, slots=True)
class Pair:
    """Two rows that may be one structure, with the score and why, in French."""

    one: str
    other: str
    score: float
    why: str


class Lookalikes:
    """Finds the pairs of a directory that may be one structure.

    Parameters
    ----------
    known : iterable of Identity
        Every row of the directory.
    identities : Identities
        What draws the identity of a row.
    """

    def __init__(self, known: Iterable[Identity], identities: Identities) -> None:
        self._identities = identities
        self._known = {one.id: one for one in known}
        names = (words for one in self._known.values() for words in one.names)
        self.rarity = Rarity(names, identities.places)
        self._blocks: dict[str, list[str]] = defaultdict(list)
        for one in self._known.values():
            for key in self._keys(one):
                self._blocks[key].append(one.id)

    def of(self, row: Mapping[str, str]) -> list[Pair]:
        """The rows that may be the same structure as that of a row, most alike first."""
        one = self._identities.of(row)
        return self._suspected(one, self._near(one) - {one.id})

    def of_known(self, named: str) -> list[Pair]:
        """The other rows that may be the same structure as one of the directory, by its id."""
        one = self._known[named]
        return self._suspected(one, self._near(one) - {named})

    def pairs(self) -> list[Pair]:
        """Every pair that is suspected, once, most alike first."""
        found: list[Pair] = []
        for one in self._known.values():
            found += self._suspected(one, {i for i in self._near(one) if i > one.id})
        return sorted(found, key=lambda pair: (-pair.score, pair.one, pair.other))

    def _near(self, one: Identity) -> set[str]:
        """The rows that share what a pair must share to be looked at."""
        blocks = (self._blocks.get(key, ()) for key in self._keys(one))
        return {other for block in blocks if len(block) <= CROWDED for other in block}

    def _suspected(self, one: Identity, others: Iterable[str]) -> list[Pair]:
        pairs = [self.compare(one, self._known[other]) for other in others]
        found = [pair for pair in pairs if pair.score >= SUSPECTED]
        return sorted(found, key=lambda pair: (-pair.score, pair.other))

    def compare(self, one: Identity, other: Identity) -> Pair:
        """How likely two rows are one structure: in [0, 1], and why."""
        if one.siren and one.siren == other.siren and one.kinds & other.kinds:
            return Pair(one.id, other.id, 1.0, "même numéro SIREN")
        if _told_apart(one, other):
            return Pair(one.id, other.id, 0.0, "deux lignes distinctes")
        where = one.where | other.where
        names = max(
            (self.rarity.likeness(a, b, where) for a in one.names for b in other.names),
            default=0.0,
        )
        score, why = names, [f"noms semblables à {round(100 * names)} %"]
        for added, said in self._facts(one, other):
            score += added
            why += [said] if added > 0 else []
        return Pair(one.id, other.id, max(0.0, min(1.0, score)), ", ".join(why))

    def _facts(self, one: Identity, other: Identity) -> Iterator[tuple[float, str]]:
        """What the facts add to or take from the names."""
        if one.host and one.host == other.host and self._alone_at(one, other):
            yield SAME_HOST, "même site"
        if one.seat and one.seat == other.seat:
            yield SAME_SEAT, "même siège"
        if one.departements and other.departements and not one.departements & other.departements:
            yield APART, ""
        if one.national != other.national:
            yield (HEAD if one.network and one.network == other.network else OTHER_SCALE), ""
        if one.kinds and other.kinds and not one.kinds & other.kinds:
            carried = bool(one.kinds & CARRIED) != bool(other.kinds & CARRIED)
            yield (OTHER_WORK if carried else OTHER_KIND), ""

    def _keys(self, one: Identity) -> set[str]:
        """What a pair must share to be looked at: the start of a word, for slips come later."""
        places = self.rarity.places | one.where
        starts = {word[:START] for words in one.names for word in words - places}
        keys = {f"mot {start}" for start in starts}
        keys |= {f"mot {start} à {one.seat}" for start in starts} if one.seat else set()
        keys |= {f"nom {' '.join(sorted(words))}" for words in one.names}
        keys |= {f"initiales {''.join(sorted(w[0] for w in n))}" for n in one.names if len(n) > 2}
        keys |= {f"siren {one.siren}"} if one.siren else set()
        return keys | ({f"site {one.host}"} if one.host else set())

    def _alone_at(self, one: Identity, other: Identity) -> bool:
        block = self._blocks.get(f"site {one.host}", [])
        return len({*block, one.id, other.id}) == 2


def _told_apart(one: Identity, other: Identity) -> bool:
    """Whether the rows themselves say that they are two: one carries the other, or two SIREN."""
    if one.siren and other.siren and one.siren != other.siren:
        return True
    return one.body in (other.id, other.body) or other.body == one.id


def lookalikes(rows: Iterable[Mapping[str, str]], folder: Path, territory: Territory) -> Lookalikes:
    """The finder of a directory, from its rows; the acronyms are those of a data folder."""
    identities = Identities(Namer.open(folder), territory)
    return Lookalikes(map(identities.of, rows), identities)


def open_lookalikes(folder: Path, territory: Territory) -> Lookalikes:
    """The finder of the directory of a data folder, as it is on the disk now.

    Raises
    ------
    DataError
        When its table cannot be read.
    """
    rows = read_rows(folder / STRUCTURES.file, STRUCTURES.names, name=STRUCTURES.file)
    return lookalikes(rows, folder, territory)


def suspicions(data: Dataset, folder: Path) -> list[Fault]:
    """A warning for each pair of rows of the directory that may be one structure."""
    rows = {row["id"]: row for row in data.structures}
    return [
        Fault(
            STRUCTURES.file,
            rows[pair.one].line,
            "name",
            rows[pair.one]["name"],
            f"peut-être la même structure que {pair.other} ({pair.why}) : voir « fusionner »",
            "avertissement",
        )
        for pair in lookalikes(data.structures, folder, data.territory).pairs()
    ]


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
