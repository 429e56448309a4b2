"""Why this one, in French: what a suggestion holds, and the sentence of each criterion."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from matcher.catalogue.french import at, counted, decimal, listed, within
from matcher.catalogue.model import Radius, Structure
from matcher.catalogue.terms import PROOFS
from matcher.catalogue.vocabulary import Kind, Scale, Stage
from matcher.index.coverage import Reach

from .candidates import LEAST_ALIKE, Candidate, LikeProject
from .question import Question

if TYPE_CHECKING:
    from .policy import Contribution

CITED = 2
"""Projects and subjects named in one sentence, so that it stays readable."""

_REACH = {
    Scale.COMMUNE: "intervient dans votre commune",
    Scale.EPCI: "intervient dans votre intercommunalité",
    Scale.DEPARTEMENT: "intervient dans votre département",
    Scale.REGION: "intervient dans votre région",
    Scale.NATIONAL: "intervient dans toute la France",
}


@dataclass(frozen=True)
class Suggestion:
    """A ranked answer, with all that explains it.

    Parameters
    ----------
    rank : int
        From 1.
    score : float
        In [0, 1]: the sum of the points of its contributions.
    distance_km : float or None
        Great circle from the nearest commune of the need to the seat, None when it is unknown.
    reach : Area or Radius
        Narrowest part of its coverage that contains one of the communes.
    rank_interval : tuple of int or None
        Best and worst rank when one weight changes by `WEIGHT_CHANGE`; None when it was not
        asked for.
    covered : tuple of str
        Insee codes of the communes of the need that it covers, in the order of the need.
    farthest_km : float or None
        Great circle from the farthest commune of the need to the seat.
    named : str
        The words by which the text calls for it: it comes first; "" when it does not.
    lower : str
        Why it is below one that has fewer points, a French sentence; "" where it is not.
    """

    rank: int
    structure: Structure
    score: float
    distance_km: float | None
    contributions: tuple[Contribution, ...]
    reach: Reach
    summary: str
    rank_interval: tuple[int, int] | None
    covered: tuple[str, ...] = ()
    farthest_km: float | None = None
    named: str = ""
    lower: str = ""


def themes(question: Question, candidate: Candidate, score: float) -> str:
    """Which of the need's themes it works on."""
    structure = candidate.structure
    shared = [theme.label for theme in question.themes if theme in structure.themes]
    if shared:
        return f"travaille sur {listed(f'« {label} »' for label in shared)}"
    if structure.generalist:
        return "accompagne des projets sur tous les thèmes"
    if not structure.themes:
        return "thèmes : non renseigné"
    if not question.themes:
        own = listed(f"« {theme.label} »" for theme in list(structure.themes)[:CITED])
        return f"travaille sur {own}, le besoin ne nomme pas de thème"
    return "ne travaille pas en premier lieu sur ces thèmes"


def subjects(question: Question, candidate: Candidate, score: float) -> str:
    """Which subjects of the need are its trade, and else which near ones are."""
    labels, near = question.knowledge.subject_labels, question.knowledge.near
    own = candidate.profile.practices
    asked = question.main_subjects
    if same := [labels[subject] for subject in asked if subject in own]:
        return f"c’est son métier : {listed(same[: CITED + 1])}"
    others = [
        max(shared, key=lambda other: near[subject][other] * own[other])
        for subject in asked
        if (shared := [other for other in near.get(subject, ()) if other in own])
    ]
    if others:
        named = [labels[other] for other in dict.fromkeys(others)]
        return f"son métier est proche : {listed(named[: CITED + 1])}"
    return "ce sujet précis n’est pas son métier"


def words(question: Question, candidate: Candidate, score: float) -> str:
    """The need for which one calls it that is most like this one; or whether words are shared."""
    if not score:
        return "sa fiche n’a pas de mot en commun avec votre besoin"
    if candidate.typical:
        return f"on peut l’appeler pour un besoin comme « {candidate.typical} »"
    return "sa fiche reprend des mots du besoin"


def track_record(question: Question, candidate: Candidate, score: float) -> str:
    """Which alike projects it supported, cited."""
    if said := _done(question, candidate.evidence):
        return said
    if said := _done(question, candidate.network_evidence):
        return f"son réseau {said}"
    if candidate.evidence:
        return "les projets qu’elle a appuyés portent sur d’autres sujets"
    return "aucun projet appuyé n’est renseigné"


def _done(question: Question, evidence: Sequence[LikeProject]) -> str:
    """What was done for alike projects: those of the strongest role are cited, the rest counted."""
    said: list[str] = []
    for role in PROOFS:
        alike = {e.project.id: e.project for e in evidence if e.role is role and _proves(e)}
        more = len(alike) - CITED
        if said and alike:
            count = counted(len(alike), "projet semblable", "projets semblables")
            said.append(f"{role.label.removeprefix('a ')} {count}")
        elif alike:
            cited = islice(alike.values(), CITED)
            named = [f"« {p.title} »{_place(question, p.commune)}" for p in cited]
            others = counted(more, "autre projet semblable", "autres projets semblables")
            said = [f"{role.label} {listed([*named, others] if more > 0 else named)}"]
    return ", et ".join(said)


