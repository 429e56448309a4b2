"""How well a structure answers: one function per criterion, and CRITERIA, the one list.

A score is in [0, 1]; None means that the criterion cannot apply to this need, for any structure.
What is unknown of a structure counts 0 and reads « non renseigné »: missing data never pays.

The docstrings of the criteria are in French: the page « Méthode » shows them as they stand.
"""

from __future__ import annotations

import math

from matcher.catalogue.model import Area, Radius
from matcher.catalogue.vocabulary import Kind, Scale, Stage

from . import wording
from .candidates import LEAST_ALIKE, Candidate, Evidence, theme_cosine
from .coverage import Reach
from .criterion import Criterion
from .question import Question
from .vectors import cosine

GENERALIST_SHARE = 0.35
"""What a generalist is worth on the themes of a need that names some: it will help, but a
specialist knows more. On a vague need it is worth 1."""
VAGUE_SPECIALIST = 0.5
"""What a specialist is worth on a vague need: it may or may not be about its subject."""
ANCHORING = {
    Scale.COMMUNE: 1.0,
    Scale.EPCI: 0.95,
    Scale.DEPARTEMENT: 0.8,
    Scale.REGION: 0.5,
    Scale.NATIONAL: 0.2,
}
"""Local before national: the narrower the service area, the better the territory is known."""
ANCHORING_OVERSEAS = ANCHORING[Scale.DEPARTEMENT]
"""Overseas, région and département are one."""
ANCHORING_ACROSS_OCEAN = 0.05
"""A body of the mainland that covers a région d’outre-mer too is an ocean away."""
WIDE = (Scale.REGION, Scale.NATIONAL)
"""Levels at which overseas differs."""
ANCHORING_RADIUS = 0.7
"""A radius around a seat is as small as a département, but only the body's own list of communes
would tell whether this one is in it."""
PROXIMITY_KM = 60.0
"""Distance, km, over which proximity falls to 1/e: about an hour by road."""
REFERENCE_STRENGTH = 0.7
"""What one fully alike project next door proves; each further one proves the same of the rest."""
NETWORK_STRENGTH = 0.35
"""What a fully alike project of another member of the same network proves: methods travel within
a network, the people do not."""
MANY_PROJECTS = 12
"""Number of documented projects from which experience counts 1."""
DECLARED_STAGES = frozenset(Stage) - {Stage.IMMOBILIER, Stage.STRATEGIE}
"""The stages that structures declare; the two others are situations of a need only."""
OLD_SOURCE_SHARE = 0.6
"""What a verified row is worth when its source is undated or past `OLD_SOURCE_YEARS`."""


def themes(question: Question, candidate: Candidate) -> float | None:
    """Part des thèmes du besoin que la structure couvre, moyennée avec sa spécialisation.

    La spécialisation (un cosinus) est plus forte quand la structure ne fait que cela. Une
    structure généraliste vaut 0,35 si le besoin nomme des thèmes, 1 s’il reste vague.
    """
    if question.vague:
        return 1.0 if candidate.structure.generalist else VAGUE_SPECIALIST
    if not question.themes:
        return None
    covered = sum(question.themes.get(t, 0.0) for t in candidate.structure.themes)
    share = covered / sum(question.themes.values())
    focus = theme_cosine(question.themes, candidate.structure.themes)
    best = (min(1.0, share) + focus) / 2
    return max(best, GENERALIST_SHARE) if candidate.structure.generalist else best


def subjects(question: Question, candidate: Candidate) -> float | None:
    """Sujets précis communs au besoin et à la présentation de la structure.

    Café, garage solidaire, habitat léger… : des sujets plus fins que les thèmes, lus dans les
    deux textes avec le même lexique ; un sujet rare compte davantage (cosinus pondéré).
    """
    return cosine(question.subjects, candidate.profile.subjects) if question.subjects else None


def words(question: Question, candidate: Candidate) -> float | None:
    """Mots communs au besoin et à la présentation de la structure.

    Les mots sont ramenés à leur racine ; un mot rare compte davantage (cosinus TF-IDF).
    """
    return cosine(question.words, candidate.profile.words) if question.words else None


def track_record(question: Question, candidate: Candidate) -> float | None:
    """Projets semblables que la structure a déjà accompagnés, d’après une source publique.

    Chaque projet compte selon sa ressemblance avec le besoin (thèmes et sujets) et sa
    proximité, à partir d’une ressemblance de 0,15 ; plusieurs projets se renforcent sans jamais
    dépasser 1. Ceux d’un autre membre du même réseau comptent pour moitié.
    """
    if question.vague:
        return None
    own = math.prod(1 - REFERENCE_STRENGTH * proof(e) for e in candidate.evidence)
    shared = math.prod(1 - NETWORK_STRENGTH * proof(e) for e in candidate.network_evidence)
    return 1 - own * shared


def proof(evidence: Evidence) -> float:
    """What a project proves, in [0, 1]: its likeness, counted from `LEAST_ALIKE`."""
    return max(0.0, (evidence.likeness - LEAST_ALIKE) / (1 - LEAST_ALIKE))


def experience(question: Question, candidate: Candidate) -> float | None:
    """Nombre de projets de petites communes que la structure a accompagnés, tous sujets.

    Échelle logarithmique : les premiers comptent le plus, 12 projets documentés valent 1.
    """
    return min(1.0, math.log1p(len(candidate.evidence)) / math.log1p(MANY_PROJECTS))


def role(question: Question, candidate: Candidate) -> float | None:
    """Rôle de ce type de structure dans la situation que la commune a indiquée.

    Une table publiée dit, pour chaque situation, quels types de structure y répondent
    d’ordinaire, et pourquoi.
    """
    return _role(question, candidate) if question.stage_declared else None


