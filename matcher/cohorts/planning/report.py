"""A plan as people read it: a table of the introductions, one of the loads, a few sentences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from statistics import fmean
from typing import Any

from matcher.catalogue.french import counted, decimal
from matcher.catalogue.model import Structure
from matcher.ranking.matcher import Matcher
from matcher.reports.answer.facts import unranked
from matcher.upkeep.directory.matrix import SAID, Matrix, doors_line

from ..batch.demand import Demand
from .introductions import Answer, Capacity, LeftOut, Plan

COLUMNS = (
    *("besoin", "insee", "commune", "departement", "lecture", "themes_lus"),
    *("statut", "ordre", "structure_id", "structure"),
    *("rang", "score", "part_du_meilleur_score_du_besoin", "premier_choix_id", "premier_choix"),
    *("rang_perdu", "part_perdue", "a_verifier", "motif", "annee_source", "recours"),
    *("explication", "phrase"),
    *("portes_connues", "portes_a_verifier", "portes_absentes", "portes_pas_connues_de_nous"),
)
LOAD_COLUMNS = ("structure_id", "structure", "introductions", "capacite", "au_complet")

EMPTY = [None] * (COLUMNS.index("explication") - COLUMNS.index("statut") - 1)
"""What a row without introduction has between its status and why."""

FIRST, ELSEWHERE = "premier choix", "autre choix"
WAITING, LEFT_OUT = "besoin en attente", "commune sans introduction"
NOT_RANKED = "besoin non classé"
SHOWN = 5
"""Structures and communes named in the summary."""
INCOMPARABLE = (
    "Les scores ne se comparent pas d’un besoin à l’autre ; leur part du meilleur score de chaque "
    "besoin se compare."
)


def plan_rows(
    plan: Plan, demands: Sequence[Demand], capacity: Capacity, matcher: Matcher, doors: Matrix
) -> Iterator[tuple[Any, ...]]:
    """One row an introduction, one row a need without any, in the order of the needs (`COLUMNS`).

    Each ends with the basic doors of its commune, by what we know of them. What capacity cost a
    need is on the row of its best introduction: ranks and share between it and its first choice.
    """
    answers = {answer.need: answer for answer in plan.answers}
    left = {left.commune: left for left in plan.left_out}
    for demand in demands:
        commune = matcher.territory.communes[demand.need.commune]
        question = matcher.question(demand.need)
        themes = "|".join(theme.value for theme in question.themes)
        start = (
            *(demand.id, commune.insee, commune.name, commune.departement),
            *(question.status.value, themes),
        )
        states = doors.states_at(commune)
        known = ["|".join(d.short for one in among for d in states[one]) for _, among in SAID]
        if not question.status.ranked:
            why = f"{unranked(question.status)}."
            yield (*start, NOT_RANKED, *EMPTY, why, f"{commune.name} : {why}", *known)
        elif demand.id in answers:
            first = answers[demand.id].first.structure
            full = plan.load.get(first, 0) >= capacity[first]
            for row in _answer_rows(answers[demand.id], full, matcher, commune.name):
                yield (*start, *row, *known)
        else:
            out = left.get(commune.insee)
            status, why = (LEFT_OUT, explain(out)) if out else (WAITING, WAITING_REASON)
            yield (*start, status, *EMPTY, why, f"{commune.name} : {why}", *known)


def _answer_rows(
    answer: Answer, full: bool, matcher: Matcher, commune: str
) -> Iterator[tuple[Any, ...]]:
    first = matcher.structure(answer.first.structure)
    alternates = [matcher.structure(one.structure).name for one in answer.alternates]
    for order, choice in enumerate(answer.given, 1):
        best = order == 1
        given = matcher.structure(choice.structure)
        cost = _cost(answer, first.name, full) if best else ""
        yield (
            FIRST if choice == answer.first else ELSEWHERE,
            order,
            choice.structure,
            given.name,
            choice.rank,
            round(choice.score, 4),
            round(choice.share, 4),
            first.id,
            first.name,
            answer.rank_lost if best else None,
            round(answer.share_lost, 4) if best else None,
            "oui" if given.to_verify else "non",
            given.note if given.to_verify else None,
            given.source_year,
            " puis ".join(alternates) if best else None,
            cost or None,
            _sentence(commune, given, cost, alternates if best else []),
        )


def _sentence(commune: str, given: Structure, cost: str, alternates: Sequence[str]) -> str:
    """What a commune does, why, and whom it calls next, as one reads it out."""
    doubt = " (fiche à vérifier avant d’appeler)" if given.to_verify else ""
    said = f"{commune} rencontre « {given.name} »{doubt}. {cost}".strip()
    if not alternates:
        return said
    return f"{said} En cas de refus : {' puis '.join(f'« {name} »' for name in alternates)}."


WAITING_REASON = (
    "La commune a une introduction pour un autre besoin ; les structures de celui-ci sont au "
    "complet, ou la commune a déjà toutes les introductions prévues."
)


def _cost(answer: Answer, first: str, full: bool) -> str:
    if not answer.rank_lost:
        return "La commune a son premier choix."
    why = "est au complet" if full else "n’apporterait pas davantage à l’ensemble du plan"
    lost = counted(answer.rank_lost, "rang perdu", "rangs perdus")
    share = decimal(100 * answer.given[0].share, 1)
    return f"« {first} » {why} : {lost}, {share} % du meilleur score du besoin."


def explain(left: LeftOut) -> str:
    """Why a commune has no introduction, in French: no structure, or none with a place left."""
    if not left.asked:
        return "Aucune structure du catalogue ne couvre cette commune."
    count = len(left.asked)
    whose = "Sa seule structure" if count == 1 else f"Ses {count} premières structures"
    if not left.places:
        return f"{whose} {'ne prend' if count == 1 else 'ne prennent'} aucune introduction."
    full = "est au complet" if count == 1 else "sont au complet"
    places = "une seule place" if left.places == 1 else f"{decimal(left.places)} places"
    return (
        f"{whose} {full} : {decimal(len(left.rivals))} communes n’ont ensemble que {places}, "
        f"auprès de {counted(len(left.structures), 'structure', 'structures')}."
    )


def load_rows(plan: Plan, capacity: Capacity, matcher: Matcher) -> Iterator[tuple[Any, ...]]:
    """One row a structure that has introductions, the most loaded first (`LOAD_COLUMNS`)."""
    for structure, load in sorted(plan.load.items(), key=lambda item: (-item[1], item[0])):
        full = "oui" if load >= capacity[structure] else "non"
        yield (structure, matcher.structure(structure).name, load, capacity[structure], full)


def summary(
    plan: Plan, capacity: Capacity, matcher: Matcher, communes: Mapping[str, None], doors: Matrix
) -> Iterator[str]:
    """The plan in a few French sentences.

    Parameters
    ----------
    communes : mapping whose keys are the Insee codes of the cohort
    """
    served = len(communes) - len(plan.left_out)
    introductions = sum(plan.load.values())
    yield (
        f"{counted(introductions, 'introduction', 'introductions')} pour "
        f"{counted(served, 'commune', 'communes')} sur {decimal(len(communes))}, auprès de "
        f"{counted(len(plan.load), 'structure', 'structures')}."
    )
    if plan.answers:
        ranks = fmean(a.rank_lost for a in plan.answers)
        firsts = sum(answer.rank_lost == 0 for answer in plan.answers)
        yield (
            f"Besoins qui ont leur premier choix : {decimal(firsts)} sur "
            f"{decimal(len(plan.answers))}. En moyenne, la capacité coûte "
            f"{decimal(ranks, 1)} {'rang' if ranks < 2 else 'rangs'} et "
            f"{decimal(100 * fmean(a.share_lost for a in plan.answers), 1)} % du meilleur score de "
            "chaque besoin."
        )
        yield INCOMPARABLE
    full = [s for s, load in plan.load.items() if load >= capacity[s]]
    if full:
        names = ", ".join(matcher.structure(s).name for s in full[:SHOWN])
        more = f" et {len(full) - SHOWN} autres" if len(full) > SHOWN else ""
        yield f"Structures au complet : {names}{more}."
    for left in plan.left_out[:SHOWN]:
        where = matcher.territory.communes[left.commune]
        said = doors_line(doors.states_at(where))
        yield f"Sans introduction : {where.name} ({where.insee}). {explain(left)} {said}".strip()
    if len(plan.left_out) > SHOWN:
        unnamed = len(plan.left_out) - SHOWN
        yield f"… et {decimal(unnamed)} autres communes sans introduction : voir le fichier."
    if not plan.proved:
        yield "Attention : le temps de calcul est épuisé, un meilleur plan existe peut-être."
