"""How well structures answer: one function per criterion, over all the candidates at once.

A function takes the question and the pool, and gives a score in [0, 1] for each candidate, shape
(candidates,); None means that the criterion cannot apply to this need, for any structure.
What is unknown of a structure counts 0 and reads « non renseigné »: missing data never pays.

The page « Méthode » shows the docstrings as they stand, in French. The sentence of each is in
`explain`, its weight and its reason in `policy.CRITERIA`.
"""

from __future__ import annotations

import math

import numpy as np

from matcher.catalogue.model import OLD_SOURCE_YEARS
from matcher.catalogue.terms import PROOFS, Backing
from matcher.catalogue.vocabulary import Scale, Stage
from matcher.index.arrays import Floats
from matcher.index.columns import AUDIENCES, STAGES, THEMES
from matcher.index.coverage import NARROW_TO_WIDE, Pool

from .candidates import (
    LEAST_ALIKE,
    Alike,
    declared_role,
    likeness,
    theme_cosines,
    usual_role,
)
from .question import Question, once, once_each

GENERALIST_LEAST, GENERALIST_MOST = 0.2, 0.55
"""What a generalist is worth on themes, by its role: a specialist knows more."""
GENERALIST_NATIONAL = 0.1
"""What a national generalist is worth there: it is nobody's first call."""
VAGUE_SPECIALIST = 0.5
"""What a specialist is worth on a vague need: it may or may not be about its subject. A generalist
is worth from this to 1, by its role."""
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
OFF_TRADE = 0.5
"""What being local is worth to a structure of another trade."""
WIDE = (Scale.REGION, Scale.NATIONAL)  # levels at which overseas differs
ANCHORING_RADIUS = 0.7
"""As small as a département, but only the body's own list of communes would tell who is in it."""
PROXIMITY_KM = 60.0
"""Distance, km, over which proximity falls to 1/e: about an hour by road."""
REFERENCE_STRENGTH, NETWORK_STRENGTH = 0.7, 0.35
"""What one fully alike project next door proves of who did it, and of the others of its network;
each further one proves the same of the rest."""
ROLE_STRENGTH = {Backing.ACCOMPAGNE: 1.0, Backing.LOCAUX: 0.8, Backing.FINANCE: 0.5}
"""What each kind of support proves: walls are a long commitment, of which finding the use is a
part; who funded it chose it and may choose the like, but did not work on it."""
MANY_WORDS = 0.3
"""Cosine of the words of a need and of a record from which they count 1: few pairs reach it."""
MANY_PROJECTS = 12
"""Number of documented projects from which experience counts 1."""
NATIONAL = NARROW_TO_WIDE.index(Scale.NATIONAL)  # as a level of a pool
DECLARED_STAGES = frozenset(Stage) - {Stage.IMMOBILIER, Stage.STRATEGIE}
"""The stages that structures declare; the two others are situations of a need only."""
OLD_SOURCE_SHARE = 0.6
"""What a verified row is worth when its source is undated or past `OLD_SOURCE_YEARS`."""


@once_each
def themes(question: Question, pool: Pool) -> Floats | None:
    """Part des thèmes du besoin que la structure couvre, moyennée avec sa spécialisation.

    La spécialisation (un cosinus) est plus forte quand la structure ne fait que cela. Une
    structure généraliste vaut de 0,2 à 0,55 selon son rôle dans la situation (de 0,5 à 1 si le
    besoin reste vague), une généraliste nationale 0,1.
    """
    if not question.vague and not question.themes:
        return None
    usual = usual_role(question, pool)
    if question.vague:
        broad = VAGUE_SPECIALIST + (1 - VAGUE_SPECIALIST) * usual
        return np.where(pool.generalists, broad, VAGUE_SPECIALIST)
    best = _covered(question, pool)
    broad = GENERALIST_LEAST + (GENERALIST_MOST - GENERALIST_LEAST) * usual
    broad = np.where(pool.levels == NATIONAL, GENERALIST_NATIONAL, broad)
    found: Floats = np.where(pool.generalists, np.maximum(best, broad), best)
    return found


