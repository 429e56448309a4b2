"""One rule for the addresses and telephone numbers that people write: each is found again.

A bare address goes in: one that is stored with more around it can be neither handed out nor erased.
A French number is kept as it is dialled in France, by pairs, and found however it is written; one
of elsewhere begins with +.
"""

from __future__ import annotations

import re

LONGEST_EMAIL = 254
"""Characters of an address that mail servers accept (RFC 5321)."""
EMAIL_EXPECTED = "Une adresse s’écrit comme mairie@ville.fr."
ONE = "Indiquez une seule adresse, comme mairie@ville.fr."

_ATOM = r"[\w!#$%&'*+/=?^`{|}~-]+"
_LABEL = r"[^\W_](?:[\w-]{0,61}[^\W_])?"
_ADDRESS = re.compile(
    rf"(?:{_ATOM}(?:\.{_ATOM})*|\"[^\"\\\r\n]+\")@"
    rf"(?:{_LABEL}(?:\.{_LABEL})*\.[^\W\d_](?:[\w-]*[^\W_])|"
    r"\[(?:IPv6:)?[0-9a-fA-F:.]+\])"
)
"""An address as RFC 5321 has it, letters of any language allowed: a quoted name and the number of
a machine are rare and true."""
_NAMED = re.compile(r"[^<>]*<\s*(?:mailto:)?([^<>]*)>[\s;,.]*", re.I)
_MAILTO = re.compile(r"mailto:([^?]*)(?:\?.*)?", re.I)
_UNSEEN = "[\u00ad\u200b-\u200d\u2060\ufeff\\s]*"
_SIGN = rf"[\[({{]{_UNSEEN}(?:at|arobase|@|a){_UNSEEN}[\])}}]"
_AT = rf"{_UNSEEN}(?:@|%40|&#64;|&#x40;|&commat;|{_SIGN})"
_AT_WORDS = r"|\s+(?:arobase|chez)\s+"
_INVISIBLE = re.compile("[\u00ad\u200b-\u200d\u2060\ufeff]")
_WRITTEN_AT = re.compile(rf"{_AT}{_UNSEEN}{_AT_WORDS}", re.IGNORECASE)
_WRITTEN_DOT = re.compile(r"\s*[\[(]\s*(?:dot|point)\s*[\])]\s*", re.IGNORECASE)
_PLAIN = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]+@[\w-]+(?:\.[\w-]+)+")
_BEFORE = re.compile(r"[!#$%&'*/=?^`{|}~]")
"""Signs that an address may hold, and that often stand before one."""
LONGEST_TELEPHONE = 30
"""Characters of a number, with the signs that people put in it."""
NUMBER_EXPECTED = "Un numéro s’écrit comme 04 67 00 00 00."
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


def address_of(text: str) -> str:
    """The bare address of « mailto:… » or « Mairie <…> », or as it stands.

    Raises
    ------
    ValueError
        French: no address, or several.
    """
    plain = text.strip()[: 4 * LONGEST_EMAIL]
    named = _NAMED.fullmatch(plain)
    if named:
        plain = named.group(1)
    mailto = _MAILTO.fullmatch(plain)
    if mailto:
        plain = mailto.group(1)
    plain = plain.strip()
    if plain.count("@") > 1 and not _ADDRESS.fullmatch(plain):
        raise ValueError(ONE)
    if len(plain) > LONGEST_EMAIL or not _ADDRESS.fullmatch(plain):
        raise ValueError(EMAIL_EXPECTED)
    return plain


def email_finder(address: str) -> re.Pattern[str]:
    """An expression that finds an address in a text, as people write one.

    Capitals do not count; « a @ b.fr », « a [at] b.fr », « a%40b.fr », soft hyphens and line ends
    are the same address. What is longer is another one.
    """
    name, _, domain = address.strip().rpartition("@")
    # Words for the sign are read where the whole address follows: nothing else is so written.
    dot = rf"{_UNSEEN}(?:\.|[\[(]{_UNSEEN}(?:dot|point){_UNSEEN}[\])]){_UNSEEN}"
    between = rf"(?:{_AT}{_UNSEEN}{_AT_WORDS})"
    return re.compile(
        rf"(?<![\w.+%-]){_spaced(name, '.')}{between}{_spaced(domain, dot)}(?![\w-]|\.\w)",
        re.IGNORECASE,
    )


def addresses_in(text: str) -> set[str]:
    """All that may be an address in a text, as `finder` finds each, bare and in small letters."""
    unseen = _INVISIBLE.sub("", text)
    found = set()
    # A line end may stand within an address, or before it.
    for one in (unseen, re.sub(r"-?\r?\n", "", unseen), re.sub(r"\r?\n", "", unseen)):
        plain = _WRITTEN_DOT.sub(".", _WRITTEN_AT.sub("@", one))
        for match in _PLAIN.finditer(plain):
            address = match.group().lower().lstrip(".-+")
            found.add(address)
            name, _, domain = address.rpartition("@")
            found.add(f"{_BEFORE.split(name)[-1]}@{domain}")
    return found


def _spaced(part: str, dot: str) -> str:
    """The characters of a part of an address, with what cannot be seen between any two."""
    hidden = "(?:[\u00ad\u200b-\u200d\u2060\ufeff]|-?\r?\n)*"
    return hidden.join(
        (dot if dot != "." else re.escape(char)) if char == "." else re.escape(char)
        for char in part
    )


def number_of(text: str) -> str:
    """A number as it is kept: « 04 67 00 00 00 », « +41223456789 », « 39 49 ».

    Raises
    ------
    ValueError
        French: not a number.
    """
    found = _NUMBER.fullmatch(re.sub(rf"[{_SIGNS}]", "", text.strip()))
    if not found:
        raise ValueError(NUMBER_EXPECTED)
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


def number_finder(number: str) -> re.Pattern[str]:
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
