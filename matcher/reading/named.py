"""The actors that a text names, slips of long names included.

Structures by their names; kinds, networks and forms by the words that people say for them
(`actors.csv`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path

from rapidfuzz import process
from rapidfuzz.distance import OSA

from matcher.catalogue.faults import Fault
from matcher.catalogue.french import unaccented
from matcher.catalogue.model import Structure
from matcher.catalogue.rows import Row, among, read_reference
from matcher.catalogue.vocabulary import Kind
from matcher.reading.wordlists import table_faults
from matcher.reading.words import SMALL, singular, split, stem

from .called import is_doubtful
from .names import Is, Name, Named, ScannedText, Sort, variants

FILE = "actors.csv"
COLUMNS = ("words", "sort", "code")
SORTS = (Sort.KIND, Sort.NETWORK, Sort.FORM, Sort.OTHER)
"""A structure is named as the catalogue names it, not in this table."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Words of the table, and what they name."""

    words: str
    sort: Sort
    code: str


def open_actors(folder: Path | None) -> list[Actor]:
    """Read the table of a data folder; none where it is not there."""
    if folder is None or not (folder / "reference" / FILE).is_file():
        return []
    rows = read_reference(folder, FILE, COLUMNS)
    return [Actor(row["words"], Sort(row["sort"]), row["code"]) for row in rows]


def check_actors(folder: Path) -> list[Fault]:
    """Every fault of the table of a data folder, which may do without it."""
    if not (folder / "reference" / FILE).is_file():
        return []
    return list(table_faults(folder, FILE, COLUMNS, _faults))


def _faults(file: str, rows: list[Row]) -> Iterator[Fault]:
    seen: dict[tuple[str, ...], int] = {}
    for row in rows:
        key = tuple(word.form for word in split(row["words"]))
        if not key:
            yield Fault(file, row.line, "words", None, "au moins un mot est attendu")
        elif (line := seen.setdefault(key, row.line)) != row.line:
            rule = f"ces mots sont déjà donnés à la ligne {line}"
            yield Fault(file, row.line, "words", row["words"], rule)
        yield from among(file, row, "sort", SORTS)
        if row["sort"] in (Sort.KIND, Sort.FORM):
            yield from among(file, row, "code", tuple(Kind))
        elif row["sort"] == Sort.NETWORK and not row["code"]:
            yield Fault(file, row.line, "code", None, "un réseau a un code")


SHORTEST = 3
"""Letters of a name, at least: « Le T » is a letter."""
APART = " … "
"""Between two words of a row that others may part, in one sentence."""
APART_MAX = 8
"""Words, small ones aside, after the first among which the second is sought."""
SLIP_MIN = 6
"""Letters of a name from which a slip is mended: shorter ones have too many neighbours."""
LONG = 12
"""Letters from which two slips are."""
WORDS_MAX = 4
"""Words of a name with a slip, at most."""
NAMESAKES_MAX = 4
"""Structures of one name, at most: past it, the words name none of them."""


