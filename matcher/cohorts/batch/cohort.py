"""A cohort: the communes of one programme or of one area, said in one word."""

from __future__ import annotations

from dataclasses import dataclass

from matcher.catalogue.faults import shorten
from matcher.catalogue.french import unaccented
from matcher.catalogue.model import Area
from matcher.catalogue.vocabulary import Scale
from matcher.territory.nest import COUNTRY, PVD, Territory

ALL = "france"
"""The cohort of all communes."""
SCALES = {scale.value: scale for scale in Scale if scale is not Scale.NATIONAL}
EXPECTED = (
    "attendu : pvd, france, departement:48, region:76, epci:200017341 (numéro SIREN) ou "
    "commune:34142"
)


class UnknownCohort(ValueError):
    """No cohort has this name; the message is French and says what is expected."""


@dataclass(frozen=True, slots=True)
class Cohort:
    """Some communes that are studied together.

    Parameters
    ----------
    code : str
        `pvd`, `france`, or a level and a code: `departement:48`.
    name : str
        French, for titles: « Petites villes de demain », « Département : Lozère ».
    members : tuple of str
        Insee codes, sorted; at least one.
    """

    code: str
    name: str
    members: tuple[str, ...]


def parse_cohort(text: str, territory: Territory) -> Cohort:
    """Find the communes of a cohort.

    Parameters
    ----------
    text : str
        `pvd`, `france`, `departement:48`, `region:76`, `epci:200017341` or `commune:34142`; case
        and accents do not count, and a former Insee code stands for the commune of today.

    Raises
    ------
    UnknownCohort
        When the level or the code is unknown.
    """
    level, _, code = (part.strip() for part in text.partition(":"))
    level, code = unaccented(level), code.upper()
    if not code and level == PVD:
        members = tuple(i for i, c in territory.communes.items() if PVD in c.labels)
        if not members:
            raise UnknownCohort("Aucune Petite ville de demain dans ces données.")
        return Cohort(PVD, "Petites villes de demain", members)
    if not code and level == ALL:
        return Cohort(ALL, COUNTRY.scale.label, territory.members(COUNTRY))
    if level not in SCALES or not code:
        raise UnknownCohort(f"Cohorte inconnue : « {shorten(text)} » ; {EXPECTED}.")
    scale = SCALES[level]
    if scale is Scale.COMMUNE:
        code = territory.resolve(code) or code
    area = Area(scale, code)
    members = territory.members(area)
    if not members:
        rule = f"aucune commune, code inconnu au niveau « {scale.label} »"
        raise UnknownCohort(f"Cohorte inconnue : « {shorten(text)} » : {rule} ; {EXPECTED}.")
    return Cohort(f"{level}:{code}", f"{scale.label} : {territory.name(area)}", members)
