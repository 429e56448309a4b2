"""From the records of a batch to the nouns of a pack."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from sys import intern
from typing import Any

from matcher.catalogue.french import links, sentence, typographic
from matcher.catalogue.model import Need
from matcher.catalogue.vocabulary import Theme

from .cohort import REASONS, Organisation, Proposal, Reason, Reply


def read_reply(
    id: str, need: Need, themes: Iterable[Theme], records: Iterable[Mapping[str, Any]]
) -> Reply:
    """A reply from `suggestion_record`s; texts that come again and again are kept once."""
    return Reply(id, need, tuple(themes), tuple(_proposal(record) for record in records))


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


def _proposal(record: Mapping[str, Any]) -> Proposal:
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
    )
