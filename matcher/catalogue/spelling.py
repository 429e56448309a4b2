"""One spelling for the many ways a place name is typed, and many names searched as one text."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator
from itertools import accumulate

LIGATURES = str.maketrans({"œ": "oe", "æ": "ae"})
ACCENTS = re.compile("[\u0300-\u036f]")
"""Marks that a letter is made of, once it is taken apart."""
OTHERS = re.compile(r"[^a-z0-9\n]+")
UPON = re.compile(r"\bs/")
SAINT = re.compile(r"\b(st|ste|sts|stes)\b")
SAINTS = {"st": "saint", "ste": "sainte", "sts": "saints", "stes": "saintes"}

ARTICLES = re.compile(r"\b(l|le|la|les|d|de|du|des) ")
"""Words that people leave out or add: « Rochelle », « L'Isle Adam », « Bourg-Péage »."""


def unaccented(text: str) -> str:
    """Lower case without accents, ligatures opened: « Cœur » becomes « coeur »."""
    if text.isascii():
        return text.lower()
    opened = text.lower().translate(LIGATURES)
    return ACCENTS.sub("", unicodedata.normalize("NFD", opened))


def place_key(text: str) -> str:
    """A name of place without accents, hyphens or apostrophes; « St », « Ste », « s/ » in full.

    Lines are kept apart, so that all names can be made keys at once.

    >>> place_key("St-Rémy-l'Honoré"), place_key("SŒURDRES"), place_key("Chalon s/Saône")
    ('saint remy l honore', 'soeurdres', 'chalon sur saone')
    """
    # NFKC first: letters that are typed wide or joined (« ﬁ ») are plain ones.
    text = UPON.sub("sur ", unaccented(unicodedata.normalize("NFKC", text)))
    text = OTHERS.sub(" ", text).replace("\n ", "\n").replace(" \n", "\n")
    return SAINT.sub(lambda found: SAINTS[found.group()], text).strip(" ")


def compact(key: str) -> str:
    """Keys of names without spaces: « saintflour », « lisle adam » and « l isle adam » alike."""
    return key.replace(" ", "")


def loose(key: str) -> str:
    """Keys of names without articles nor spaces."""
    return compact(ARTICLES.sub("", key))


class Lines:
    """Many keys, one a line, found by `str.find`: an index would take longer to build than to save.

    Parameters
    ----------
    text : str
        The keys, separated by line feeds.
    """

    def __init__(self, text: str) -> None:
        self.keys = text.split("\n")
        self._text = f"\n{text}\n"
        self._starts = list(accumulate((len(key) + 1 for key in self.keys), initial=1))

    def equal(self, key: str) -> list[int]:
        """Lines that are the key."""
        return list(self._found(f"\n{key}\n"))

    def starting(self, key: str) -> list[int]:
        """Lines that start with the key, an article before it apart."""
        heads = ("", "l ", "le ", "la ", "les ")
        return [line for head in heads for line in self._found(f"\n{head}{key}")]

    def ending(self, key: str) -> list[int]:
        """Lines that end with the words of the key, after another word."""
        return list(self._found(f" {key}\n"))

    def words(self, key: str) -> list[int]:
        """Lines with a word, after the first, that starts with the key."""
        return list(self._found(f" {key}"))

    def _found(self, needle: str) -> Iterator[int]:
        at = self._text.find(needle)
        while at >= 0:
            yield bisect_right(self._starts, at + 1) - 1
            at = self._text.find(needle, at + 1)
