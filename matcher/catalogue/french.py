"""French as it is written: numbers, lists, prepositions, sentences, months, durations, links."""

from __future__ import annotations

import re
from collections.abc import Iterable

from .spelling import unaccented

MONTHS = (
    *("janvier", "février", "mars", "avril", "mai", "juin", "juillet"),
    *("août", "septembre", "octobre", "novembre", "décembre"),
)
_NUMBERS = frozenset(f"{n:02d}" for n in range(1, 13))
_WEB = ("https://", "http://")
_BEFORE = re.compile(r" ([:;!?»%])")


def listed(items: Iterable[str]) -> str:
    """French enumeration: « a, b et c »."""
    names = list(items)
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} et {names[-1]}"


def decimal(value: float, digits: int = 0) -> str:
    """Number as written in French: decimal comma, thin space between thousands."""
    return f"{value:,.{digits}f}".replace(",", "\u202f").replace(".", ",")


def percent(share: float) -> str:
    """Share as written in French: « 20 % », the sign never on the next line."""
    return f"{decimal(100 * share)}\u00a0%"


def counted(count: int, one: str, many: str) -> str:
    """Number with its noun: « 1 projet », « 3 projets »."""
    return f"{decimal(count)} {one if count <= 1 else many}"


def at(place: str) -> str:
    """Where, before the name of a commune: « à Die », « au Moule », « aux Abrets »."""
    article, _, rest = place.partition(" ")
    joined = {"Le": "au", "Les": "aux"}.get(article)
    return f"{joined} {rest}" if joined and rest else f"à {place}"


def of(place: str) -> str:
    """Of what, before the name of a commune: « de Die », « d’Arles », « du Moule »."""
    article, _, rest = place.partition(" ")
    joined = {"Le": "du", "Les": "des"}.get(article)
    if joined and rest:
        return f"{joined} {rest}"
    return f"d’{place}" if unaccented(place[:1]) in "aeiouy" else f"de {place}"


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
