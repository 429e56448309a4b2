"""EPCI by their name, or by a part of it: « CC du Haut-Jura » for CC Haut-Jura Saint-Claude."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

from matcher.catalogue.french import ARTICLES, place_key

SHORTS = {
    "communaute de communes": "cc",
    "communaute d agglomeration": "ca",
    "communaute urbaine": "cu",
}
"""Words of the names of EPCI as people write them, and as the Insee does."""
KINDS = re.compile(r"^(?:cc|ca|cu|metropole|eurometropole|intercommunalite)\b ?")
"""The word of its kind, which the name of an EPCI begins with."""
SHORTEST = 4
"""Letters from which words that no kind stands before may be those of an EPCI."""


def epci_key(name: str) -> str:
    """A name as `place_key` folds it, its kind short and without an article after it."""
    key = place_key(name)
    for long, short in SHORTS.items():
        key = key.replace(long, short)
    return re.sub(r"\b(cc|ca|cu) (?:de la|de l|des|du|de|d) ", r"\1 ", key)


def says_epci(query: str) -> bool:
    """Whether a text begins as the name of an EPCI does: « communauté de communes », « CA »."""
    return bool(KINDS.match(epci_key(query)))


def epcis_like(query: str, by_key: Mapping[str, Sequence[str]], limit: int) -> list[str]:
    """SIREN of the EPCI whose names hold all the words of a text, be they only begun.

    Articles count for nothing. Names that begin with these words come first.

    Parameters
    ----------
    by_key : mapping of str to sequence of str
        SIREN by the key of the name.
    """
    words = _words(epci_key(query))
    if not words or not (says_epci(query) or len("".join(words)) >= SHORTEST):
        return []
    found = []
    for key, sirens in by_key.items():
        names = _words(key)
        if all(any(name.startswith(word) for name in names) for word in words):
            first = names[0].startswith(words[0])
            found += [(not first, key, siren) for siren in sirens]
    return [siren for *_, siren in sorted(found)[:limit]]


@lru_cache(2_048)  # there are some 1,250 EPCI
def _words(key: str) -> list[str]:
    return ARTICLES.sub("", KINDS.sub("", key)).split()
