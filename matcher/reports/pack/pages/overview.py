"""The note of a pack of several départements: figures, map, what to do, a row a département."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from matcher.catalogue.french import counted, decimal, listed, typographic

from ..choropleth import choropleth
from ..cohort import Pack
from ..records import COVERED, LoadRecord
from .note import TO_DO, firsts_to_verify, last_tasks, misread, summed_view, task
from .view import View, brief

BOUNDS = (15, 25, 35, 45)
"""Where the classes of the map begin, % of themes."""
LETTERS = 21
"""Height of the letters of the map, pixels: it is printed at a third of its size."""
NAMED = 5
"""Structures, doors or départements named in one thing to do."""
REASON = 60
"""Characters of a reason to verify beside a structure that is named."""
MAP = "Thèmes couverts par une fiche vérifiée"


def overview_view(pack: Pack) -> View:
    """What the note says, in the form of the document of a département, which has other parts."""
    codes = list(pack.by_commune)
    loads = pack.loads()
    summed = summed_view(pack, codes, loads, list(_to_do(pack, codes, loads))[:TO_DO])
    places = len(pack.by_departement)
    summed["figures"].insert(1, {"number": decimal(places), "noun": "départements"})
    return {
        "code": "",
        "name": typographic(pack.name),
        "cohort": "Note d’ensemble",
        **summed,
        "apart": [],
        "departements": [_line(pack, code) for code in pack.by_departement],
        "doors": [],
        "annex": [],
        "epcis": [],
        "sheets": [],
        "unshown": "",
        "map": _map(pack),
        "map_alt": f"Carte de France : {MAP.lower()}, par département. Les valeurs sont dans le "
        "tableau des départements.",
    }


def _sure(pack: Pack, code: str) -> float:
    """The share of the pairs of a département that a verified row covers, %."""
    codes = [commune.insee for commune in pack.by_departement[code]]
    asked = None if pack.panorama else True
    states = pack.states(codes, asked)
    return 100 * (states[COVERED] - pack.unsure_in(codes, asked)) / (sum(states.values()) or 1)


def _map(pack: Pack) -> str:
    if pack.contours is None or not pack.surveyed:
        return ""
    values = {code: _sure(pack, code) for code in pack.by_departement}
    outlines = pack.contours / "departements.geojson"
    return choropleth(values, outlines, MAP, "%", BOUNDS, LETTERS)


def _line(pack: Pack, code: str) -> View:
    """A département in a row of numbers; shares of the pairs of a commune and a theme."""
    codes = [commune.insee for commune in pack.by_departement[code]]
    asked = None if pack.panorama else True
    states = pack.states(codes, asked)
    total = sum(states.values()) or 1
    firsts, doubtful = firsts_to_verify(pack, codes)
    lines = pack.door_lines.get(code, ())
    known = sum(not door.unknown and not door.doubtful for door in lines)
    return {
        "name": pack.departement(code),
        "code": code,
        "cells": [
            decimal(len(codes)),
            *(f"{decimal(100 * n / total)}\u00a0%" for n in states.values()),
            f"{decimal(_sure(pack, code))}\u00a0%",
            f"{decimal(doubtful)} sur {decimal(firsts)}",
            f"{decimal(known)} sur {decimal(len(lines))}",
        ],
    }


def _to_do(pack: Pack, codes: Sequence[str], loads: Sequence[LoadRecord]) -> Iterator[View]:
    """What would help most over the whole pack."""
    yield from misread(pack, codes)
    firsts, doubtful = firsts_to_verify(pack, codes)
    doubts = [one for one in loads if one.firsts and pack.structures[one.structure].to_verify]
    doubts.sort(key=lambda one: (-one.firsts, one.structure))
    if doubts:
        named = " ; ".join(_doubted(pack, one) for one in doubts[:NAMED])
        yield task(
            "Vérifier les structures le plus souvent premières",
            f"À vérifier : {counted(doubtful, 'première place', 'premières places')} sur "
            f"{decimal(firsts)}. {named}.",
        )
    unknown = Counter(d.short for lines in pack.door_lines.values() for d in lines if d.unknown)
    if unknown:
        said = listed(f"{door} ({n})" for door, n in unknown.most_common(NAMED))
        yield task(
            "Chercher les portes d’entrée que nous ne connaissons pas",
            f"Le plus souvent, en nombre de départements : {said}. Elles existent peut-être.",
        )
    least = sorted(pack.by_departement, key=lambda code: (_sure(pack, code), code))[:NAMED]
    if pack.surveyed:
        said = listed(f"{pack.departement(c)} ({decimal(_sure(pack, c))} %)" for c in least)
        yield task(
            "Commencer par les départements que nous connaissons le moins",
            f"Thèmes couverts par une fiche vérifiée : {said}.",
        )
    yield from last_tasks(pack, codes)


def _doubted(pack: Pack, load: LoadRecord) -> str:
    said = brief(pack.structures[load.structure], REASON)
    return f"{said['name']} ({counted(load.firsts, 'fois', 'fois')} ; {said['warning']})"
