"""What tells a structure from another, drawn from its row: names, numbers, website, places."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from urllib.parse import urlsplit

from matcher.catalogue.columns import SEPARATOR
from matcher.catalogue.french import place_key
from matcher.catalogue.rows import read_rows
from matcher.catalogue.schemas import RADIUS
from matcher.catalogue.vocabulary import Scale
from matcher.territory.nest import Territory

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


Words = frozenset[str]


@dataclass(frozen=True)
class Identity:
    """What tells a structure from another, drawn from its row.

    Parameters
    ----------
    names : tuple of Words
        The words of its name, then of each alias.
    siren, host, seat : str
        "" where not known.
    kinds : frozenset of str
    body, network : str
        The row that stands behind it, its own id when it is alone; its network, "" when none.
    where : Words
        Words of the name of the commune of its seat.
    departements : frozenset of str
        Where it works; empty when not known, or everywhere.
    national : bool
    """

    id: str
    name: str
    names: tuple[Words, ...]
    siren: str
    host: str
    seat: str
    kinds: frozenset[str]
    body: str
    network: str
    where: Words
    departements: frozenset[str]
    national: bool


class Identities:
    """Draws identities from rows.

    Parameters
    ----------
    namer : Namer
    territory : Territory
        To tell in which départements a row works.
    """

    def __init__(self, namer: Namer, territory: Territory) -> None:
        self._namer, self._territory = namer, territory

    @cached_property
    def places(self) -> Words:
        """Words of the names of régions, départements, former régions and pays."""
        territory = self._territory
        names = [
            *territory.names[Scale.REGION].values(),
            *territory.names[Scale.DEPARTEMENT].values(),
            *(one.name for one in territory.elsewhere),
        ]
        return frozenset(word for name in names for word in self._namer.words(name))

    def of(self, row: Mapping[str, str]) -> Identity:
        """The identity of a row of `structures.csv`; columns that it has not are not known."""
        get = row.get
        names = (get("name") or "", *filter(None, (get("aliases") or "").split(SEPARATOR)))
        kinds = [get("kind") or "", *(get("other_kinds") or "").split(SEPARATOR)]
        level = get("coverage_level") or ""
        return Identity(
            row["id"],
            names[0],
            self._namer.all_words(names),
            get("siren") or "",
            host_of(get("website") or ""),
            get("seat_insee") or "",
            frozenset(filter(None, kinds)),
            get("body") or row["id"],
            get("network") or "",
            self._where(get("seat_insee") or ""),
            frozenset(self._departements(level, get("coverage_codes") or "", row)),
            level == Scale.NATIONAL,
        )

    def _where(self, seat: str) -> Words:
        commune = self._territory.communes.get(seat)
        return self._namer.words(commune.name) if commune else frozenset()

    def _departements(self, level: str, codes: str, row: Mapping[str, str]) -> Iterator[str]:
        territory = self._territory
        if level == RADIUS or not level:
            seat = territory.communes.get(row.get("seat_insee") or "")
            yield from [seat.departement] if seat else []
        for code in filter(None, codes.split(SEPARATOR)):
            if level == Scale.DEPARTEMENT:
                yield code
            elif level == Scale.REGION:
                yield from self._of_region.get(code, ())
            elif level == Scale.EPCI:
                yield from self._of_epci.get(code, ())
            elif level == Scale.COMMUNE and code in territory.communes:
                yield territory.communes[code].departement

    @cached_property
    def _of_region(self) -> Mapping[str, set[str]]:
        found: dict[str, set[str]] = defaultdict(set)
        for departement, region in self._territory.region_of.items():
            found[region].add(departement)
        return found

    @cached_property
    def _of_epci(self) -> Mapping[str, set[str]]:
        found: dict[str, set[str]] = defaultdict(set)
        for commune in self._territory.communes.values():
            found[commune.epci or ""].add(commune.departement)
        return found


def host_of(address: str) -> str:
    """The host of a website, without « www. »; "" when there is none."""
    try:
        return (urlsplit(address).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


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


def _singular(word: str) -> str:
    return word[:-1] if len(word) >= PLURAL_FROM and word[-1] in "sx" else word
