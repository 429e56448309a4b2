"""What people type for a place, freed of what surrounds it; and what is asked about it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import NamedTuple, Protocol

from matcher.catalogue.french import place_key
from matcher.catalogue.model import Area, Commune
from matcher.catalogue.vocabulary import Scale

QUERY_MAX = 100
"""Characters of a query: the longest name has 45; a département and a postal code come with it."""

SHOWN = 5
"""Communes named in « Vouliez-vous dire … ? »."""

NARROW_SPACES = str.maketrans("\xa0\u202f", "  ")


class Doubt(StrEnum):
    """Why no commune is answered."""

    UNKNOWN = "inconnue"
    SEVERAL = "plusieurs"
    SLIP = "faute_de_frappe"
    PART = "nom_incomplet"
    AREA = "territoire"
    NOTHING = "vide"
    CODE = "code_ambigu"
    ABROAD = "hors_des_donnees"


class UnknownCommune(LookupError):
    """No commune is meant, or several are; the message is French, for the person who asked.

    Parameters
    ----------
    query : str
        What was asked, cut to `QUERY_MAX` characters.
    reason : str
        French sentence.
    suggestions : tuple of Commune
        Those that may be meant, best first.
    choices : str
        The first suggestions in words.
    kind : Doubt
        Why there is no answer.
    areas : tuple of Area
        The areas of our territory that the query names, when it is `Doubt.AREA`.
    """

    def __init__(
        self,
        query: str,
        reason: str,
        suggestions: tuple[Commune, ...] = (),
        choices: str = "",
        kind: Doubt = Doubt.UNKNOWN,
        areas: tuple[Area, ...] = (),
    ) -> None:
        super().__init__(f"{reason} Vouliez-vous dire {choices} ?" if choices else reason)
        self.query = query
        self.reason = reason
        self.suggestions = suggestions
        self.kind = kind
        self.areas = areas


class Ask(Protocol):
    """Makes the question that a doubt calls for."""

    def __call__(
        self,
        query: str,
        reason: str,
        kind: Doubt,
        suggestions: Iterable[Commune] = (),
        areas: tuple[Area, ...] = (),
    ) -> UnknownCommune:
        """The question, with the choices in words."""


def checked(query: str) -> str:
    """The query without needless spaces.

    Raises
    ------
    UnknownCommune
        When it is no text, too long (the cap comes first), blank, or has control characters.
    """
    if not isinstance(query, str):
        reason = "Une commune se demande en texte : nom, code postal ou code Insee."
        raise UnknownCommune("", reason)
    if len(query) > QUERY_MAX:
        reason = f"Nom de commune trop long : {QUERY_MAX} caractères au plus."
        raise UnknownCommune(query[:QUERY_MAX], reason)
    text = query.translate(NARROW_SPACES).strip()
    if not text:
        raise UnknownCommune(query, "Indiquez une commune : nom, code postal ou code Insee.")
    if not text.isprintable():
        shown = "".join(character for character in text if character.isprintable())
        reason = "Le nom de la commune contient des caractères de contrôle : retapez-le."
        raise UnknownCommune(shown, reason)
    return " ".join(text.split(" "))


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
    r"^(?:(?:mm|m|mr|mme|mmes|monsieur|madame) )?(?:la |le |l )?(?:commune|mairie|maire|maires|"
    r"ville|village|municipalite|bourg|hotel de ville|ccas|conseil municipal|pvd|"
    r"petites? villes? de demain)(?: nouvelle| pvd)? (?:de la|de l|des|du|de|d|a) (?=.)"
    r"| (?:mairie|pvd|ccas)$"
)
"""Words round the name of a commune, in its folded spelling."""
PARENTHESIS = re.compile(r"\s*[(\[]([^)\]]*)[)\]]?\s*")
NOTHING = frozenset(
    "oui non vrai true false "
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


OF = r"(?: (?:de la|de l|des|du|de|d))? (?=.)"
PREFIXES: Mapping[Scale, re.Pattern[str]] = {
    Scale.DEPARTEMENT: re.compile(
        r"^(?:le )?(?:departement|dept|dep|conseil departemental|prefecture)" + OF
    ),
    Scale.REGION: re.compile(r"^(?:la )?(?:region|conseil regional)" + OF),
    Scale.EPCI: re.compile(
        r"^(?:la |le )?(?:cc|ca|cu|com com|comcom|communaute (?:de )?communes|"
        r"communaute d agglomeration|communaute d agglo|agglomeration|agglo|communaute urbaine|"
        r"metropole|intercommunalite|interco|epci|cdc|codecom)" + OF
    ),
}
"""What people say before the name of an area, in its folded spelling."""
COUNTRYSIDE = re.compile(
    r"^(?:l )?(?:iles?|pays|massif|parc naturel regional|pnr|vallee)"
    r" (?:de la|de l|des|du|de|d) (?=.)"
)


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
    """A folded name without « commune de », « le maire de », « PVD de », « … – mairie »."""
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
