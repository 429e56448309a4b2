"""What people type for a place, freed of what spreadsheets, envelopes and courtesy put round it."""

from __future__ import annotations

import re
from typing import NamedTuple

from matcher.catalogue.spelling import place_key

QUOTED = re.compile(r"""^=?["'’]+(.*?)["'’]*$""")
"""A code that a spreadsheet was told to keep as text: `="01053"`, `'01053`."""
DECIMAL = re.compile(r"(\d{3,5})[.,]0*")
"""A code that was taken for a number: `34142.0`, `34142,00`."""
POWER = re.compile(r"(\d)[.,]?(\d*)E\+?0?([34])", re.IGNORECASE)
"""The same in scientific notation: `3,4142E+04`."""
BARE = re.compile(r"\d{4}")
"""A code whose first zero a spreadsheet took away."""
CEDEX = re.compile(r"\s*\bcedex\b(\s*\d{1,2}\b)?", re.IGNORECASE)
COUNTRY = re.compile(r"(?<!-de)(?<! de)[\s,;(]+france\)?\s*$", re.IGNORECASE)
WRAPPINGS = re.compile(
    r"^(?:(?:la |le |l )?(?:commune|mairie|ville|village|municipalite|bourg|hotel de ville|ccas|"
    r"conseil municipal)(?: nouvelle)? (?:de la|de l|des|du|de|d|a) )(?=.)"
)
"""Words before the name of a commune, in its folded spelling."""
PARENTHESIS = re.compile(r"\s*[(\[]([^)\]]*)[)\]]?\s*")
NOTHING = frozenset(
    "aucun aucune autre autres divers diverses neant toutes tous toute tout "
    "na nc nd np ns nr ras so inconnu inconnue inconnus inconnues "
    "test tests essai exemple vide rien x xx xxx xxxx "
    "null none nan undefined tbd todo plusieurs multiples multi"
    " commune communes ville villes mairie collectivite collectivites territoire".split()
) | frozenset(
    (
        "n a",
        "non renseigne",
        "non renseignee",
        "non precise",
        "non precisee",
        "non communique",
        "non connu",
        "non concerne",
        "non determine",
        "a preciser",
        "a definir",
        "a completer",
        "a determiner",
        "a venir",
        "sans objet",
        "sans commune",
        "pas de commune",
        "toutes communes",
        "toutes les communes",
        "toute commune",
        "tout le territoire",
        "tout territoire",
        "ensemble du territoire",
        "l ensemble du territoire",
        "plusieurs communes",
        "diverses communes",
        "autre commune",
        "hors territoire",
        "hors departement",
        "je ne sais pas",
        "ne sait pas",
        "voir commentaire",
        "idem",
        "ma commune",
        "notre commune",
        "votre commune",
        "nom de la commune",
        "commune test",
    )
)
"""Words that stand where a commune is missing, in their folded spelling."""


KINDS = re.compile(r"^(insee|commune|code insee|cp|code postal)\s*:\s*(?=[\d2])", re.IGNORECASE)
"""What may stand before a code to say which one it is: `commune:15100`, « CP : 15100 »."""


class Typed(NamedTuple):
    """A query without what was put round it.

    Parameters
    ----------
    text : str
        What is left, to be shown and looked for.
    lost_zero : bool
        A code of four digits: a zero was lost before it.
    cedex : bool
        It was the line of a CEDEX, whose code is that of a post office.
    kind : {"", "insee", "code_postal"}
        Which code it is, when that stands before it.
    """

    text: str
    lost_zero: bool = False
    cedex: bool = False
    kind: str = ""


def typed(query: str) -> Typed:
    """Undo what spreadsheets and envelopes do to a code or a name.

    >>> typed('="01053"').text, typed("34142.0").text, typed("3,4142E+04").text
    ('01053', '34142', '34142')
    >>> typed("77488 Provins CEDEX 1").text, typed("1053").lost_zero
    ('77488 Provins', True)
    """
    text = query.strip()
    if named := KINDS.match(text):
        kind = "code_postal" if named[1].casefold() in ("cp", "code postal") else "insee"
        return typed(text[named.end() :])._replace(kind=kind)
    if quoted := QUOTED.match(text):
        text = quoted[1].strip()
    without = CEDEX.sub("", text).strip()
    cedex = without != text
    text = COUNTRY.sub("", without) or without
    if power := POWER.fullmatch(text):
        digits = power[1] + power[2]
        text = digits.ljust(int(power[3]) + 1, "0")
    elif number := DECIMAL.fullmatch(text):
        text = number[1]
    if BARE.fullmatch(text):
        return Typed(f"0{text}", lost_zero=True, cedex=cedex)
    return Typed(text, cedex=cedex)


def unwrapped(key: str) -> str:
    """A folded name without « commune de », « mairie de », « ville de »."""
    return WRAPPINGS.sub("", key)


def without_parenthesis(text: str) -> tuple[str, str]:
    """A name without what is in parentheses, and what was in them; both "" where there are none.

    >>> without_parenthesis("Lodève (bourg)")
    ('Lodève', 'bourg')
    """
    inside = PARENTHESIS.findall(text)
    return (PARENTHESIS.sub(" ", text).strip(), ", ".join(inside)) if inside else ("", "")


def stands_for_nothing(text: str) -> bool:
    """Whether a text only fills the cell: « néant », « N/A », « - », « ? »."""
    key = place_key(text)
    return not key or key in NOTHING
