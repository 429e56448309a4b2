"""Terms of a table found in French text: « débit de boissons » speaks of the subject `cafe`.

A term matches on the stems of its content words, so that accents, plurals and capitals do not
count; where two terms overlap, the longer one wins.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from .words import Word, split, stem

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

    def words(self) -> set[str]:
        """Folded words of the terms that say something of a label."""
        terms = (term for rows in self._rows.values() for _, _, term in rows)
        return {word.form for term in terms for word in content(term)}

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
