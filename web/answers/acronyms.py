"""The acronyms of the field, each with its whole name and what it is for who asks."""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple


class Acronym(NamedTuple):
    """An acronym, its whole name, and one sentence."""

    short: str
    name: str
    told: str


ACRONYMS = (
    Acronym(
        "ADIL",
        "agence départementale d’information sur le logement",
        "Elle renseigne gratuitement habitants et élus sur le droit du logement.",
    ),
    Acronym(
        "ALEC",
        "agence locale de l’énergie et du climat",
        "Elle conseille communes et habitants sur l’énergie.",
    ),
    Acronym(
        "BRS",
        "bail réel solidaire",
        "Il sépare le sol des murs : le logement s’achète moins cher, et le reste.",
    ),
    Acronym(
        "CAE",
        "coopérative d’activité et d’emploi",
        "On y lance son activité en étant salarié de la coopérative.",
    ),
    Acronym(
        "CAUE",
        "conseil d’architecture, d’urbanisme et de l’environnement",
        "Dans son département, il conseille les communes sur leurs bâtiments et leurs lieux.",
    ),
    Acronym(
        "CRESS",
        "chambre régionale de l’économie sociale et solidaire",
        "Elle représente les acteurs de l’ESS de la région et oriente vers eux.",
    ),
    Acronym(
        "DETR",
        "dotation d’équipement des territoires ruraux",
        "Une subvention de l’État aux communes rurales, demandée à la préfecture.",
    ),
    Acronym(
        "DLA",
        "dispositif local d’accompagnement",
        "Il aide les structures de l’ESS qui emploient à se consolider.",
    ),
    Acronym(
        "EPCI",
        "établissement public de coopération intercommunale",
        "L’intercommunalité : communauté de communes, d’agglomération, métropole.",
    ),
    Acronym(
        "EPF",
        "établissement public foncier",
        "Il achète et porte des terrains et des bâtiments pour les communes.",
    ),
    Acronym(
        "ESS",
        "économie sociale et solidaire",
        "Associations, coopératives, mutuelles, fondations et entreprises d’utilité sociale.",
    ),
    Acronym(
        "OFS",
        "organisme de foncier solidaire",
        "Il garde la propriété du sol et vend les logements en bail réel solidaire.",
    ),
    Acronym(
        "PTCE",
        "pôle territorial de coopération économique",
        "Un groupe d’entreprises, d’associations et de collectivités qui coopèrent.",
    ),
    Acronym(
        "PVD",
        "Petites villes de demain",
        "Le programme de l’État pour les villes de moins de 20 000 habitants.",
    ),
    Acronym(
        "SCIC",
        "société coopérative d’intérêt collectif",
        "Une coopérative où habitants, salariés et collectivités décident ensemble.",
    ),
    Acronym(
        "SCOP",
        "société coopérative et participative",
        "Une entreprise dont les salariés sont les associés majoritaires.",
    ),
    Acronym(
        "SIAE",
        "structure d’insertion par l’activité économique",
        "Elle emploie et accompagne des personnes éloignées de l’emploi.",
    ),
    Acronym(
        "URSCOP",
        "union régionale des SCOP et des SCIC",
        "Elle accompagne la création et la vie des coopératives.",
    ),
)
"""In the order of the alphabet."""


@cache
def _known() -> tuple[re.Pattern[str], dict[str, Acronym]]:
    by_short = {one.short: one for one in ACRONYMS}
    return re.compile(rf"\b({'|'.join(by_short)})\b"), by_short


def acronym_in(text: str) -> tuple[str, Acronym, str] | None:
    """The first known acronym of a text, with what is before and after; None when it has none."""
    pattern, by_short = _known()
    found = pattern.search(text)
    if found is None:
        return None
    return text[: found.start()], by_short[found[1]], text[found.end() :]
