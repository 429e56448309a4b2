"""The words of a French text, each with its place in it, and the terms of a table found among them.

Accents, plurals and capitals are set aside. A term matches on the stems of its content words, so
that « débit de boissons » speaks of the subject `cafe`; where two terms overlap, the longer one
wins.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import NamedTuple

import Stemmer

from matcher.catalogue.french import unaccented

_STEMMER = Stemmer.Stemmer("french")

# An acronym with dots (« M.S.P. ») is one word; accents may come as marks of their own.
_WORD = re.compile(r"\b(?:[^\W\d_]\.){2,}|(?:[^\W_][\u0300-\u036f]*)+")

_STRONG = re.compile(r"[.;:!?()\[\]{}«»\"\n/+•]|\s[-–—]+\s|[–—]")

ACCENT = "´"
"""Mark of a final « é », which tells « marché » from « marche » when it is written."""

LIKE_NEED = 0.4
"""Weight of the words shared from which two short texts are alike: one rare word or two."""
FEWEST_SHARED = 2
"""Stems that a short text has in common with another from which the two are alike: one word, as
« aide », is in many that are not."""
SHORT_TEXTS = 16_384
"""Short texts whose stems are kept: there are some 4,000 typical needs."""

SMALL = frozenset("a au aux d de des du l la le les".split())
"""Words that may stand between the words of a term: « maison de la santé », « maison santé »."""


class Word(NamedTuple):
    """A word of a text (a tuple, since texts have thousands).

    Parameters
    ----------
    start, end : int
        Its span in the text: `text[start:end]`.
    form : str
        Lower case, without accents.
    single : str
        The form without the mark of the plural; a final « é » is kept apart by `ACCENT`.
    gap : {"", ",", "."}
        What stands before it: nothing, a comma, or the end of a sentence or of a part of it.
    nested : bool
        True between brackets.
    """

    start: int
    end: int
    form: str
    single: str
    gap: str
    nested: bool


def singular(form: str) -> str:
    """A folded word without the mark of the plural: « local » for « locaux »."""
    if len(form) <= 3 or form[-1] not in "sx" or form[-2] == "s":
        return form
    if form.endswith("aux") and not form.endswith("eaux") and len(form) > 4:
        return form[:-2] + "l"
    return form[:-1]


@lru_cache(maxsize=50_000)
def stem(form: str) -> str:
    """Stem of a folded word. Folding first makes « rénové » and « renove » one."""
    return str(_STEMMER.stemWord(form))


def single_of(piece: str, form: str) -> str:
    """A word as terms have it: « fermé » is no « ferme », « logements » is « logement »."""
    single = singular(form)
    if piece.isascii() or not piece.lower().rstrip("s").endswith(("é", "e\u0301")):
        return single
    return single + ACCENT


def pieces(text: str) -> Iterator[str]:
    """The words of a text as they stand."""
    return (match.group() for match in _WORD.finditer(text))


def form_of(piece: str) -> str:
    """A word folded, without the dots of « M.S.P. »."""
    return unaccented(piece.replace(".", "") if "." in piece else piece)


def is_acronym(word: str) -> bool:
    """True for « MSP », « PLUi » or « E2C »: two capitals or more, most of the letters."""
    return not word.islower() and sum(c.isupper() for c in word) * 2 > len(word) > 1


def split(text: str, abbreviations: Mapping[str, tuple[str, ...]] | None = None) -> list[Word]:
    """Cut a text into words, in one pass.

    Parameters
    ----------
    abbreviations : mapping of str to tuple of str, optional
        Folded words by folded abbreviation: « bat » is « batiment ». The words that an
        abbreviation stands for share its span.
    """
    return _cut(text, abbreviations) if abbreviations else [*_split(text)]


CUT = 128
"""Texts whose words are kept: what is read of one text looks at them several times."""


@lru_cache(CUT)
def _split(text: str) -> tuple[Word, ...]:
    return tuple(_cut(text, {}))


def _cut(text: str, known: Mapping[str, tuple[str, ...]]) -> list[Word]:
    words: list[Word] = []
    end = depth = 0
    shortened = False
    for match in _WORD.finditer(text):
        between = text[end : match.start()]
        if shortened and between.startswith("."):
            between = between[1:]  # the dot of « Bat. » ends no sentence
        gap = ""
        if words and between not in (" ", "’", "'", "-"):
            depth = max(0, depth + between.count("(") - between.count(")"))
            gap = "." if _STRONG.search(between) else "," if "," in between else ""
        form = form_of(match.group())
        forms = known.get(form)
        shortened = forms is not None
        start, end = match.span()
        for part in forms or (form,):
            single = singular(part) if forms else single_of(match.group(), form)
            words.append(Word(start, end, part, single, gap, depth > 0))
            gap = ""
    return words


_EMPTY = frozenset(
    """
    a au aux avec c ce ces cet cette ci d dans de des du elle elles en est et etre eux il ils j je
    l la le les leur leurs lui m ma mais me mes moi mon n ne nos notre nous on ont ou par pas pour
    qu que qui s sa se ses si son sont sur t ta te tes toi ton tu un une vos votre vous y
    """.split()
)
"""Words that say nothing of a subject, folded."""


def content(text: str) -> list[Word]:
    """The words of `text` that say something of a subject: cut once, searched often."""
    return [word for word in split(text) if word.form not in _EMPTY]


def stems(words: Iterable[Word]) -> list[str]:
    """Stems of words, in order."""
    return [stem(word.form) for word in words]


def nearest(weights: Mapping[str, float], texts: Iterable[str]) -> str:
    """Which of some short texts has the stems that weigh most; "" when none has enough of them.

    Parameters
    ----------
    weights : mapping of str to float
        By stem; one that is absent weighs nothing.
    """
    shared = {
        text: [weights[term] for term in _stems_of(text) if term in weights] for text in texts
    }
    alike = {text: sum(found) for text, found in shared.items() if len(found) >= FEWEST_SHARED}
    best = max(alike, key=alike.__getitem__, default="")
    return best if best and alike[best] >= LIKE_NEED else ""


HOLLOW = frozenset(
    stem(word)
    for word in (
        "aide aider aimer aller besoin chercher commune faire falloir habitants monter pouvoir "
        "petit porter projet proche trouver venir village vouloir"
    ).split()
)
"""Stems of what any need may say: two texts are not alike by these."""


@lru_cache(SHORT_TEXTS)
def _stems_of(text: str) -> list[str]:
    return sorted({*stems(content(text))} - HOLLOW)


@dataclass(frozen=True, slots=True)
class Hit:
    """A term found: its label in the table and the term as the table writes it."""

    label: str
    term: str


class Lexicon:
    """A table of terms, each with one label.

    Parameters
    ----------
    terms : mapping of str to iterable of str
        Terms by label. A term that stands under two labels speaks of both. A term that begins
        with `=` matches on its very words, accents and capitals aside: « =toits » is not « toit ».
    """

    def __init__(self, terms: Mapping[str, Iterable[str]]) -> None:
        self._rows: dict[str, list[tuple[Sequence[str], str, str]]] = {}
        for label, variants in terms.items():
            for term in variants:
                if key := term_key(term):
                    self._rows.setdefault(key[0], []).append((key, label, term))
        self._known: dict[str, tuple[dict[tuple[str, ...], list[Hit]], list[int]]] = {}

    @classmethod
    def replanted(cls, rows: dict[str, list[tuple[Sequence[str], str, str]]]) -> Lexicon:
        """Make the lexicon of some `rows` again."""
        lexicon = cls({})
        lexicon._rows = rows
        return lexicon

    @property
    def rows(self) -> Mapping[str, list[tuple[Sequence[str], str, str]]]:
        """Keys, each with its label and its term, by their first part."""
        return self._rows

    @cached_property
    def words(self) -> frozenset[str]:
        """Folded words of the terms that say something of a label."""
        terms = (term for rows in self._rows.values() for _, _, term in rows)
        return frozenset(word.form for term in terms for word in content(term))

    def _starting(self, first: str) -> tuple[dict[tuple[str, ...], list[Hit]], list[int]]:
        """Terms whose key starts so, and the lengths of these keys, longest first."""
        if first not in self._known:
            terms: dict[tuple[str, ...], list[Hit]] = {}
            for key, label, term in self._rows[first]:
                hits = terms.setdefault(tuple(key), [])
                if all(hit.label != label for hit in hits):
                    hits.append(Hit(label, term))
            self._known[first] = terms, sorted({len(key) for key in terms}, reverse=True)
        return self._known[first]

    def find(self, text: Sequence[Word]) -> list[Hit]:
        """Terms of the table in the content words of a text, in order, longest where they overlap.

        Parameters
        ----------
        text : sequence of Word
            From `content`.
        """
        sequences = (stems(text), [f"={word.form}" for word in text])
        found: list[Hit] = []
        i = 0
        while i < len(text):
            longest = 0
            hits: list[Hit] = []
            for parts in sequences:
                if parts[i] not in self._rows:
                    continue
                terms, lengths = self._starting(parts[i])
                for length in lengths:
                    if length < longest:
                        break
                    met = terms.get(tuple(parts[i : i + length]))
                    if met and i + length <= len(text):
                        hits = met if length > longest else [*hits, *met]
                        longest = length
                        break
            found += hits
            i += max(1, longest)
        return found


def term_key(term: str) -> tuple[str, ...]:
    """The parts of a term to be met one after the other: stems, or forms after a `=`."""
    words = content(term.removeprefix("="))
    return tuple(f"={w.form}" for w in words) if term.startswith("=") else tuple(stems(words))