def likely_role(question: Question, candidate: Candidate) -> float | None:
    """Rôle de ce type de structure dans la situation que le texte laisse deviner.

    La même table que pour une situation indiquée, moyennée sur les situations dont le texte a
    des mots ; elle pèse moins, car deviner n’est pas savoir.
    """
    if question.stage_declared or not question.stages:
        return None
    return _role(question, candidate)


def _role(question: Question, candidate: Candidate) -> float:
    structure = candidate.structure
    kinds = structure.kinds
    return sum(
        weight * max(_role_score(question, stage, kind) for kind in kinds)
        for stage, weight in question.stages.items()
    )


def _role_score(question: Question, stage: Stage, kind: Kind) -> float:
    found = question.roles.get((stage, kind))
    return found.score if found else 0.0


def stage(question: Question, candidate: Candidate) -> float | None:
    """Étapes de projet que la structure dit accompagner, face à celle du besoin.

    S’applique quand la commune a indiqué une étape que les structures déclarent.
    """
    if not question.stage_declared or not question.stages.keys() & DECLARED_STAGES:
        return None
    return float(bool(question.stages.keys() & set(candidate.structure.stages)))


def audience(question: Question, candidate: Candidate) -> float | None:
    """Publics que la structure accompagne, face à celui qui demande ou portera le projet."""
    if question.audience is None:
        return None
    return float(question.audience in candidate.structure.audiences)


def anchoring(question: Question, candidate: Candidate) -> float | None:
    """Ancrage : une structure locale connaît mieux le territoire qu’un réseau national.

    Commune 1 ; intercommunalité 0,95 ; rayon 0,7 ; département 0,8 ; région 0,5 ; France 0,2.
    Outre-mer, la région vaut un département, et un organisme de métropole 0,05.
    """
    if question.commune.overseas and _wide(candidate.reach):
        return ANCHORING_OVERSEAS if candidate.structure.overseas else ANCHORING_ACROSS_OCEAN
    if isinstance(candidate.reach, Radius):
        return ANCHORING_RADIUS
    return ANCHORING[candidate.reach.scale]


def _wide(reach: Reach) -> bool:
    return isinstance(reach, Area) and reach.scale in WIDE


def proximity(question: Question, candidate: Candidate) -> float | None:
    """Distance à vol d’oiseau entre la commune et le siège de la structure.

    1 dans la même commune, puis une baisse régulière : environ 0,37 à 60 km. Un siège
    inconnu compte 0.
    """
    if candidate.distance_km is None:
        return 0.0
    return math.exp(-candidate.distance_km / PROXIMITY_KM)


def reliability(question: Question, candidate: Candidate) -> float | None:
    """Fiabilité de la fiche : vue à la source, récente, sans doute signalé.

    1 pour une fiche vérifiée, 0,6 si sa source n’est pas datée ou a plus de trois ans, 0 si elle
    est « à vérifier ».
    """
    structure = candidate.structure
    if structure.to_verify:
        return 0.0
    fresh = structure.source_year is not None and not question.is_old(structure.source_year)
    return 1.0 if fresh else OLD_SOURCE_SHARE


# fmt: off
CRITERIA: tuple[Criterion, ...] = (
    Criterion(
        "themes", "Thèmes", 0.12,
        "le premier motif d’une mise en relation est que la structure travaille sur le sujet",
        themes, wording.themes,
    ),
    Criterion(
        "subjects", "Sujet précis", 0.12,
        "deux besoins d’un même thème appellent souvent des spécialistes différents",
        subjects, wording.subjects,
    ),
    Criterion(
        "track_record", "Références", 0.20,
        "ce qu’une structure a déjà fait, ailleurs et sur le même sujet, est la meilleure preuve",
        track_record, wording.track_record,
    ),
    Criterion(
        "experience", "Expérience", 0.08,
        "une structure qui a beaucoup accompagné de petites communes sait travailler avec elles",
        experience, wording.experience,
    ),
    Criterion(
        "role", "Rôle dans cette situation", 0.15,
        "faire émerger, financer ou acheter des murs sont des métiers différents",
        role, wording.role,
    ),
    Criterion(
        "likely_role", "Rôle probable", 0.04,
        "quand la situation n’est pas indiquée, les mots du texte la laissent deviner",
        likely_role, wording.role,
    ),
    Criterion(
        "anchoring", "Ancrage local", 0.17,
        "à compétence égale, une structure locale connaît mieux le territoire",
        anchoring, wording.anchoring,
    ),
    Criterion(
        "proximity", "Proximité", 0.09,
        "un premier rendez-vous est plus facile tout près",
        proximity, wording.proximity,
    ),
    Criterion(
        "words", "Mots en commun", 0.08,
        "un indice utile mais fragile : les textes d’un même réseau se ressemblent",
        words, wording.words,
    ),
    Criterion(
        "stage", "Étape du projet", 0.04,
        "faible : la moitié des étapes des fiches sont des valeurs par défaut de leur type",
        stage, wording.stage,
    ),
    Criterion(
        "audience", "Public accompagné", 0.03,
        "faible : la moitié des publics des fiches sont des valeurs par défaut de leur type",
        audience, wording.audience,
    ),
    Criterion(
        "reliability", "Fiabilité de la fiche", 0.02,
        "à égalité, une information vérifiée passe devant une information douteuse",
        reliability, wording.reliability,
    ),
)
# fmt: on
"""The policy: every criterion with its weight and its reason. The weights need not add up to 1."""
