"""Why a query means no commune, or may mean several: said in French, with the choices."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Protocol

from matcher.catalogue.model import Area, Commune

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