@once
def _covered(question: Question, pool: Pool) -> Floats:
    """How far the themes of each are those of the need, and no others."""
    classes = pool.index.themes
    covered = classes.dot((THEMES[t], w) for t, w in question.themes.items())
    focus = theme_cosines(question.themes, covered, pool.index.specialisms)
    best: Floats = (np.minimum(1.0, covered / sum(question.themes.values())) + focus) / 2
    return best[classes.codes[pool.rows]]


@once
def subjects(question: Question, pool: Pool) -> Floats | None:
    """Part des sujets précis du besoin qui sont le métier de la structure.

    Café, garage solidaire, habitat léger… : des sujets plus fins que les thèmes. Moyenne de deux
    parts : celle des sujets du besoin qui sont le métier de la structure (un métier lu dans sa
    fiche vaut 1, un second métier 0,5, un mot de sa présentation 0,7 au plus tant que personne ne
    l’a relue ; un sujet proche, la part que dit une table publiée), et la ressemblance des sujets
    du besoin avec l’ensemble de ses métiers (cosinus pondéré).
    """
    if not question.subjects:
        return None
    index = pool.index
    shares = {subject: weight**2 for subject, weight in question.subjects.items()}
    trade = np.minimum(1.0, index.practices.dot(shares, len(index))[pool.rows])
    spoken = np.minimum(1.0, index.subjects.dot(question.subjects, len(index))[pool.rows])
    alike: Floats = (trade + spoken) / 2
    return alike


def words(question: Question, pool: Pool) -> Floats | None:
    """Mots communs au besoin et à la fiche de la structure.

    La fiche : son nom, sa présentation, et des besoins types pour lesquels on l’appelle, que notre
    équipe a écrits. Les mots sont ramenés à leur racine ; un mot rare compte davantage (cosinus
    TF-IDF ; 0,3 vaut déjà 1 : des textes si courts n’ont jamais tous leurs mots en commun).
    """
    if not question.words:
        return None
    products = pool.index.words.dot(question.words, len(pool.index))
    return np.minimum(1.0, products[pool.rows] / MANY_WORDS)


