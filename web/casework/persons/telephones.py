"""One rule for the telephone numbers that people write: kept in one way, found in every other.

A French number is kept as it is dialled in France, by pairs; one of elsewhere begins with +.
"""

from __future__ import annotations

import re

LONGEST_TELEPHONE = 30
"""Characters of a number, with the signs that people put in it."""
EXPECTED = "Un numéro s’écrit comme 04 67 00 00 00."
FEWEST = 6
"""Digits from which a number is one line's: what is shorter is a service, or a year."""

_HIDDEN = "\u00ad\u200b-\u200d\u2060\ufeff"
_SIGNS = rf"\s.\-–—‑·•_/(){_HIDDEN}"
_GAP = rf"[{_SIGNS}]{{0,4}}"
"""What people put between two digits: nothing, a space, a dot, a line end."""
_NUMBER = re.compile(r"(?:tel:)?(\+?)([0-9]{4,15})", re.I)
_ABROAD = re.compile(r"(?:\+|00)(33|262|590|594|596)0?([0-9]{9})")
"""A French number as it is dialled from abroad, « +33 (0)4 … » too."""
_DIGITS = re.compile(rf"\+?[0-9](?:{_GAP}[0-9]){{{FEWEST - 1},}}")
_LONGEST = 15
"""Digits of a number at most (E.164)."""


def number_of(text: str) -> str:
    """A number as it is kept: « 04 67 00 00 00 », « +41223456789 », « 39 49 ».

    Raises
    ------
    ValueError
        French: not a number.
    """
    found = _NUMBER.fullmatch(re.sub(rf"[{_SIGNS}]", "", text.strip()))
    if not found:
        raise ValueError(EXPECTED)
    dialled = _dialled("".join(found.groups()))
    if dialled.startswith("+") or len(dialled) % 2:
        return dialled
    return " ".join(dialled[i : i + 2] for i in range(0, len(dialled), 2))


def is_number(text: str) -> bool:
    """Whether a text is the number of somebody, and nothing else."""
    try:
        return sum(map(str.isdigit, number_of(text))) >= FEWEST
    except ValueError:
        return False


def finder(number: str) -> re.Pattern[str]:
    """An expression that finds a number in a text, however it is spaced, and dialled from where.

    What has more digits is another number.
    """
    bare = _bare(number)
    if bare.startswith("0") and len(bare) == len("0467000000"):
        # Of the mainland, or of an island whose code begins the number too.
        codes = "|".join(_spread(code) for code in ("33", bare[1:4]))
        start = rf"(?:(?:\+{_GAP}|{_spread('00')}{_GAP})?(?:{codes}){_GAP}(?:0{_GAP})?|0{_GAP})"
        return re.compile(rf"(?<![0-9+]){start}{_spread(bare[1:])}(?![0-9])")
    start = rf"(?:\+{_GAP}|{_spread('00')}{_GAP})?" if bare.startswith("+") else r"\+?"
    return re.compile(rf"(?<![0-9+]){start}{_spread(bare.lstrip('+'))}(?![0-9])")


def numbers_in(text: str) -> set[str]:
    """All that may be a number in a text, as `finder` finds each, as they are kept."""
    found = set()
    for run in _DIGITS.finditer(text):
        bare = re.sub(rf"[{_SIGNS}]", "", run.group())
        sign, digits = ("+", bare[1:]) if bare.startswith("+") else ("", bare)
        # Two numbers may stand side by side: each beginning, and each end, is tried.
        for start in range(len(digits) - FEWEST + 1):
            for end in range(start + FEWEST, min(len(digits), start + _LONGEST) + 1):
                part = digits[start:end]
                written = {part, f"+{part}", sign * (start == 0) + part}
                found |= {number_of(one) for one in written}
    return found


def _bare(number: str) -> str:
    return number_of(number).replace(" ", "")


def _dialled(bare: str) -> str:
    """A French number as it is dialled in France, another one with its +."""
    abroad = _ABROAD.fullmatch(bare)
    if abroad:
        return f"0{abroad[2]}"
    return f"+{bare[2:]}" if bare.startswith("00") else bare


def _spread(digits: str) -> str:
    return _GAP.join(digits)
