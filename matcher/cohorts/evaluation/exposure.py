"""Who is shown: over many communes and needs, how the first ten are shared between structures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from matcher.catalogue.faults import DataError, Fault
from matcher.catalogue.french import counted, decimal, percent
from matcher.catalogue.model import Commune, Need
from matcher.catalogue.rows import read_rows
from matcher.catalogue.vocabulary import Scale
from matcher.ranking.matcher import Matcher

from .reading import TEXT_COLUMNS

SHOWN = 10
"""Answers that a reader sees at once."""


@dataclass(frozen=True, slots=True)
class Exposure:
    """How the places among the first ten are shared.

    Parameters
    ----------
    answers, places
        How many needs were asked and answered, and how many places their first tens have.
    national, to_verify : float
        Share of the places held by bodies of national scale, and by rows to be verified.
    most_shown : str
        The body that holds most places; `most_share` is its share.
    gini : float
        Inequality of the places between all the bodies of the catalogue, 0 to 1.
    never : int
        Structures of the catalogue that hold no place.
    """

    answers: int
    places: int
    national: float
    to_verify: float
    most_shown: str
    most_share: float
    gini: float
    never: int
    structures: int


def read_texts(path: Path) -> list[str]:
    """Read the needs of a CSV with a column `texte`, `text`, `besoin` or `titre`.

    Raises
    ------
    DataError
        When there is no such column, or no need.
    """
    rows = read_rows(path, ())
    names = (*TEXT_COLUMNS, "titre")
    column = next((name for name in names if rows and name in rows[0]), None)
    texts = [row[column] for row in rows if row[column].strip()] if column else []
    if not texts:
        rule = f"au moins un besoin, dans une colonne parmi : {', '.join(names)}"
        raise DataError([Fault(path.name, 1, None, None, rule)])
    return texts


def exposure(matcher: Matcher, communes: Sequence[Commune], texts: Sequence[str]) -> Exposure:
    """Ask the needs in turn: commune after commune, the next text."""
    shown: Counter[str] = Counter()
    answers = 0
    for need in asked(communes, texts):
        ranking = matcher.ranking(need)
        if ranking.question.status.ranked:
            answers += 1
            shown.update(s.id for s in ranking.structures(ranking.first(SHOWN)))
    return measured(matcher, shown, answers)


def asked(communes: Sequence[Commune], texts: Sequence[str]) -> Iterable[Need]:
    """Each text in as many communes as each other, give or take one; each commune once."""
    return (Need(c.insee, texts[i % len(texts)]) for i, c in enumerate(communes))


def measured(matcher: Matcher, shown: Counter[str], answers: int) -> Exposure:
    """Measure places by structure."""
    places = shown.total() or 1
    structures = matcher.structures
    bodies: Counter[str] = Counter({s.body: 0 for s in structures.values()})
    for id, n in shown.items():
        bodies[structures[id].body] += n
    most, most_places = max(bodies.items(), key=lambda item: (item[1], item[0]))
    national = sum(n for id, n in shown.items() if structures[id].scale is Scale.NATIONAL)
    doubtful = sum(n for id, n in shown.items() if structures[id].to_verify)
    return Exposure(
        answers=answers,
        places=shown.total(),
        national=national / places,
        to_verify=doubtful / places,
        most_shown=most,
        most_share=most_places / places,
        gini=gini(bodies.values()),
        never=sum(id not in shown for id in structures),
        structures=len(structures),
    )


def gini(places: Iterable[int]) -> float:
    """Gini coefficient: 0 when all hold as many, near 1 when one holds all."""
    held = np.sort(np.fromiter(places, float))
    total = held.sum()
    if not total:
        return 0.0
    return float((2 * np.arange(1, len(held) + 1) - len(held) - 1) @ held / (len(held) * total))


def lines(found: Exposure) -> Iterator[str]:
    """Say it in French."""
    yield f"{counted(found.answers, 'besoin classé', 'besoins classés')}, {found.places} places."
    yield f"Places tenues par des organismes nationaux : {percent(found.national)}"
    yield f"Places tenues par des fiches à vérifier : {percent(found.to_verify)}"
    yield f"Organisme le plus montré : {found.most_shown}, {percent(found.most_share)}"
    yield f"Indice de Gini entre organismes : {decimal(found.gini, 2)}"
    yield f"Structures jamais montrées : {found.never} sur {found.structures}"