class Finder:
    """Finds what texts name.

    Parameters
    ----------
    structures : callable
        Gives the structures of the catalogue, read at the first text.
    actors : callable
        Gives the rows of the table of kinds, networks and forms.
    is_ordinary : callable
        Whether a folded word is a word of French.
    is_term : callable
        Whether words are a term of the tables.
    is_town : callable
        Whether a word is the name of a commune.
    """

    def __init__(
        self,
        structures: Callable[[], Iterable[Structure]],
        actors: Callable[[], Iterable[Actor]],
        is_ordinary: Is,
        is_term: Is,
        is_town: Is,
    ) -> None:
        self._structures, self._actors = structures, actors
        self._is_ordinary, self._is_term, self._is_town = is_ordinary, is_term, is_town

    def find(self, text: str) -> tuple[Named, ...]:
        """Actors named, in the order of the text; the longest name where two overlap."""
        said = ScannedText.of(text)
        strange = [not self._is_ordinary(word.form) for word in said.words]
        found: list[Named] = []
        i = 0
        while i < len(said.words):
            length, names = self._exact(said, i) or self._slip(said, i, strange) or (1, [])
            found += _mentions(said, i, i + length, names)
            i += length
        return tuple(sorted((*found, *self._apart(said)), key=lambda name: name.start))

    def _apart(self, said: ScannedText) -> Iterator[Named]:
        """Forms that two words of one sentence tell: « les salariés voudraient la reprendre »."""
        for actor, (first, second) in self._pairs:
            for i, word in enumerate(said.words):
                if word.form != first:
                    continue
                for other in islice(said.words, i + 1, i + 1 + APART_MAX):
                    if other.gap == ".":
                        break
                    if stem(other.form) == second:
                        words = said.text[word.start : other.end]
                        yield Named(actor.sort, actor.code, words, word.start, other.end)
                        break

    @cached_property
    def _pairs(self) -> list[tuple[Actor, tuple[str, str]]]:
        """Rows of two words apart: the first as it is written, folded, the second by its stem."""
        parted = ((actor, actor.words.split(APART)) for actor in self._actors())
        return [
            (actor, (unaccented(words[0]), stem(unaccented(words[1]))))
            for actor, words in parted
            if len(words) == 2
        ]

    @cached_property
    def _names(self) -> Mapping[tuple[str, ...], list[Name]]:
        """Names by their key; those of the table first."""
        found: dict[tuple[str, ...], list[Name]] = {}
        for name in self._listed():
            same = found.setdefault(name.key, [])
            if same and same[0].sort is not Sort.STRUCTURE:
                continue  # the table speaks first: its network has the head of it too
            if all((name.sort, name.code) != (other.sort, other.code) for other in same):
                same.append(name)
        return found

    def _listed(self) -> Iterator[Name]:
        for actor in self._actors():
            if APART in actor.words:
                continue
            if name := _named(actor.sort, actor.code, actor.words, self._is_ordinary):
                yield name
        for structure in self._structures():
            ways = dict.fromkeys(
                way for full in (structure.name, *structure.aliases) for way in variants(full)
            )
            for way in ways:
                if name := _named(Sort.STRUCTURE, structure.id, way, self._is_ordinary):
                    yield name

    @cached_property
    def _lengths(self) -> Mapping[str, list[int]]:
        """Lengths of the names, longest first, by their first word."""
        found: dict[str, set[int]] = {}
        for key in self._names:
            found.setdefault(key[0], set()).add(len(key))
        return {first: sorted(lengths, reverse=True) for first, lengths in found.items()}

    @cached_property
    def _joined(self) -> Mapping[str, dict[str, list[Name]]]:
        """Names that a slip may hide, without spaces, by their first letter."""
        found: dict[str, dict[str, list[Name]]] = {}
        for key, names in self._names.items():
            joined = "".join(key)
            kept = [name for name in names if not name.is_common]
            if len(joined) >= SLIP_MIN and kept:
                found.setdefault(joined[0], {}).setdefault(joined, []).extend(kept)
        return found

    def _exact(self, said: ScannedText, first: int) -> tuple[int, list[Name]] | None:
        for length in self._lengths.get(said.words[first].single, ()):
            words = said.words[first : first + length]
            names = self._names.get(tuple(word.single for word in words), ())
            if len(words) < length or any(word.gap == "." for word in words[1:]):
                continue
            meant = [name for name in names if self._means(said, name, first, first + length)]
            if meant:
                return length, meant
        return None

    def _slip(
        self, said: ScannedText, first: int, strange: Sequence[bool]
    ) -> tuple[int, list[Name]] | None:
        """A name of which some word is none of French, or has a capital, at an edit or two."""
        table = self._joined.get(said.words[first].single[:1])
        longest = min(WORDS_MAX, len(said.words) - first) if table else 0
        if not any(strange[first : first + longest]) and not _is_capital(said, first, 1):
            return None
        for length in range(longest, 0, -1):
            words = said.words[first : first + length]
            odd = any(strange[first : first + length])
            odd = odd or (length > 1 and _is_capital(said, first, length))
            if not odd or any(word.gap for word in words[1:]):
                continue
            joined = "".join(word.single for word in words)
            limit = 2 if len(joined) >= LONG else 1
            if len(joined) < SLIP_MIN or not joined.isalpha():
                continue
            near = process.extractOne(
                joined, [*(table or ())], scorer=OSA.distance, score_cutoff=limit
            )
            if near is None or near[0] == joined or self._is_town(words[0].form):
                continue
            names = (table or {})[near[0]]
            meant = [n for n in names if not n.ordinary or length == len(n.key) > 1]
            if meant:
                return length, meant
        return None

    def _means(self, said: ScannedText, name: Name, first: int, last: int) -> bool:
        return said.means(name, first, last, self._is_term, self._is_town)


def _named(sort: Sort, code: str, written: str, is_ordinary: Is) -> Name | None:
    """Make a name; None for one that no text can be searched for."""
    words = [word for word in split(written) if word.form not in SMALL]
    if sum(len(word.form) for word in words) < SHORTEST:
        return None
    key = tuple(singular(word.form) for word in words)
    ordinary = all(is_ordinary(word.form) for word in words if not word.form.isdigit())
    return Name(sort, code, written, key, ordinary)


def _is_capital(said: ScannedText, first: int, length: int) -> bool:
    """Whether some words each have a capital, in a text that is not all in capitals."""
    words = said.words[first : first + length]
    return all(said.text[word.start].isupper() for word in words) and not said.text.isupper()


def _mentions(said: ScannedText, first: int, last: int, names: list[Name]) -> Iterator[Named]:
    if sum(name.sort is Sort.STRUCTURE for name in names) > NAMESAKES_MAX:
        names = [name for name in names if name.sort is not Sort.STRUCTURE]
    start, end = said.words[first].start, said.words[last - 1].end
    for name in (name for name in names if name.sort is not Sort.OTHER):
        doubtful = is_doubtful(said, name, first, last)
        yield Named(name.sort, name.code, said.text[start:end], start, end, doubtful)
