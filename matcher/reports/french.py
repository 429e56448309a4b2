"""French as it is printed: apostrophes and spaces, sentences, months, durations, addresses."""

from __future__ import annotations

import re

from matcher.ranking.wording import decimal

__all__ = ["decimal", "duration", "links", "month", "sentence", "typographic"]

MONTHS = (
    *("janvier", "février", "mars", "avril", "mai", "juin", "juillet"),
    *("août", "septembre", "octobre", "novembre", "décembre"),
)
_NUMBERS = frozenset(f"{n:02d}" for n in range(1, 13))
_WEB = ("https://", "http://")
_BEFORE = re.compile(r" ([:;!?»%])")


def typographic(text: str) -> str:
    """Texts of the catalogue as a French reader expects them: ’, and spaces that do not break."""
    return _BEFORE.sub("\u00a0\\1", text.replace("'", "’").replace("« ", "«\u00a0"))


def links(text: str) -> tuple[str, ...]:
    """The web addresses of a cell, which may hold several; anything else is left out."""
    return tuple(part for part in re.split(r"[;\s]+", text) if part.startswith(_WEB))


def sentence(text: str) -> str:
    """Begin with a capital and end with a full stop."""
    text = typographic(text.strip())
    if not text:
        return ""
    return text[0].upper() + text[1:] + ("" if text[-1] in ".!?…" else ".")


def month(vintage: str) -> str:
    """« janvier 2021 » for `2021-01`; what is not a month stays as it is."""
    year, _, number = vintage.partition("-")
    return f"{MONTHS[int(number) - 1]} {year}" if number in _NUMBERS else vintage


def duration(minutes: int) -> str:
    """« 25 min », « environ 4 h 35 »: an estimate of hours is no finer than five minutes."""
    if minutes < 60:
        return f"{minutes}\u00a0min"
    hours, rest = divmod(5 * round(minutes / 5), 60)
    return f"environ {hours}\u00a0h" + (f"\u00a0{rest:02d}" if rest else "")
