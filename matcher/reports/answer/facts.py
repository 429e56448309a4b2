"""What an answer says in words: of its commune, of how each is reached, of itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from matcher.catalogue.french import (
    decimal,
    duration,
    full_day,
    links,
    month,
    sentence,
    typographic,
)
from matcher.catalogue.model import OLD_SOURCE_YEARS, Commune, Structure
from matcher.catalogue.terms import CONFIRMATION, Contact, Status, Way
from matcher.territory.nest import Territory

from .records import NEAR_KM, reach_name, travel_minutes

if TYPE_CHECKING:
    from matcher.ranking.matcher import Matcher


UNKNOWN = "Contact pas encore connu de nous"


@dataclass(frozen=True, slots=True)
class ReachLine:
    """One way to reach a structure, or a fact to know before.

    Parameters
    ----------
    label : str
        « Courriel », « Coût »…
    text : str
        What to read.
    href : str
        Where it leads (`mailto:`, `tel:`, a page), "" when it leads nowhere.
    source : str
        The page that says so, "" when the structure itself did.
    told : str
        Of when it dates, and of whom the page speaks when it speaks of all its like; "" when the
        line says what we do not know.
    """

    label: str
    text: str
    href: str = ""
    source: str = ""
    told: str = ""


def ways_to_reach(structure: Structure, matcher: Matcher) -> tuple[ReachLine, ...]:
    """« Comment la joindre »: what is known, one line each, never empty.

    When no box, telephone or page is known, the first line says so and where to go instead: its
    site, else the body that carries it, else an introduction.
    """
    known = tuple(_line(contact) for contact in structure.contacts)
    if any(contact.way.reaches for contact in structure.contacts):
        return known
    return (*_instead(structure, matcher), *known)


def _line(contact: Contact) -> ReachLine:
    href = {
        Way.COURRIEL: f"mailto:{contact.value}",
        Way.TELEPHONE: f"tel:{contact.value.replace(' ', '')}",
        Way.PAGE_CONTACT: contact.value,
    }.get(contact.way, "")
    prose = contact.way in (Way.SAISINE, Way.DELAI)
    return ReachLine(
        contact.way.label,
        sentence(contact.told) if prose else typographic(contact.told),
        href,
        next(iter(links(contact.source)), ""),
        ", ".join(filter(None, (_of(contact), _dated(contact)))),
    )


def _of(contact: Contact) -> str:
    return "vrai de toutes les structures de ce type" if contact.of else ""


def _dated(contact: Contact) -> str:
    """Of when a page dates, whose day, month or year is known, or when the structure said it."""
    day = contact.day
    if contact.source.startswith(CONFIRMATION):
        return f"dit par la structure le {full_day(date.fromisoformat(day))}"
    if not day:
        return "page non datée"
    if len(day) == len("2026"):
        return f"page de {day}"
    if len(day) == len("2026-04"):
        return f"page de {month(day)}"
    return f"page du {full_day(date.fromisoformat(day))}"


def _of_network(structure: Structure, site: str) -> bool:
    """Whether a site is that of the network: `msa.fr` for a caisse of MSA."""
    host = site.split("/")[2].removeprefix("www.").split(".")[0].replace("-", "")
    return host == structure.network.replace("-", "") and not structure.national_head


def _instead(structure: Structure, matcher: Matcher) -> Iterator[ReachLine]:
    if site := next(iter(links(structure.website)), ""):
        whose = "le site de son réseau" if _of_network(structure, site) else "son site"
        yield ReachLine("Contact", f"{UNKNOWN} : passez par {whose}.", site)
        return
    if structure.body != structure.id and structure.body in matcher.structures:
        body = matcher.structures[structure.body]
        site = next(iter(links(body.website)), "")
        name = typographic(body.name)
        yield ReachLine("Contact", f"{UNKNOWN} : passez par {name}, qui la porte.", site)
        return
    yield ReachLine("Contact", f"{UNKNOWN} : demandez une mise en relation.")


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


def where(distance_km: float | None) -> str:
    """Distance as the crow flies and travel time, named as an estimate."""
    if distance_km is None:
        return "Siège non renseigné"
    if distance_km < NEAR_KM:
        return "Siège dans la commune, ou tout près"
    far = f"Siège à {decimal(distance_km)}\u00a0km à vol d’oiseau"
    minutes = travel_minutes(distance_km)
    return far if minutes is None else f"{far}, trajet estimé à {duration(minutes)}"


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
