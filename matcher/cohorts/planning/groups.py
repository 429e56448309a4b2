"""Working groups: communes that could work on the same need together.

Agglomerative clustering with complete linkage on `closeness.distances`: every two members of a
group are within `REACH` of each other, not only each with its neighbour. Nothing is forced: a
commune that nobody is close to stays alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from matcher.catalogue.french import counted, decimal, listed, typographic
from matcher.catalogue.vocabulary import Theme
from matcher.ranking.matcher import Matcher
from matcher.ranking.question import Question
from matcher.tables.asked import asked_by
from matcher.territory.nest import Territory

from ..batch.demand import Demand
from .closeness import distances, kilometres

REACH = 0.5
"""Distance up to which two needs may be in one group: the same need anywhere between communes that
are alike, or a need that is half the same within 50 km."""
FEWEST, MOST = 3, 12
"""Communes of a group: two make a visit, more than twelve no longer all speak."""
NEAR_KM = 60.0
"""Kilometres from the centre within which a group can meet on the spot: about an hour and a half
of road."""
MOST_NEEDS = 4_000
"""Needs that are compared two by two: past them memory would go over a gigabyte."""
SHARED = 0.5
"""Share of the members that have a theme or a subject for it to be the group's."""
CITED = 3
"""Themes and subjects of a group that are named."""

COLUMNS = (
    *("groupe", "taille", "centre_insee", "centre", "rencontre", "distance_max_km", "themes"),
    *("sujets", "besoin", "insee", "commune", "departement", "distance_au_centre_km", "pourquoi"),
)


class TooManyNeeds(ValueError):
    """More needs than can be compared two by two; the message is French."""


@dataclass(frozen=True, slots=True)
class Group:
    """Communes with the same need, near or alike.

    Parameters
    ----------
    needs : tuple of str
        Keys of their needs.
    communes : tuple of str
        Insee codes, nearest to the centre first: `FEWEST` to `MOST` of them.
    centre : str
        The member from which the others are nearest in all.
    km : tuple of float
        Distance of each commune to the centre.
    themes : tuple of Theme
        Those of half of the needs at least, the most shared first.
    subjects : tuple of str
        Likewise, French labels.
    """

    needs: tuple[str, ...]
    communes: tuple[str, ...]
    centre: str
    km: tuple[float, ...]
    themes: tuple[Theme, ...]
    subjects: tuple[str, ...]

    @property
    def near(self) -> bool:
        """Whether they can meet on the spot."""
        return self.km[-1] <= NEAR_KM


def form_groups(matcher: Matcher, demands: Sequence[Demand]) -> list[Group]:
    """Put together the needs of a cohort that are the same, near or alike.

    Needs that are out of scope or say nothing are left out: see `Question.status`.

    Parameters
    ----------
    matcher : Matcher
    demands : sequence of Demand
        At most `MOST_NEEDS`.

    Returns
    -------
    list of Group
        The largest first; the same whatever the order of the needs.

    Raises
    ------
    TooManyNeeds
    """
    if len(demands) > MOST_NEEDS:
        raise TooManyNeeds(
            f"{len(demands)} besoins, {MOST_NEEDS} au plus : formez les groupes région par région."
        )
    ordered = sorted(
        (demand for demand in demands if matcher.status(demand.need).ranked),
        key=lambda d: (d.need.commune, d.id),
    )
    if len(ordered) < FEWEST:
        return []
    questions = [matcher.question(demand.need) for demand in ordered]
    communes = [question.commune.insee for question in questions]
    gathered = gather(distances(questions), communes)
    groups = [_group([(ordered[i], questions[i]) for i in members]) for members in gathered]
    return sorted(groups, key=lambda g: (-len(g.communes), g.km[-1], g.centre, g.needs))


def gather(apart: npt.NDArray[np.floating[Any]], communes: Sequence[str]) -> list[list[int]]:
    """Cut the tree of the clustering into groups: the largest parts that are not too large.

    Parameters
    ----------
    apart : ndarray of float, shape (needs, needs)
        Distances in [0, 1].
    communes : sequence of str
        Commune of each need: it counts once in the size of a group.

    Returns
    -------
    list of list of int
        Positions of the needs of each group; those of no group are alone.
    """
    from sklearn.cluster import AgglomerativeClustering  # two seconds, for this command only

    tree = AgglomerativeClustering(
        n_clusters=None, distance_threshold=0.0, metric="precomputed", linkage="complete"
    ).fit(apart)
    leaves = len(communes)
    members: list[list[int]] = [[i] for i in range(leaves)]
    for left, right in tree.children_:
        members.append(members[left] + members[right])
    found = []
    waiting = [len(members) - 1]
    while waiting:
        node = waiting.pop()
        size = len({communes[i] for i in members[node]})
        if size < FEWEST:
            continue
        if tree.distances_[node - leaves] <= REACH and size <= MOST:
            found.append(sorted(members[node]))
        else:
            waiting.extend(tree.children_[node - leaves].tolist())
    return found


