"""One rule for the addresses that people write: a bare address goes in, and is found again.

An address that is stored with more around it can be neither handed out nor erased.
"""

from __future__ import annotations

import re

LONGEST_EMAIL = 254
"""Characters of an address that mail servers accept (RFC 5321)."""
EXPECTED = "Une adresse s’écrit comme mairie@ville.fr."
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
        raise ValueError(EXPECTED)
    return plain


def same(stored: str, address: str) -> bool:
    """Whether a stored value is this address, or holds it among other words."""
    return finder(address).search(stored) is not None


def finder(address: str) -> re.Pattern[str]:
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


_HIDDEN = re.compile("[\u00ad\u200b-\u200d\u2060\ufeff]")
_WRITTEN_AT = re.compile(rf"{_AT}{_UNSEEN}{_AT_WORDS}", re.IGNORECASE)
_WRITTEN_DOT = re.compile(r"\s*[\[(]\s*(?:dot|point)\s*[\])]\s*", re.IGNORECASE)
_PLAIN = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]+@[\w-]+(?:\.[\w-]+)+")
_BEFORE = re.compile(r"[!#$%&'*/=?^`{|}~]")
"""Signs that an address may hold, and that often stand before one."""


def addresses_in(text: str) -> set[str]:
    """All that may be an address in a text, as `finder` finds each, bare and in small letters."""
    unseen = _HIDDEN.sub("", text)
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
