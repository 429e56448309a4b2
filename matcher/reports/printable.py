"""Texts for paper: a PDF that everyone can read shows no character that its fonts lack."""

from __future__ import annotations

import re
import unicodedata
from typing import TypeVar

UNKNOWN = "□"
"""Stands for each character that cannot be printed (an emoji, another script)."""
_UNPRINTED = re.compile(
    "[^\n\u0020-\u007e\u00a0-\u024f\u0370-\u0377\u037a-\u037f\u0384-\u038a\u038c\u038e-\u03a1"
    "\u03a3-\u03ff\u0400-\u045f\u1e00-\u1eff\u2010-\u2015\u2018-\u201e\u2020-\u2022\u2026\u202f"
    "\u2030\u2032\u2033\u2039\u203a\u2044\u2070\u2074-\u2079\u2080-\u2089\u20ac\u2116\u2122"
    "\u2190-\u2193\u2212\u2260\u2264\u2265\u25a1\u25cf\u2013]+"
)
_JOINERS = re.compile("[\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufe00-\ufe0f\ufeff\u00ad]")

T = TypeVar("T")


def printable(value: T) -> T:
    """A text, or lists and dictionaries of texts, with what the fonts have.

    Accents are put together with their letters; marks without a shape are left out; a run of other
    characters that the fonts lack reads `UNKNOWN`.
    """
    if isinstance(value, str):
        text = _JOINERS.sub(_shapeless, unicodedata.normalize("NFC", value)).replace("\t", " ")
        return _UNPRINTED.sub(UNKNOWN, text)  # type: ignore[return-value]
    if isinstance(value, dict):
        return {key: printable(item) for key, item in value.items()}  # type: ignore[return-value]
    if isinstance(value, list):
        return [printable(item) for item in value]  # type: ignore[return-value]
    return value


def _shapeless(mark: re.Match[str]) -> str:
    return mark.group() if mark.group() == "\u202f" else ""
