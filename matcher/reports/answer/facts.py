"""What an answer says of a commune and of its own status."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from matcher.catalogue.french import links, month, sentence, typographic
from matcher.catalogue.model import OLD_SOURCE_YEARS, Commune, Structure
from matcher.catalogue.terms import Status
from matcher.territory.nest import Territory

from .reach import ReachLine, ways_to_reach
from .records import reach_name

if TYPE_CHECKING:
    from matcher.ranking.matcher import Matcher


@dataclass(frozen=True, slots=True)
class Facts:
    """A structure in French.

    Parameters
    ----------
    coverage : tuple of str
        Names of the areas it answers for, with the conditions that decide.
    conditions : tuple of str
        What it asks and we cannot tell: to be checked with it.
    seat : Commune or None
        The commune of its seat.
    warning : str
        Why the row is to be checked, "" when it is not.
    freshness, aged : str
        When its source was written; what to do when that is long ago or unknown, "" otherwise.
    website : str
        "" when unknown.
    reach : tuple of ReachLine
        How it is reached, and what to know before: never empty.
    approximate : bool
        True when its area stands for a list of communes that we do not have.
    """

    structure: Structure
    name: str
    kind: str
    description: str
    coverage: tuple[str, ...]
    conditions: tuple[str, ...]
    seat: Commune | None
    warning: str
    freshness: str
    aged: str
    website: str
    sources: tuple[str, ...]
    reach: tuple[ReachLine, ...]
    approximate: bool

    @property
    def joined(self) -> str:
        """How it is reached, in one line."""
        return (
            "Comment la joindre : "
            + " ; ".join(
                (f"{line.label} : {line.text}" if line.told else line.text).rstrip(".")
                for line in self.reach
            )
            + "."
        )


def describe(structure: Structure, matcher: Matcher) -> Facts:
    """Say in French what is known of `structure`."""
    year = structure.source_year
    return Facts(
        structure=structure,
        name=typographic(structure.name),
        kind=typographic(structure.kind.label),
        description=sentence(structure.description),
        coverage=tuple(_coverage(structure, matcher)),
        conditions=tuple(typographic(c.told) for c in structure.conditions if not c.decides),
        seat=matcher.territory.communes.get(structure.seat or ""),
        warning=(sentence(structure.note) or "Fiche à confirmer.") if structure.to_verify else "",
        freshness=f"Source de {year}" if year else "Source non datée",
        aged=_aged(year, matcher.profiles.newest_source),
        website=next(iter(links(structure.website)), ""),
        sources=links(structure.source),
        reach=ways_to_reach(structure, matcher),
        approximate=structure.approximate,
    )


def _coverage(structure: Structure, matcher: Matcher) -> Iterator[str]:
    limits = ", ".join(c.told for c in structure.conditions if c.decides)
    for part in structure.coverage:
        name = reach_name(part, matcher.territory)
        yield f"{name} ({limits})" if limits else name


def _aged(year: int | None, newest: int) -> str:
    """What to do about a source; its age counts from the newest one, as in the ranking."""
    if year is None:
        return "à confirmer avant d’appeler"
    old = newest - year > OLD_SOURCE_YEARS
    return "elle a plus de trois ans, à confirmer avant d’appeler" if old else ""


def area_names(commune: Commune, territory: Territory) -> tuple[str, ...]:
    """Names of the areas a commune lies in, narrowest first, without itself and the country."""
    names = (territory.name(area) for area in territory.areas_of(commune)[1:-1])
    return tuple(dict.fromkeys(names))  # overseas, département and région share one name


def programme(commune: Commune, territory: Territory) -> str:
    """The programme with the vintage of its list: a label without its date misleads."""
    if "pvd" not in commune.labels:
        return ""
    return f"Petites villes de demain (liste de {month(territory.pvd_vintage)})"


def credits(matcher: Matcher) -> str:
    """Sources, licences and dates of the data: those of the data, not of the day."""
    return (
        "Fiches des structures : pages publiques citées une à une, la plus récente de "
        f"{matcher.profiles.newest_source}. Communes : Insee et Etalab, Licence Ouverte. "
        "Contours : d’après IGN, ADMIN EXPRESS. Petites villes de demain : ANCT, liste de "
        f"{month(matcher.territory.pvd_vintage)}."
    )


OUT_OF_SCOPE = (
    "Ce besoin ne semble pas relever de l’économie sociale et solidaire : voyez plutôt votre "
    "intercommunalité, le département, ou la préfecture (pour une subvention, la DETR). "
    "S’il a un volet social, écologique ou associatif, décrivez-le"
)
"""What is said of a need that the ESS does not answer; how to insist depends on where it is
said, and ends the sentence."""
EMPTY = (
    "Ce texte ne dit pas de besoin : décrivez en quelques mots ce qui manque, pour qui et où, "
    "ou ce que vous voulez faire"
)
"""What is said of a text that says nothing."""


def unranked(status: Status) -> str:
    """Why a need of this status has no suggestion, a sentence without its end; "" when it has."""
    return {Status.HORS_CHAMP: OUT_OF_SCOPE, Status.VIDE: EMPTY}.get(status, "")
