"""The terms that the reader knows, and where they stand in a text: the longest term wins."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property, lru_cache
from typing import Any

from matcher.catalogue.vocabulary import Theme

from .spelling import Families, parted
from .words import ACCENT, SMALL, Word, form_of, is_acronym, pieces, single_of

MAX_SKIPPED = 4
"""Small words passed over in a term: « maison de la santé » has two."""
SPELLED = 8_192
"""Words whose spellings are kept: texts share most of theirs."""


class TermRole(StrEnum):
    """What a term does in a sentence."""

    OBJECT = "objet"
    """The thing that is wanted or kept up: « école », « recyclerie »."""
    MEANS = "moyen"
    """Works or a study that serve something else: « rénovation énergétique », « étude »."""
    SITE = "site"
    """A place, which the words after it name or situate: « rue de l’école », « friche du port »."""
    MONUMENT = "monument"
    """Heritage: an old one is still heritage, « ancienne abbaye »."""
    PEOPLE = "public"
    """Those who ask, when they open a sentence: « des agriculteurs veulent … »."""
    SPEECH = "parole"
    """A word of people who tell what is wrong; it says little in a title: « visiter »."""
    HINT = "indice"
    """A word that alone says little: « jeux », « bâtiment »."""


THINGS = (TermRole.OBJECT, TermRole.MONUMENT, TermRole.PEOPLE, TermRole.SPEECH)

ROAD_MIN = 0.9
"""Weight from which a site out of scope is a road, a square, a car park."""

PURPOSE_MIN = 0.55
"""Weight from which a thing may be the purpose of works."""


class Effect(StrEnum):
    """What words without a theme do to the terms around them."""

    DENIES = "nie"
    """The text does not want what follows: « pas un énième »."""
    OPPOSES = "oppose"
    """The same after another term and a comma; elsewhere it tells a lack: « , pas un »."""
    NEAR = "pres"
    """What follows is beside the object: « devant »."""
    INSIDE = "dans"
    """What follows is where the object is: « dans », « à »."""
    FORMER = "ancien"
    """What follows is no longer: « ancienne »."""
    BECOMES = "but"
    """What follows is the purpose, whatever stands before: « en vue de », « création »."""
    TURNS = "devient"
    """What follows replaces what stands before: « en »."""
    SERVES = "pour"
    """What follows is served by what stands before: « pour », « destiné à »."""
    ADDS = "avec"
    """What follows comes with the object: « avec », « dont »."""
    AFFIRMS = "affirme"
    """What follows is wanted, whatever road or place stands before: « mais », « il faudrait »."""
    JOINS = "et"
    """What follows is another object: « et »."""
    NEUTRAL = "neutre"
    """The words together say nothing: « mise en place » is no place."""
    IDIOM = "expression"
    """The same of subjects and situations: « du pain sur la planche » is about no bread."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of the thesaurus.

    Parameters
    ----------
    term : str
        As an adviser writes it; an acronym in capitals is matched as it stands.
    theme : Theme or None
        None for what is out of scope.
    weight : float
        In ]0, 1]: how sure the theme is when the term stands alone.
    note, source : str
        French family of the term; where it comes from (see `data/README.md`).
    """

    term: str
    theme: Theme | None
    weight: float
    role: TermRole
    note: str = ""
    source: str = ""

    @property
    def is_thing(self) -> bool:
        """True for what may be wanted: neither a place, nor works, nor a hint."""
        return self.role in THINGS

    @property
    def is_site(self) -> bool:
        """True for a place that the words after it name."""
        return self.role is TermRole.SITE

    @property
    def is_road(self) -> bool:
        """True for a place out of scope that stays the object whatever it serves: « parking »."""
        return self.role is TermRole.SITE and self.theme is None and self.weight >= ROAD_MIN

    @property
    def is_works(self) -> bool:
        """True for works that are a theme of their own: energy, digital tools, a study."""
        return self.role is TermRole.MEANS and self.theme not in (None, Theme.FONCIER)

    @property
    def may_be_purpose(self) -> bool:
        """True for a thing that is more than a hint."""
        return self.role in THINGS and self.weight >= PURPOSE_MIN

    @property
    def may_be_former(self) -> bool:
        """False for an « ancienne abbaye », still heritage, and « anciens luminaires », works."""
        return self.role not in (TermRole.MONUMENT, TermRole.MEANS)


@dataclass(frozen=True, slots=True)
class TermHit:
    """Terms or context words found in `words[first:last]`: either entries or an effect."""

    first: int
    last: int
    entries: tuple[Entry, ...]
    effect: Effect | None


Rows = dict[str, list[Sequence[Any]]]  # by first key: a path; its entry, numbered, or its effect


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
        self._rows: Rows = {}
        self._keys: set[str] = set()
        for n, e in enumerate(entries):
            path = keys(e.term)
            self._keys.update(path)
            row = (path, n, e.term, e.theme, e.weight, e.role, e.note, e.source)
            self._rows.setdefault(path[0] if path else "", []).append(row)
        for text, effect in contexts:
            path = context_keys(text)
            # A word of an expression keeps its family elsewhere: « jette l’éponge », « on jette ».
            self._keys.update(path if effect is not Effect.IDIOM or len(path) == 1 else ())
            self._rows.setdefault(path[0] if path else "", []).append((path, effect))
        self._root = _Node()
        self._spellings = lru_cache(SPELLED)(self._spelled)

    @classmethod
    def replanted(cls, rows: Rows, known: Iterable[str]) -> Thesaurus:
        """Make the thesaurus of some `rows` and `known` keys again."""
        new = cls(())
        new._rows, new._keys = rows, set(known)
        return new

    def rows(self) -> tuple[Rows, list[str]]:
        """What the tree grows from, and all the keys."""
        return self._rows, sorted(self._keys)

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        """The terms."""
        rows = (row[1:] for listed in self._rows.values() for row in listed if len(row) > 2)
        return tuple(map(_entry, sorted(rows, key=lambda row: row[0])))

    def _branch(self, first: str) -> _Node | None:
        """The part of the tree that starts with a key, grown when it is first asked for."""
        if first not in self._rows:
            return None
        if first not in self._root.next:
            root = _Node()  # grown apart: another thread may look for it meanwhile
            for path, *row in self._rows[first]:
                node = root
                for key in path[1:]:
                    node = node.next.setdefault(key, _Node())
                if len(row) > 1:
                    node.entries.append(_entry(row))
                else:
                    node.effect = Effect(row[0])
            self._root.next[first] = root
        return self._root.next[first]

    @cached_property
    def words(self) -> tuple[set[str], set[str]]:
        """Folded words of the terms, and those that stand as they are: acronyms, context words."""
        return parted(self._keys)

    @cached_property
    def _families(self) -> Families:
        return Families(self.words[0])

    def find(self, words: Sequence[Word]) -> list[TermHit]:
        """Terms and context words of the table in a text, in order, without overlap."""
        found = []
        i = 0
        while i < len(words):
            # Families come second: « restauration » is no « restaurant ».
            hit = self._longest(words, i) or self._longest(words, i, loose=True)
            if hit:
                found.append(hit)
            i = hit.last if hit else i + 1
        return found

    def _longest(self, words: Sequence[Word], start: int, loose: bool = False) -> TermHit | None:
        """The longest term that starts at a word; `loose` accepts families."""
        best = None
        nodes = [(self._root, 0)]  # each with the small words passed over on the way
        for i in range(start, len(words)):
            word = words[i]
            if i > start and word.gap:
                break
            spellings = self._spellings(word.form, word.single, loose)
            reached = [
                (found, skipped)
                for node, skipped in nodes
                for key in spellings
                if (found := node.next.get(key) if i > start else self._branch(key))
            ]
            # Where a text is both, a term says more than a context word, which stands whole.
            terms = [node for node, _ in reached if node.entries]
            effects = [node.effect for node, skipped in reached if node.effect and not skipped]
            if terms:
                best = TermHit(start, i + 1, tuple(terms[0].entries), None)
            elif effects:
                best = TermHit(start, i + 1, (), effects[0])
            if i > start and word.form in SMALL:
                reached += [(node, skipped + 1) for node, skipped in nodes if skipped < MAX_SKIPPED]
            if not reached:
                break
            nodes = reached
        return best

    def _spelled(self, form: str, single: str, loose: bool) -> tuple[str, ...]:
        """The keys of a word in the tree: as it stands, without plural, and in other spellings."""
        exact = "=" + form
        family = self._families.of(form) if loose and exact not in self._keys else ()
        # Accents may have been left out.
        accented = ((one, one + ACCENT) for one in (single, *family))
        return (exact, *(key for one in accented for key in one if key in self._keys))


def _entry(row: Sequence[Any]) -> Entry:
    term, theme, weight, role, note, source = row[1:]
    return Entry(term, Theme(theme) if theme else None, weight, TermRole(role), note, source)


def keys(term: str) -> list[str]:
    """Path of a term in the tree: an acronym stands as it is, other words without plural.

    Small words are left out, but for the first: « la poste » is no « poste ».
    """
    path = []
    for i, piece in enumerate(pieces(term)):
        form = form_of(piece)
        if not i or form not in SMALL:
            path.append("=" + form if is_acronym(piece) else single_of(piece, form))
    return path


def context_keys(text: str) -> list[str]:
    """Path of context words in the tree: each stands as it is."""
    return ["=" + form_of(piece) for piece in pieces(text)]
