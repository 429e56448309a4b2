"""Suggestions as plain records: JSON for programs, CSV for spreadsheets."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from matcher.catalogue.french import (
    decimal,
    duration,
)
from matcher.catalogue.model import Area, Commune, Need, Structure
from matcher.catalogue.terms import PublicContact
from matcher.index.coverage import Reach
from matcher.ranking.explain import Suggestion
from matcher.ranking.policy import Contribution
from matcher.tables.cells import french_csv
from matcher.territory.nest import Territory
from matcher.territory.together import place_of

if TYPE_CHECKING:
    from .trails import Trails


COLUMNS = (
    "rang",
    "score",
    "id",
    "structure",
    "type",
    "distance_km",
    "trajet_estime_min",
    "perimetre",
    "resume",
    "site",
    "source",
    "annee_source",
    "a_verifier",
    "note",
    "a_savoir",
)
DETOUR = 1.3
"""Road kilometres for one kilometre as the crow flies. Studies of road networks find 1.2 to 1.4;
mountains and estuaries more. Chosen within that range, not calibrated here."""

LOCAL_KM = 50.0
"""First kilometres of road, driven at the speed of local roads; past them, most is expressway."""
LOCAL_KMH = 50.0
"""Average speed door to door on local roads, km/h: 80 between villages, 50 within, stops. Chosen as
plausible, not calibrated here."""
EXPRESS_KMH = 90.0
"""Average speed past `LOCAL_KM`, km/h. Chosen as plausible, not calibrated here."""

NEAR_KM = 1.0
"""Shortest distance with an estimate, kilometres: a point stands for a whole commune, and « 0 min »
within it would say what is not known."""

TRAVEL_MAX_KM = 200.0
"""Longest distance with an estimate, kilometres: farther, people take a motorway, a train or a
plane, and the speed of local roads says nothing."""


def commune_record(commune: Commune, territory: Territory) -> dict[str, Any]:
    """A commune with the names of the areas it lies in and its labels with their vintage."""
    return {
        "insee": commune.insee,
        "nom": commune.name,
        "codes_postaux": list(commune.postcodes),
        "population": commune.population,
        "lon": commune.lon,
        "lat": commune.lat,
        "territoires": [
            {"niveau": area.scale.value, "code": area.code, "nom": territory.name(area)}
            for area in territory.areas_of(commune)
        ],
        "labels": {label: territory.pvd_vintage for label in commune.labels},
    }


def place_record(need: Need, territory: Territory) -> dict[str, Any]:
    """The communes of a need of several, and what they are called; nothing for one commune."""
    if len(need.places) < 2:
        return {}
    place = place_of([territory.communes[insee] for insee in need.places], territory)
    return {"lieu": {"nom": place.name, "code": place.code, "communes": list(need.places)}}


def covered_record(suggestion: Suggestion) -> dict[str, Any]:
    """Which of several communes a structure covers; nothing for a need of one commune."""
    whole = next((c for c in suggestion.contributions if c.criterion == "whole"), None)
    if whole is None or whole.score is None:
        return {}
    far = suggestion.farthest_km
    return {
        "territoire_couvert": {
            "tout": whole.score == 1,
            "communes": list(suggestion.covered),
            "distance_max_km": None if far is None else round(far, 1),
        }
    }


def reach_name(reach: Reach, territory: Territory) -> str:
    """The area through which a structure covers the commune, in French."""
    if isinstance(reach, Area):
        return territory.name(reach)
    return f"{decimal(reach.km)} km autour du siège"


def structure_record(structure: Structure) -> dict[str, Any]:
    """What a suggestion says of its structure; codes as in the data."""
    return {
        "id": structure.id,
        "nom": structure.name,
        "type": structure.kind.value,
        "type_libelle": structure.kind.label,
        "description": structure.description,
        "themes": [theme.value for theme in structure.themes],
        "generaliste": structure.generalist,
        "site": structure.website,
        "siege_insee": structure.seat,
        "source": structure.source,
        "annee_source": structure.source_year,
        "a_verifier": structure.to_verify,
        "note": structure.note,
        "contacts": [contact_record(contact) for contact in structure.contacts],
        "conditions": [
            {"condition": c.limit.value, "valeur": c.value, "decide": c.decides}
            for c in structure.conditions
        ],
        "perimetre_approche": structure.approximate,
        "metiers": list(structure.trades or structure.second_trades),
        "offres": list(structure.offers),
        "besoins_types": list(structure.typical_needs),
    }


def contact_record(contact: PublicContact) -> dict[str, Any]:
    """One thing known of how a structure is reached, with the page that says so."""
    return {
        "contact": contact.way.value,
        "valeur": contact.value,
        "source": contact.source,
        "date": contact.day,
        "de": contact.of,
    }


def contribution_record(contribution: Contribution) -> dict[str, Any]:
    """What one criterion brings; scores in [0, 1], None where it cannot apply."""
    score = contribution.score
    return {
        "critere": contribution.criterion,
        "libelle": contribution.label,
        "score": None if score is None else round(score, 4),
        "poids": contribution.weight,
        "points": round(contribution.points, 4),
        "phrase": contribution.sentence,
    }


def suggestion_record(suggestion: Suggestion, territory: Territory) -> dict[str, Any]:
    """A suggestion with all that explains it; distances in km, scores in [0, 1]."""
    structure = suggestion.structure
    distance = suggestion.distance_km
    return {
        "rang": suggestion.rank,
        "score": round(suggestion.score, 4),
        "nommee": suggestion.named or None,
        "intervalle_de_rang": suggestion.rank_interval and list(suggestion.rank_interval),
        **({"plus_de_points": suggestion.lower} if suggestion.lower else {}),
        "resume": suggestion.summary,
        "structure": structure_record(structure),
        "distance_km": None if distance is None else round(distance, 1),
        "trajet_estime_min": None if distance is None else travel_minutes(distance),
        "perimetre": reach_name(suggestion.reach, territory),
        **covered_record(suggestion),
        "contributions": [contribution_record(c) for c in suggestion.contributions],
    }


def suggestions_csv(
    suggestions: Iterable[Suggestion], territory: Territory, trails: Trails | None = None
) -> str:
    """CSV for a French spreadsheet: `;`, decimal comma, codes as text, no live formula.

    The byte-order mark is the writer's business: this is text.
    """
    rows = ((*_row(one, territory), beside(one, trails)) for one in suggestions)
    return french_csv(COLUMNS, rows)


def beside(suggestion: Suggestion, trails: Trails | None) -> str:
    """What is to be known of its place: that it is but a trail, why it is below; "" if nothing."""
    return " ".join(filter(None, (trails.why.said if trails else "", suggestion.lower)))


def _row(suggestion: Suggestion, territory: Territory) -> tuple[Any, ...]:
    record = suggestion_record(suggestion, territory)
    structure = record["structure"]
    return (
        record["rang"],
        record["score"],
        structure["id"],
        structure["nom"],
        structure["type_libelle"],
        record["distance_km"],
        record["trajet_estime_min"],
        record["perimetre"],
        record["resume"],
        structure["site"],
        structure["source"],
        structure["annee_source"],
        "oui" if structure["a_verifier"] else "non",
        structure["note"],
    )


def travel_minutes(km: float) -> int | None:
    """Estimate the time by road, in minutes, for a great-circle distance in kilometres.

    No road graph is embedded: distance x `DETOUR`, at `LOCAL_KMH` for the first `LOCAL_KM` and at
    `EXPRESS_KMH` past them, rounded up. An order of magnitude, to be shown as « estimation ». It
    knows no ferry: to an island it is wrong.

    Returns
    -------
    int or None
        None below `NEAR_KM` and past `TRAVEL_MAX_KM`, where the estimate would mislead.

    >>> travel_minutes(10)
    16
    """
    if not NEAR_KM <= km <= TRAVEL_MAX_KM:
        return None
    road = km * DETOUR
    local = min(road, LOCAL_KM)
    return math.ceil(60 * (local / LOCAL_KMH + (road - local) / EXPRESS_KMH))


def where(distance_km: float | None) -> str:
    """Distance as the crow flies and travel time, named as an estimate."""
    if distance_km is None:
        return "Siège non renseigné"
    if distance_km < NEAR_KM:
        return "Siège dans la commune, ou tout près"
    far = f"Siège à {decimal(distance_km)}\u00a0km à vol d’oiseau"
    minutes = travel_minutes(distance_km)
    return far if minutes is None else f"{far}, trajet estimé à {duration(minutes)}"
