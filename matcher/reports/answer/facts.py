"""What an answer says in words: how well each fits, how it is reached, its commune, itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from matcher.catalogue.french import full_day, links, month, of, sentence, typographic
from matcher.catalogue.model import OLD_SOURCE_YEARS, Commune, Structure
from matcher.catalogue.terms import CONFIRMATION, PublicContact, Status, Term, Way
from matcher.ranking.explain import Suggestion
from matcher.ranking.policy import Scored
from matcher.reading.learned.model import Curve
from matcher.territory.nest import Territory

from .records import reach_name

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


def _line(contact: PublicContact) -> ReachLine:
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


def _of(contact: PublicContact) -> str:
    return "vrai de toutes les structures de ce type" if contact.of else ""


def _dated(contact: PublicContact) -> str:
    """Of when a page dates, whose day, month or year is known, or when the structure said it."""
    day = contact.day
    if contact.source.startswith(CONFIRMATION):
        return f"dit par la structure le {full_day(date.fromisoformat(day))}"
    if not day:
        return "page non datée"
    if len(day) == len("2026"):
        return f"page de {day}"
    if len(day) == len("2026-04"):
        return f"page {of(month(day))}"
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
class StructureFacts:
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


def describe(structure: Structure, matcher: Matcher) -> StructureFacts:
    """Say in French what is known of `structure`."""
    year = structure.source_year
    return StructureFacts(
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
    return f"Petites villes de demain (liste {of(month(territory.pvd_vintage))})"


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


class Fit(Term):
    """How well a suggestion fits a need."""

    STRONG = ("tres_adaptee", "Très adaptée", "elle connaît le sujet, et le montre")
    EXPLORE = ("a_explorer", "À explorer", "elle peut aider : un appel le dira")
    GENERALIST = ("generaliste", "Généraliste", "elle aide sur tous les sujets, et oriente")


TELLING = ("track_record", "subjects", "themes", "role", "likely_role")
"""Criteria that say what a structure would do for this need: the others say where it is."""
SUBJECT_SHOWN, RECORD_SHOWN = 0.4, 0.5
"""Scores from which a precise subject or the like projects show that it knows the matter."""
LIKELY = Curve(
    (0.229, 0.251, 0.261, 0.281, 0.306, 0.327, 0.357, 0.399, 0.452, 0.482, 0.521),
    (0.26, 0.31, 0.40, 0.47, 0.54, 0.60, 0.65, 0.75, 0.82, 0.84, 0.92),
)
"""Chance that judges would introduce a structure of the first three, by its score: isotonic
regression on the 1,215 that they graded, 30 November 2026. `evaluate-pertinence` says how far it
lies from what they said, and what each word is worth."""
STRONG_CHANCE = 0.65
"""Chance from which a specialist is « très adaptée »: see docs/measures-by-hand.md."""
UNSURE_CHANCE = 0.5
"""Chance of the first one under which an adviser is better asked: of 405 graded needs one in nine,
whose first one is good one time in two, else four in five. How sure the theme is says no more."""


def chance(one: Scored | Suggestion) -> float:
    """Chance that one of the first three is a good introduction, in [0, 1], by its score."""
    return LIKELY.chance(one.score)


def unsure(first: Scored | Suggestion) -> bool:
    """Whether the first structure, if not asked for, is seldom right: better ask an adviser."""
    return not first.named and chance(first) < UNSURE_CHANCE


def fit(one: Scored | Suggestion) -> Fit:
    """In words: what is likely to be right, of the matter; who may be; who helps with anything."""
    got = {c.criterion: c.score or 0.0 for c in one.contributions}
    shown = got.get("subjects", 0) >= SUBJECT_SHOWN or got.get("track_record", 0) >= RECORD_SHOWN
    if one.structure.generalist and not shown:
        return Fit.GENERALIST
    return Fit.STRONG if shown and chance(one) >= STRONG_CHANCE else Fit.EXPLORE


def reason(suggestion: Suggestion) -> str:
    """Why this one, in one sentence: the strongest part that tells what it would do."""
    parts = [c for c in suggestion.contributions if c.points > 0]
    parts = [c for c in parts if c.criterion in TELLING or c.cites] or parts
    if not parts:
        return "Couvre votre commune."
    strongest = max(parts, key=lambda c: (c.points, c.criterion))
    return sentence(strongest.sentence)
