"""The words of a French text, each with its place in it: accents, plurals and capitals aside."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

import Stemmer

from matcher.catalogue.french import unaccented

_STEMMER = Stemmer.Stemmer("french")

# An acronym with dots (« M.S.P. ») is one word; accents may come as marks of their own.
_WORD = re.compile(r"\b(?:[^\W\d_]\.){2,}|(?:[^\W_][\u0300-\u036f]*)+")

_STRONG = re.compile(r"[.;:!?()\[\]{}«»\"\n/+•]|\s[-–—]+\s|[–—]")

ACCENT = "´"
"""Mark of a final « é », which tells « marché » from « marche » when it is written."""

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
    known = abbreviations or {}
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