def _group(members: Sequence[tuple[Demand, Question]]) -> Group:
    places = list({q.commune.insee: q.commune for _, q in members}.values())
    km = kilometres(places)
    centre = int(np.argmin(km.sum(axis=1)))  # the first by Insee code among equals
    nearest = sorted(range(len(places)), key=lambda i: (km[centre, i], places[i].insee))
    questions = [question for _, question in members]
    labels = questions[0].knowledge.subject_labels
    return Group(
        needs=tuple(demand.id for demand, _ in members),
        communes=tuple(places[i].insee for i in nearest),
        centre=places[centre].insee,
        km=tuple(round(float(km[centre, i]), 1) for i in nearest),
        themes=tuple(Theme(t) for t in _shared([q.themes for q in questions])),
        subjects=tuple(labels[s] for s in _shared([q.main_subjects for q in questions])),
    )


def _shared(vectors: Sequence[Mapping[Any, float]]) -> list[str]:
    """What at least half of the members have, the most shared first, then the weightiest."""
    count = Counter(str(term) for vector in vectors for term in vector)
    weight: Counter[str] = Counter()
    for vector in vectors:
        weight.update({str(term): w for term, w in vector.items()})
    kept = [term for term, n in count.items() if n >= SHARED * len(vectors)]
    return sorted(kept, key=lambda term: (-count[term], -weight[term], term))[:CITED]


def reason(group: Group, territory: Territory) -> str:
    """Why these communes, and how they can meet, in one French sentence."""
    about = []
    if group.themes:
        about.append(_same("thème", [theme.label for theme in group.themes]))
    if group.subjects:
        about.append(_same("sujet", group.subjects))
    name = territory.communes[group.centre].name
    far = decimal(group.km[-1])
    where = (
        f"toutes à {far} km ou moins de leur centre, {name} : elles peuvent se réunir sur place"
        if group.near
        else f"semblables mais éloignées (jusqu’à {far} km de leur centre, {name}) : à réunir à "
        "distance"
    )
    count = counted(len(group.communes), "commune", "communes")
    return typographic(f"{count}, {' ; '.join([*about, where])}.")


def _same(noun: str, labels: Sequence[str]) -> str:
    said = f"même {noun}" if len(labels) == 1 else f"mêmes {noun}s"
    return f"{said} : {listed(f'« {label} »' for label in labels)}"


def group_rows(
    groups: Sequence[Group], demands: Sequence[Demand], territory: Territory
) -> Iterator[tuple[Any, ...]]:
    """One row a need (`COLUMNS`): those of the groups first, then those that stay alone."""
    by_id = {demand.id: demand for demand in demands}
    for number, group in enumerate(groups, 1):
        km = dict(zip(group.communes, group.km, strict=True))
        start = (
            *(number, len(group.communes), group.centre, territory.communes[group.centre].name),
            *("sur place" if group.near else "à distance", group.km[-1]),
            *(", ".join(t.label for t in group.themes), ", ".join(group.subjects)),
        )
        own = sorted(group.needs, key=lambda i: (km[by_id[i].need.commune], i))
        for key in own:
            need = by_id[key].need
            commune = territory.communes[need.commune]
            place = (key, commune.insee, asked_by(need, territory), commune.departement)
            yield (*start, *place, km[commune.insee], reason(group, territory))
    grouped = {key for group in groups for key in group.needs}
    blank = [None] * COLUMNS.index("besoin")
    for demand in demands:
        if demand.id not in grouped:
            commune = territory.communes[demand.need.commune]
            name = asked_by(demand.need, territory)
            place = (demand.id, commune.insee, name, commune.departement)
            yield (*blank, *place, None, ALONE)


ALONE = "Aucun groupe : pas assez de communes avec le même besoin, proches ou semblables."
