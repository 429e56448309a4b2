"""French text to themes: which themes a need is about, each with the words that prove it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from .evidence import weigh
from .lexicon import Lexicon
from .lookalikes import LOOK_ALIKE
from .nothing import Nothing
from .phrases import is_told
from .proofs import Parsed, Proof, Reading, ThemeMatch
from .spelling import Speller
from .thesaurus import Effect, Entry, Thesaurus
from .wordlists import open_abbreviations, open_thesaurus
from .words import split

__all__ = ["Proof", "Reader", "Reading", "ThemeMatch"]

STOPS = (".", "!", "?", "…")
"""What a sentence ends with, and the title of a project seldom."""


class Reader:
    """Reads needs with a thesaurus.

    Parameters
    ----------
    thesaurus : Thesaurus
    abbreviations : mapping of str to tuple of str
        Folded words by folded abbreviation.
    others : sequence of Lexicon
        Other tables, in whose words slips are mended too.
    folder : Path or None
        The data folder it comes from, where what was learnt may stand.
    """

    def __init__(
        self,
        thesaurus: Thesaurus,
        abbreviations: Mapping[str, tuple[str, ...]] | None = None,
        others: Sequence[Lexicon] = (),
        folder: Path | None = None,
    ) -> None:
        self.thesaurus, self.folder = thesaurus, folder
        self.abbreviations = dict(abbreviations or {})
        self.speller = Speller(
            lambda: thesaurus.words[0].union(*(lexicon.words() for lexicon in others)),
            lambda: {*thesaurus.words[1], *self.abbreviations, *LOOK_ALIKE},
        )
        self.nothing = Nothing(lambda: self._french(others))

    def _french(self, others: Sequence[Lexicon]) -> set[str]:
        """All the words that the tables know, in pieces."""
        known = set().union(*self.thesaurus.words, *(lexicon.words() for lexicon in others))
        return {piece for word in known for piece in word.split()}

    @classmethod
    def open(cls, folder: Path) -> Reader:
        """Read the tables of `reference/` in the data folder.

        Raises
        ------
        DataError
            A table is absent or cannot be read.
        """
        return cls(open_thesaurus(folder), open_abbreviations(folder), folder=folder)

    def knowing(self, *lexicons: Lexicon) -> Reader:
        """Give a reader that mends the slips in the words of these tables too."""
        return Reader(self.thesaurus, self.abbreviations, lexicons, self.folder)

    @property
    def entries(self) -> Sequence[Entry]:
        """The terms of the thesaurus, in the order of the table."""
        return self.thesaurus.entries

    def read(self, text: str) -> Reading:
        """Themes of a text, in a time that grows with its length.

        A theme weighs as its strongest term, plus a share of the two next ones. The text is out of
        scope when the terms that are about none of the themes weigh more than any theme.
        """
        return self.parse(text).reading()

    def parse(self, text: str) -> Parsed:
        """What the tables find in a text, before any theme is chosen."""
        words = self.speller.mend(split(text, self.abbreviations), text)
        sentence = text.rstrip(' »"').endswith(STOPS)
        hits = self.thesaurus.find(words)
        return Parsed(
            text,
            words,
            is_told(words, sentence),
            weigh(words, hits, sentence),
            tuple(
                (words[hit.first].start, words[hit.last - 1].end)
                for hit in hits
                if hit.effect is Effect.IDIOM
            ),
        )
