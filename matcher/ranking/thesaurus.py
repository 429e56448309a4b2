"""The table of terms, and where they stand in a text: the longest term wins, a typo is forgiven."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from matcher.catalogue.rows import read_rows
from matcher.catalogue.vocabulary import Theme

from .words import SMALL, Word, split, stem

OUT_OF_SCOPE = "hors_champ"
"""Code, in the column `theme`, of a term that is about none of the themes."""

COLUMNS = ("term", "theme", "weight", "role", "note", "source")

MIN_FAMILY = 5
"""Letters that the words of a family share: stems of short words meet by chance."""

MIN_TYPO = 7
"""Letters from which a misspelt word is looked for: shorter words have too many neighbours."""

MIN_CHANGED = 9
"""Letters from which one changed letter is a typo: « cantine » and « castine » are two words."""


class Role(StrEnum):
    """What a term does in a sentence."""

    OBJECT = "objet"
    """The thing that is wanted or kept up: « école », « recyclerie »."""
    MEANS = "moyen"
    """Works or a study that serve something else: « rénovation énergétique », « étude »."""
    SITE = "site"
    """A place, which the words after it name or situate: « rue de l’école », « friche du port »."""
    MONUMENT = "monument"
    """Heritage: an old one is still heritage, « ancienne abbaye »."""
    HINT = "indice"
    """A word that alone says little: « jardin », « toiture »."""


class Effect(StrEnum):
    """What words without a theme do to the terms around them."""

    DENIES = "nie"
    NEAR = "pres"
    INSIDE = "dans"
    FORMER = "ancien"
    BECOMES = "but"
    TURNS = "devient"
    SERVES = "pour"
    ADDS = "avec"
    JOINS = "et"
    NEUTRAL = "neutre"


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of the thesaurus; `theme` is None for what is out of scope."""

    term: str
    theme: Theme | None
    weight: float
    role: Role
    note: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Hit:
    """Terms or context words found in `words[first:last]`: either entries or an effect."""

    first: int
    last: int
    entries: tuple[Entry, ...]
    effect: Effect | None


class _Node:
    """A place in the tree of terms."""

    __slots__ = ("effect", "entries", "next")

    def __init__(self) -> None:
        self.next: dict[str, _Node] = {}
        self.entries: list[Entry] = []
        self.effect: Effect | None = None