def track_record(question: Question, pool: Pool) -> Floats | None:
    """Projets semblables que la structure a déjà accompagnés, d’après une source publique.

    Accompagner compte 1, apporter les murs ou la terre 0,8, financer 0,5 ; mener le projet
    soi-même, le primer ou le labelliser ne compte pas.
    Chaque projet compte selon sa ressemblance avec le besoin (thèmes et sujets) et sa
    proximité, à partir d’une ressemblance de 0,15 ; plusieurs projets se renforcent sans jamais
    dépasser 1. Ceux d’un autre membre du même réseau comptent pour moitié.
    """
    if question.vague:
        return None
    alike = Alike.of(likeness(question, pool), pool.index.support)
    weights = np.tile([ROLE_STRENGTH[role] for role in PROOFS], len(alike.rows) // len(PROOFS))
    proof = weights * (alike.likeness - LEAST_ALIKE) / (1 - LEAST_ALIKE)
    return 1 - alike.left(pool, 1 - REFERENCE_STRENGTH * proof, 1 - NETWORK_STRENGTH * proof)


def experience(question: Question, pool: Pool) -> Floats | None:
    """Nombre de projets de petites communes que la structure a appuyés, tous sujets.

    Accompagnés, financés, ou dont elle a apporté les murs.
    12 projets documentés valent 1, échelle logarithmique.
    """
    starts = pool.index.support.own.starts
    supported = starts[pool.rows + 1] - starts[pool.rows]
    found: Floats = _EXPERIENCE[np.minimum(supported, MANY_PROJECTS)]
    return found


_EXPERIENCE = np.minimum(1.0, np.log1p(np.arange(MANY_PROJECTS + 1)) / math.log1p(MANY_PROJECTS))


def role(question: Question, pool: Pool) -> Floats | None:
    """Rôle de ce type de structure dans la situation que la commune a indiquée.

    Une table publiée dit, pour chaque situation, quels types y répondent d’ordinaire, et pourquoi.
    """
    return declared_role(question, pool) if question.stage_declared else None


def likely_role(question: Question, pool: Pool) -> Floats | None:
    """Rôle de ce type de structure auprès d’une commune qui n’indique pas sa situation.

    Une table publiée dit à quel point des conseillers retiennent chaque type, à sujet égal. Pour
    une structure généraliste, la situation que le texte laisse deviner compte pour 0,3 ; d’un
    besoin vague, c’est son rôle quand personne ne porte encore le projet. Une forme nommée (SCIC)
    vaut 1 pour le type qu’elle appelle. Sans texte, il n’y a pas de sujet égal : ce critère ne
    s’applique pas.
    """
    if question.stage_declared or not question.words:
        return None
    return usual_role(question, pool)


def stage(question: Question, pool: Pool) -> Floats | None:
    """Étapes de projet que la structure dit accompagner, face à celle du besoin.

    S’applique quand la commune a indiqué une étape que les structures déclarent.
    """
    if not question.stage_declared or not question.stages.keys() & DECLARED_STAGES:
        return None
    classes = pool.index.stages
    said = ((STAGES[stage], np.sign(weight)) for stage, weight in question.stages.items())
    return np.minimum(1.0, classes.dot(said))[..., classes.codes[pool.rows]]


def audience(question: Question, pool: Pool) -> Floats | None:
    """Publics que la structure accompagne, face à celui qui demande ou portera le projet."""
    if question.audience is None:
        return None
    classes = pool.index.audiences
    return classes.dot([(AUDIENCES[question.audience], 1.0)])[classes.codes[pool.rows]]


def anchoring(question: Question, pool: Pool) -> Floats | None:
    """Ancrage : une structure locale connaît mieux le territoire qu’un réseau national.

    Commune 1 ; intercommunalité 0,95 ; rayon 0,7 ; département 0,8 ; région 0,5 ; France 0,2.
    Outre-mer, la région vaut un département, et un organisme de métropole 0,05. Il ne compte en
    entier que pour une structure dont le sujet, ou à défaut le thème, est celui du besoin, et
    pour moitié sinon : être près ne sert que si c’est son métier.
    """
    found: Floats = _BY_LEVEL[pool.levels]
    if pool.overseas:
        wide = np.isin(pool.levels, [NARROW_TO_WIDE.index(scale) for scale in WIDE])
        ours = pool.index.overseas[pool.rows]
        found[wide & ours] = ANCHORING_OVERSEAS
        found[wide & ~ours] = ANCHORING_ACROSS_OCEAN
    fit = subjects(question, pool)
    fit = themes(question, pool) if fit is None else fit
    return found if fit is None else found * (OFF_TRADE + (1 - OFF_TRADE) * fit)


_BY_LEVEL = np.array([*(ANCHORING[scale] for scale in NARROW_TO_WIDE), ANCHORING_RADIUS])


def whole(question: Question, pool: Pool) -> Floats | None:
    """Part des communes du besoin que la structure couvre, quand il y en a plusieurs.

    1 quand elle les couvre toutes. Ne s’applique pas au besoin d’une seule commune.
    """
    return pool.share if len(question.places) > 1 else None


def proximity(question: Question, pool: Pool) -> Floats | None:
    """Distance à vol d’oiseau entre la commune et le siège de la structure.

    1 dans la même commune, puis une baisse régulière : environ 0,37 à 60 km. Un siège
    inconnu compte 0.
    """
    near = np.exp(-pool.seat_km / PROXIMITY_KM)
    near[np.isnan(near)] = 0.0
    return near


def reliability(question: Question, pool: Pool) -> Floats | None:
    """Fiabilité de la fiche : vue à la source, récente, sans doute signalé.

    1 si elle est vérifiée, 0,6 si sa source n’est pas datée ou a plus de trois ans, 0 sinon.
    """
    index, years = pool.index, pool.index.source_years
    fresh = question.year - years[pool.rows] <= OLD_SOURCE_YEARS  # no for NaN
    known = np.where(fresh, 1.0, OLD_SOURCE_SHARE)
    known[index.to_verify[pool.rows]] = 0.0
    return known
