"""Names as keys, how sure one is that words which look like a name are meant as one, what it names.

A text names a structure, a network, a kind, or a form or device that points at a kind.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from matcher.catalogue.french import place_key
from matcher.catalogue.model import Structure
from matcher.catalogue.vocabulary import Scale
from matcher.reading.words import SMALL, Word, content, is_acronym, singular, split

APART, LISTED = re.compile(r"[,;/\n]|\bet\b"), re.compile(r"[,;/\n]")
"""Between the names of several places; the same, « et » being in a name: « Eure-et-Loir »."""
ARTICLE = re.compile(r"^(?:le|la|les|l) ")


class Sort(StrEnum):
    """What is named."""

    STRUCTURE = "structure"
    """One structure, by its name or an alias: `code` is its id."""
    NETWORK = "network"
    """A network, by which any branch is meant: « le CAUE », « Terre de Liens »."""
    KIND = "kind"
    """A kind, by its label or its acronym: « un DLA », « l’URSCOP », « une foncière »."""
    FORM = "form"
    """A legal form, a place or a device whose kind may help, weaker: « SCIC », « tiers-lieu »."""
    OTHER = "other"  # nobody: longer words in which a name means another thing, « contrat CAE »


@dataclass(frozen=True, slots=True)
class Named:
    """An actor named in a text.

    Parameters
    ----------
    code : str
        Id of the structure, code of the network or of the kind.
    words : str
        As the text has them.
    start, end : int
        Their span in the text.
    doubtful : bool
        The words are words of French, in which people find other names too: « La Ruche ».
    """

    sort: Sort
    code: str
    words: str
    start: int
    end: int
    doubtful: bool = False

    @property
    def is_actor(self) -> bool:
        """Whether somebody is called for by name, rather than a form or a device."""
        return self.sort is not Sort.FORM

    def means(self, structure: Structure) -> bool:
        """Whether a structure is what is named, or one of it.

        A national body that has the kind beside its own is none of it: « le DLA » is a local door.
        """
        if self.sort is Sort.STRUCTURE:
            return self.code == structure.id
        if self.sort is Sort.NETWORK:
            return self.code == structure.network
        if self.code == structure.kind:
            return True
        return self.code in structure.other_kinds and structure.scale is not Scale.NATIONAL


Is = Callable[[str], bool]

BRACKETED = re.compile(r"\s*\(([^)]*)\)")
PARTED = re.compile(r",\s|\s[-–—]\s")
"""What stands between the name of use and the full one: « ANDES, réseau des épiceries »."""
SHORT = 4
"""Letters up to which an acronym must be written in capitals or follow an article."""
TELLING = 4
"""Letters of a word that tells something in a name without capitals."""
ARTICLES = frozenset("le la l les un une des du de d au aux a notre nos votre ce cette".split())
"""Folded words before a noun: « une foncière » is one, « taxe foncière » is not."""
INDEFINITE = frozenset("un une des de d nos ces ce cette".split())
"""Those of them after which plain words are no name: « des villages vivants »."""
TRADES = frozenset(
    "association asso foncier fonciere cooperative scic scop incubateur fabrique reseau federation "
    "fondation tiers lieu ressourcerie recyclerie collectif mutuelle agence pole societe".split()
)
"""Folded kinds that stand before a name: « l’incubateur Airelle »."""
OTHERS = frozenset(
    "m mr mme mlle monsieur madame dr docteur maitre famille prenom rue avenue boulevard place "
    "chemin impasse allee route quai quartier lotissement residence lieu-dit".split()
)
"""Folded words after which a name is that of a person or of a street: « Mme Avise »."""


@dataclass(frozen=True, slots=True)
class Name:
    """One way to name an actor.

    Parameters
    ----------
    written : str
        As the catalogue or the table writes it.
    key : tuple of str
        Its words, folded, without plural nor accent, small ones aside.
    ordinary : bool
        Each of its words is a word of French: only the way it is written tells that it is a name.
    """

    sort: Sort
    code: str
    written: str
    key: tuple[str, ...]
    ordinary: bool

    @property
    def is_common(self) -> bool:
        """Whether it is a common noun: a kind or a form that the table writes without capitals."""
        return self.sort is not Sort.STRUCTURE and self.written.islower()


def variants(name: str) -> Iterator[str]:
    """Give a name of the catalogue as people say it: without brackets, what comes before a comma.

    >>> list(variants("ANDES, réseau des épiceries solidaires"))
    ['ANDES, réseau des épiceries solidaires', 'ANDES']
    """
    bare = BRACKETED.sub("", name)
    yield bare
    if (first := PARTED.split(bare)[0]) != bare:
        yield first
    for inside in BRACKETED.findall(name):
        if inside.isalpha() and is_acronym(inside):
            yield inside


@dataclass(frozen=True)
class ScannedText:
    """A text in which names are sought.

    Parameters
    ----------
    words : sequence of Word
        Small ones aside, each after what ends before these, its last accent left out as in `Name`.
    every : sequence of Word
        All of them.
    """

    text: str
    words: Sequence[Word]
    every: Sequence[Word]
    places: Sequence[int]
    is_plain: bool

    @classmethod
    def of(cls, text: str) -> ScannedText:
        """Cut a text."""
        every = split(text)
        places = [n for n, word in enumerate(every) if word.form not in SMALL]
        # What stands before « La Ruche » stands before its first word that is no small one.
        gaps = [max(w.gap for w in every[a + 1 : b + 1]) for a, b in pairwise((-1, *places))]
        words = [
            every[n]._replace(single=singular(every[n].form), gap=gap)
            for n, gap in zip(places, gaps, strict=True)
        ]
        inside = [text[word.start] for n, word in enumerate(every) if n and word.gap != "."]
        plain = text.isupper() or not any(map(str.isupper, inside))
        return cls(text, words, every, places, plain)

    def means(self, name: Name, first: int, last: int, is_term: Is, is_town: Is) -> bool:
        """Whether `words[first:last]`, which read as a name, are meant as one."""
        words = self.words[first:last]
        before = self.every[self.places[first] - 1].form if self.places[first] else ""
        if before in OTHERS or self.left(first) in OTHERS:
            return False
        if name.is_common:
            return len(words) > 1 or len(self.words) == 1 or before in ARTICLES
        if len(words) > 1:
            return self._means_words(name, words, first, before, is_term)
        forms = {word.form for word in split(name.written)}
        if name.sort is Sort.STRUCTURE and words[0].form not in forms:  # but « des SCOPs »
            return False
        if is_acronym(name.written):
            return self._means_acronym(name, words[0], before, is_term)
        return not name.ordinary or self._means_word(name, first, is_term, is_town)

    def _means_acronym(self, name: Name, word: Word, before: str, is_term: Is) -> bool:
        written = self.text[word.start : word.end]
        if is_acronym(written) and not self.text.isupper():
            return True
        listed = name.sort is not Sort.STRUCTURE
        doubtful = is_term(word.form) or len(written) < SHORT
        if len(self.words) == 1:
            return listed or not doubtful
        if name.sort is Sort.FORM or (not name.ordinary and len(written) > SHORT):
            return True
        plain = written.isascii() or not name.written.isascii()
        return before in ARTICLES and plain and (listed or (written[0].isupper() and not doubtful))

    def _means_word(self, name: Name, first: int, is_term: Is, is_town: Is) -> bool:
        """Whether a word of French is a name here."""
        word = self.words[first]
        capital, term = self.text[word.start].isupper(), is_term(word.form)
        if not capital or len(self.words) == 1:
            return len(self.words) == 1 and (capital or not term)
        if self._is_quoted(word) or name.sort is not Sort.STRUCTURE:
            return True
        if self.left(first) in TRADES and not term:
            return True
        shown = not self.is_plain and self.is_capital(name, [word], self.places[first])
        return shown and not is_town(word.form)

    def _means_words(
        self, name: Name, words: Sequence[Word], first: int, before: str, is_term: Is
    ) -> bool:
        written = self.text[words[0].start : words[-1].end]
        if not name.ordinary or len(words) == len(self.words) or self._is_quoted(words[0]):
            return True
        if written[0].isupper() and self.left(first) in TRADES:
            return True
        if not self.is_plain and self.is_capital(name, words, self.places[first]):
            return True
        common = name.sort is Sort.STRUCTURE and is_term(written)
        if common or before in INDEFINITE or not self._is_whole(name, words, before):
            return False
        telling = [word for word in content(written) if len(word.form) >= TELLING]
        return (self.is_plain or len(split(written)) > len(words)) and len(telling) > 1

    def _is_whole(self, name: Name, words: Sequence[Word], before: str) -> bool:
        """Whether the article and the acronyms of a name are there: « projet phare » is none."""
        opens, *_ = official = split(name.written)
        if opens.form in SMALL and before != opens.form:
            return False
        shown = [w for w in official if w.form not in SMALL]
        return not any(
            is_acronym(name.written[a.start : a.end]) and not is_acronym(self.text[b.start : b.end])
            for a, b in zip(shown, words, strict=True)
        )

    def left(self, first: int) -> str:
        """The word before, small ones aside; "" when a comma or the like stands between."""
        return self.words[first - 1].form if first and not self.words[first].gap else ""

    def _is_quoted(self, word: Word) -> bool:
        around = self.text[max(0, word.start - 2) : word.start].strip()
        return around.endswith(("«", '"', "“")) and self.text[word.start].isupper()

    def is_capital(self, name: Name, words: Sequence[Word], place: int) -> bool:
        """Whether the words have the capitals of the name, not only that of a sentence."""
        wanted = [w for w in split(name.written) if w.form not in SMALL]
        capital = [name.written[w.start].isupper() for w in wanted]
        has = [self.text[w.start].isupper() for w in words]
        opens = place == 0 or self.every[place].gap == "."
        counted = sum(h and c for h, c in zip(has, capital, strict=True))
        if len(words) == 1 and split(name.written)[0].form in SMALL:  # « La Mine », no « la Mine »
            return place > 1 and self.text[self.every[place - 1].start].isupper()
        return has[0] and counted > opens and counted >= min(2, sum(capital))


def name_parts(text: str, apart: re.Pattern[str]) -> list[str]:
    """A text cut where the names of several places would be, folded."""
    return [key for part in apart.split(text) if (key := place_key(part))]


def are_names(
    cuts: Iterable[Sequence[str]], areas: Container[str], is_name: Callable[[str], bool]
) -> bool:
    """Whether a text is but names, in one of the ways to cut it: several communes, or areas.

    One commune alone is none: « La Chapelle » may be what is to be mended.
    """
    return any(
        cut and all(bare(part) in areas or (len(cut) > 1 and is_name(part)) for part in cut)
        for cut in cuts
    )


def bare(key: str) -> str:
    """A folded name without its article: « lot » for « le lot »."""
    return ARTICLE.sub("", key)