class Thesaurus:
    """Terms with their themes, and the context words that change their meaning.

    Parameters
    ----------
    entries : iterable of Entry
    contexts : iterable of (str, Effect)
        Words that stand as they are, small words included.
    """

    def __init__(
        self, entries: Iterable[Entry], contexts: Iterable[tuple[str, Effect]] = ()
    ) -> None:
        self.entries = tuple(entries)
        self._root = _Node()
        self._known: set[str] = set()
        self._families: dict[str, list[str]] = {}
        self._near: dict[str, list[str]] | None = None
        for entry in self.entries:
            self._place(keys(entry.term)).entries.append(entry)
        for text, effect in contexts:
            self._place(["=" + word.form for word in split(text)]).effect = effect
        for key in sorted(self._known):
            if not key.startswith("="):
                self._families.setdefault(stem(key), []).append(key)

    @classmethod
    def open(cls, folder: Path) -> Thesaurus:
        """Read `thesaurus.csv` and `contexts.csv` of a `reference/` folder."""
        rows = read_rows(folder / "thesaurus.csv", COLUMNS)
        contexts = read_rows(folder / "contexts.csv", ("words", "effect"))
        return cls(
            (
                Entry(
                    row["term"],
                    None if row["theme"] == OUT_OF_SCOPE else Theme(row["theme"]),
                    float(row["weight"]),
                    Role(row["role"]),
                    row["note"],
                    row["source"],
                )
                for row in rows
            ),
            ((row["words"], Effect(row["effect"])) for row in contexts),
        )

    def find(self, words: Sequence[Word]) -> list[Hit]:
        """Terms and context words of the table in a text, in order, without overlap."""
        found = []
        i = 0
        while i < len(words):
            hit = self._longest(words, i) or self._longest(words, i, loose=True)
            if hit:
                found.append(hit)
            i = hit.last if hit else i + 1
        return found

    def _place(self, path: Sequence[str]) -> _Node:
        """The node at the end of a path, made where it is not yet."""
        node = self._root
        for key in path:
            node = node.next.setdefault(key, _Node())
            self._known.add(key)
        return node

    def _longest(self, words: Sequence[Word], start: int, loose: bool = False) -> Hit | None:
        """The longest term that starts at a word; `loose` forgives endings and typos."""
        best = None
        nodes = [self._root]
        for i in range(start, len(words)):
            word = words[i]
            if i > start and word.gap:
                break
            reached = [
                child
                for node in nodes
                for key in self._spellings(word, loose)
                if (child := node.next.get(key))
            ]
            for node in reached:
                if node.entries or node.effect:
                    # Where one text is both, a term says more than a context word.
                    effect = None if node.entries else node.effect
                    best = Hit(start, i + 1, tuple(node.entries), effect)
                    break
            if i > start and word.form in SMALL:
                reached += nodes
            if not reached:
                break
            nodes = reached
        return best

    def _spellings(self, word: Word, loose: bool) -> Iterator[str]:
        """The keys of a word in the tree.

        Loosely, a word also stands for its family (« réparent » for « réparer ») or for the word
        that it may be a typo of; that comes second, since « restauration » is no « restaurant ».
        """
        yield "=" + word.form
        yield word.single
        if not loose or "=" + word.form in self._known or len(word.form) < MIN_FAMILY:
            return
        start = word.form[:MIN_FAMILY]
        family = [key for key in self._families.get(stem(word.form), ()) if key.startswith(start)]
        if family:
            yield from family
        elif len(word.form) >= MIN_TYPO and word.form.isalpha():
            if self._near is None:
                self._near = _neighbours(self._known)
            yield from _misspelt(word.single, self._near)


def keys(term: str) -> list[str]:
    """Path of a term in the tree: an acronym stands as it is, other words without plural.

    Small words are left out, but for the first: « la poste » is no « poste ».
    """
    words = split(term)
    words = [word for i, word in enumerate(words) if not i or word.form not in SMALL]
    return [
        "=" + word.form if is_acronym(term[word.start : word.end]) else word.single
        for word in words
    ]


def is_acronym(word: str) -> bool:
    """True for « MSP », « PLUi » or « E2C »: two capitals or more, most of the letters."""
    return sum(c.isupper() for c in word) * 2 > len(word) > 1


def _neighbours(known: Iterable[str]) -> dict[str, list[str]]:
    """Long words by what is left of them without one letter."""
    table: dict[str, list[str]] = {}
    for word in sorted(known):
        if len(word) >= MIN_TYPO - 1 and word.isalpha():
            for variant in _shorter(word):
                table.setdefault(variant, []).append(word)
    return table


def _shorter(word: str) -> set[str]:
    return {word} | {word[:i] + word[i + 1 :] for i in range(1, len(word))}


def _misspelt(word: str, table: dict[str, list[str]]) -> Iterator[str]:
    """Known words one letter added, lost, changed or swapped away; the first letter is right."""
    found = {known for variant in _shorter(word) for known in table.get(variant, ())}
    for known in sorted(found):
        if abs(len(known) - len(word)) <= 1 and _one_edit(word, known):
            yield known


def _one_edit(a: str, b: str) -> bool:
    """True when one letter was added, lost, changed, or swapped with the next one."""
    i = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    if len(a) != len(b):
        return a[i + 1 :] == b[i:] or a[i:] == b[i + 1 :]
    swapped = a[i : i + 2] == b[i : i + 2][::-1] and a[i + 2 :] == b[i + 2 :]
    return swapped or (len(a) >= MIN_CHANGED and a[i + 1 :] == b[i + 1 :])
