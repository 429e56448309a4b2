"""What a pack says of its sources and of how it reads."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from sys import intern
from typing import TYPE_CHECKING, Any

from matcher.catalogue.french import links, month, sentence, typographic
from matcher.catalogue.model import Need

from .records import REASONS, Organisation, Proposal, Reason, Reply, Source

if TYPE_CHECKING:
    from matcher.ranking.matcher import Matcher
    from matcher.ranking.question import Question

OPEN = "Licence Ouverte 2.0 (Etalab)"


def data_sources(matcher: Matcher) -> tuple[Source, ...]:
    """The sources of what a pack shows; details are in `data/README.md`."""
    return (
        Source(
            "Structures, projets et ressources",
            "Rédigés pour Maillage à partir de pages publiques, chacune citée dans sa ligne",
            "Citer Maillage et la page source de chaque structure",
            f"source la plus récente : {matcher.profiles.newest_source}",
        ),
        Source(
            "Communes, intercommunalités, population, codes postaux",
            "Insee, DGCL, La Poste, par le découpage administratif d’Etalab",
            OPEN,
            "2026",
        ),
        Source(
            "Positions des communes",
            "Mairies de l’annuaire de service-public.fr, contrôlées sur le contour",
            OPEN,
            "2026",
        ),
        Source(
            "Contours",
            "D’après IGN, ADMIN EXPRESS, simplifiés pour l’affichage",
            "À vérifier : Licence Ouverte pour ADMIN EXPRESS",
            "2026",
        ),
        Source(
            "Petites villes de demain",
            "Agence nationale de la cohésion des territoires (ANCT)",
            "Liste publique",
            month(matcher.territory.pvd_vintage),
        ),
    )


def read_reply(
    id: str,
    need: Need,
    question: Question,
    records: Iterable[Mapping[str, Any]],
    level: Callable[[str, str], str],
) -> Reply:
    """A reply from `suggestion_record`s; texts that come again and again are kept once.

    Parameters
    ----------
    question : Question
        The need as it was read.
    level : callable
        From the ids of a structure and of a commune to how near the one is to the other.
    """
    found = tuple(_proposal(one, level(one["structure"]["id"], need.commune)) for one in records)
    return Reply(id, need, tuple(question.themes), found, question.status)


def read_organisation(record: Mapping[str, Any]) -> Organisation:
    """A structure from the `structure` of a `suggestion_record`."""
    return Organisation(
        id=record["id"],
        name=typographic(record["nom"]),
        kind=typographic(record["type_libelle"]),
        description=sentence(record["description"]),
        seat=record["siege_insee"],
        website=next(iter(links(record["site"])), ""),
        source=record["source"],
        source_year=record["annee_source"],
        to_verify=record["a_verifier"],
        note=sentence(record["note"]),
    )


def _proposal(record: Mapping[str, Any], level: str) -> Proposal:
    parts = sorted(record["contributions"], key=lambda c: (-c["points"], c["critere"]))
    return Proposal(
        rank=record["rang"],
        score=record["score"],
        structure=intern(record["structure"]["id"]),
        distance_km=record["distance_km"],
        minutes=record["trajet_estime_min"],
        reach=intern(record["perimetre"]),
        summary=intern(typographic(record["resume"])),
        reasons=tuple(
            Reason(intern(c["libelle"]), intern(sentence(c["phrase"])), 100 * c["points"])
            for c in parts[:REASONS]
            if c["points"]
        ),
        level=level,
    )