def _proves(evidence: LikeProject) -> bool:
    return evidence.likeness > LEAST_ALIKE


def experience(question: Question, candidate: Candidate, score: float) -> str:
    """How many projects are documented."""
    count = len(candidate.evidence)
    if not count:
        return "projets appuyés : non renseigné"
    return f"a appuyé {counted(count, 'projet', 'projets')} que nous connaissons"


def role(question: Question, candidate: Candidate, score: float) -> str:
    """What its kind does in the project's main situation; where none is known, at its beginning."""
    stage, kinds = _main(question.stages), candidate.structure.kinds
    said = f"« {stage.label} »"
    if best := question.knowledge.best_role(stage, kinds):
        kind, found = best
        return f"{kind.label} : {found.reason} (situation {said})"
    if not any(kind in kinds for _, kind in question.knowledge.roles):
        return f"{candidate.structure.kind.label} : rôle non renseigné"
    return f"{candidate.structure.kind.label} : pas le premier recours dans la situation {said}"


def _main(stages: Mapping[Stage, float]) -> Stage:
    """The likeliest situation, the earliest of equal ones."""
    return max(Stage, key=lambda stage: stages.get(stage, 0.0))


def likely_role(question: Question, candidate: Candidate, score: float) -> str:
    """What a generalist does in the situation that is read, if any; else how often it is called."""
    structure, best_role = candidate.structure, question.knowledge.best_role
    if question.formed.intersection(structure.kinds):
        return "son type répond d’ordinaire à la forme que vous nommez"
    if structure.generalist and (question.vague or question.stages):
        stage = Stage.EMERGENCE if question.vague else _main(question.stages)
        if best := best_role(stage, structure.kinds):
            return f"{best[0].label} : {best[1].reason} (situation « {stage.label} »)"
    if best := best_role(None, structure.kinds):
        return f"{best[0].label} : {best[1].reason}"
    return f"{structure.kind.label} : son sujet compte, plus que son rôle"


def stage(question: Question, candidate: Candidate, score: float) -> str:
    """Whether it supports projects at this stage."""
    if not candidate.structure.stages:
        return "étapes accompagnées : non renseigné"
    return (
        "accompagne les projets à cette étape" if score else "n’indique pas accompagner cette étape"
    )


def audience(question: Question, candidate: Candidate, score: float) -> str:
    """Whether it supports this audience."""
    assert question.audience is not None
    if not candidate.structure.audiences:
        return "publics accompagnés : non renseigné"
    label = within(question.audience.label)
    return f"accompagne les {label}" if score else f"n’indique pas accompagner les {label}"


def anchoring(question: Question, candidate: Candidate, score: float) -> str:
    """At which level it covers the commune."""
    if isinstance(candidate.reach, Radius):
        around = f"{decimal(candidate.reach.km)} km autour de son siège"
        if candidate.structure.kind is Kind.PARC_NATUREL:
            return f"parc : périmètre approché par {around}, vérifiez que votre commune est classée"
        return f"intervient dans un rayon de {around}"
    loose = " (périmètre approché : vérifiez)" if candidate.structure.approximate else ""
    return _REACH[candidate.reach.scale] + loose


def whole(question: Question, candidate: Candidate, score: float) -> str:
    """How many of the communes it covers, and which it does not."""
    covered, asked = len(candidate.covered), len(question.places)
    if covered == asked:
        return f"couvre les {asked} communes de votre demande"
    some = counted(covered, "commune", "communes")
    left = [place.name for place in question.places if place.insee not in candidate.covered]
    named = listed([*left[:CITED], "d’autres"] if len(left) > CITED else left)
    return f"couvre {some} sur {asked} (pas {named})"


def proximity(question: Question, candidate: Candidate, score: float) -> str:
    """How far its seat is."""
    if candidate.distance_km is None:
        return "siège : non renseigné"
    if any(candidate.structure.seat == place.insee for place in question.places):
        return (
            "son siège est dans votre commune"
            if len(question.places) == 1
            else "son siège est dans une de vos communes"
        )
    near = f"son siège est à {decimal(candidate.distance_km)} km à vol d’oiseau"
    if len(question.places) == 1 or candidate.farthest_km is None:
        return near
    far = decimal(candidate.farthest_km)
    return f"{near} de la commune la plus proche, {far} de la plus lointaine"


def reliability(question: Question, candidate: Candidate, score: float) -> str:
    """How sure the row is."""
    structure = candidate.structure
    if structure.to_verify:
        note = structure.note.rstrip(". ")
        return f"fiche à vérifier : {note}" if note else "fiche à vérifier"
    if structure.source_year is None:
        return "fiche vue à la source, page non datée"
    if question.is_old(structure.source_year):
        return f"fiche vue à la source, mais en {structure.source_year}"
    return f"fiche vue à la source en {structure.source_year}"


def _place(question: Question, insee: str | None) -> str:
    commune = question.communes.get(insee) if insee else None
    return f" {at(commune.name)}" if commune else ""
