"""How a structure is reached, in French: what is known, with its page, else which way to go."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from matcher.catalogue.facts import Contact
from matcher.catalogue.french import full_day, links, month, sentence, typographic
from matcher.catalogue.model import Structure
from matcher.catalogue.terms import CONFIRMATION, Way

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
