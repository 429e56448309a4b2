"""The prose of a letter: paragraphs, lists, words quoted or cut, as French writes them."""

from __future__ import annotations

import re
from collections.abc import Iterable

NEED_WORDS = 40
"""Words of the need quoted in an e-mail; the document holds it whole."""
ABOUT_WORDS = 28
"""Words of the presentation of the structure."""
_BEFORE = re.compile(r" (?=[:;?!](?:\s|$))")
"""Spaces that French keeps with the sign that follows, even on a telephone."""


def body(*paragraphs: str) -> str:
    """Paragraphs, the empty ones left out; no line begins with a sign."""
    text = "\n\n".join(paragraph for paragraph in paragraphs if paragraph)
    return _BEFORE.sub("\u00a0", text)


def bullets(title: str, items: Iterable[str]) -> str:
    """A list under its title; nothing without items."""
    lines = [f"- {item}" for item in items]
    return "\n".join([title, *lines]) if lines else ""


def words(text: str) -> int:
    """How many words a text has."""
    return sum(any(map(str.isalnum, word)) for word in text.split())


def short(items: Iterable[str]) -> list[str]:
    """Items that each fit on a line or two."""
    return [cut(item, ABOUT_WORDS) for item in items]


def quoted(need: str) -> str:
    """The words of the commune, quoted; what they quote themselves takes the inner marks."""
    inner = re.sub(r"«\s*", "“", re.sub(r"\s*»", "”", cut(need, NEED_WORDS)))
    return f"«\u00a0{inner}\u00a0»" + ("" if inner.endswith((".", "…", "!", "?")) else ".")


def cut(text: str, words: int) -> str:
    """The first words of a text, to the last pause if it is not far."""
    parts = text.split(" ")
    if len(parts) <= words:
        return text
    cut = " ".join(parts[:words])
    pauses = [found.start() for found in re.finditer(r"[,.;:!?](?=\s)", cut)]
    if pauses and pauses[-1] >= len(cut) / 2:
        cut = cut[: pauses[-1]]
    return cut.rstrip(",.;: \u00a0") + " […]"
