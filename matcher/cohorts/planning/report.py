"""A plan as people read it: its contacts, the loads, who is not asked, each with its flags."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from matcher.catalogue.french import counted, decimal
from matcher.catalogue.model import Structure
from matcher.ranking.matcher import Matcher
from matcher.reports.answer.facts import unranked
from matcher.tables.asked import asked_by
from matcher.territory.together import place_of
from matcher.upkeep.directory.matrix import SAID, Matrix

from ..batch.demand import Demand
from .introductions import ListedStructure, NeedAllocation, Plan, UnservedCommune
from .made import Wishes
from .told import StructureReports

COLUMNS = (
    *("besoin", "insee", "commune", "departement", "lecture", "themes_lus", "pistes"),
    *("statut", "ordre", "structure_id", "structure", "reponse", "taux_reponse"),
    *("rang", "score", "part_du_meilleur_score_du_besoin", "premier_choix_id", "premier_choix"),
    *("rang_perdu", "part_perdue", "a_verifier", "motif", "annee_source", "recours"),
    *("explication", "phrase"),
    *("portes_connues", "portes_a_verifier", "portes_absentes", "portes_pas_connues_de_nous"),
)
LOAD_COLUMNS = (
    *("structure_id", "structure", "introductions", "recours", "capacite", "au_complet"),
    *("taux_reponse", "taux_suppose", "suivi", "a_verifier", "motif", "annee_source"),
)
ASIDE_COLUMNS = (
    *("structure_id", "structure", "pourquoi", "communes_qui_l_ont_dans_leur_liste"),
    *("a_verifier", "motif", "annee_source"),
)

EMPTY = [None] * (COLUMNS.index("explication") - COLUMNS.index("statut") - 1)
"""What a row without introduction has between its status and why."""

FIRST, ELSEWHERE, RECOURSE = "premier choix", "autre choix", "recours"
WAITING, LEFT_OUT = "besoin en attente", "commune sans introduction"
NOT_RANKED = "besoin non classé"
WAITING_REASON = (
    "La commune a une introduction pour un autre besoin ; les structures de celui-ci sont au "
    "complet."
)
MEETS = "rencontre", "attend"
NO_PLACE = "capacité nulle"
"""Why a structure is not asked, where nothing else is told of it."""


@dataclass(frozen=True)
class Report:
    """A plan, and what it takes to tell it.

    Parameters
    ----------
    demands : sequence of Demand
        All needs that were read, planned or not.
    doors : Matrix
        What we know of the basic doors of each commune: each row ends with it.
    """

    plan: Plan
    demands: Sequence[Demand]
    matcher: Matcher
    doors: Matrix
    wishes: Wishes
    told: StructureReports

    def rows(self) -> Iterator[tuple[Any, ...]]:
        """One row a contact, one row a need that is not introduced, by need (`COLUMNS`).

        What capacity cost a need is on the row of its best introduction: ranks and share between
        it and its first choice.
        """
        answers = {answer.need: answer for answer in self.plan.answers}
        left = {left.commune: left for left in self.plan.left_out}
        trails = {
            **{need: held[0].trail for need, held in self.plan.reserved.items() if held},
            **{need: answer.first.trail for need, answer in answers.items()},
        }
        held_back = set(self.plan.held_back)
        for demand in self.demands:
            commune = self.matcher.territory.communes[demand.need.commune]
            question = self.matcher.question(demand.need)
            themes = "|".join(theme.value for theme in question.themes)
            trail = trails.get(demand.id)
            name = asked_by(demand.need, self.matcher.territory)
            start = (
                *(demand.id, commune.insee, name, commune.departement),
                *(question.status.value, themes, trail and trail.said),
            )
            states = self.doors.states_at(commune)
            known = ["|".join(d.short for one in among for d in states[one]) for _, among in SAID]
            rows = [
                *self._answer_rows(answers.get(demand.id), name),
                *self._reserved_rows(demand.id, name),
            ]
            if demand.id not in answers:
                out = left.get(commune.insee)
                status, why = (LEFT_OUT, self.explain(out)) if out else (WAITING, WAITING_REASON)
                if demand.id in held_back:
                    why = f"{self.rule(commune.name)} Celui-ci attend."
                if not question.status.ranked:
                    status, why = NOT_RANKED, f"{unranked(question.status)}."
                rows.insert(0, (status, *EMPTY, why, f"{name} : {why}"))
            for row in rows:
                yield (*start, *row, *known)

    def _answer_rows(
        self, answer: NeedAllocation | None, commune: str
    ) -> Iterator[tuple[Any, ...]]:
        if answer is None:
            return
        first = self.matcher.structure(answer.first.structure)
        for order, choice in enumerate(answer.given, 1):
            best = order == 1
            cost = self._cost(answer) if best else ""
            yield (
                FIRST if choice == answer.first else ELSEWHERE,
                *(order, *self._contact(choice)),
                *(
                    (first.id, first.name, answer.rank_lost)
                    if best
                    else (first.id, first.name, None)
                ),
                round(answer.share_lost, 4) if best else None,
                *flags(self.matcher.structure(choice.structure)),
                self._then(answer, lambda one: one.name) if best else None,
                cost or None,
                self._sentence(commune, choice, cost, self._then(answer, named) if best else ""),
            )

    def _reserved_rows(self, need: str, commune: str) -> Iterator[tuple[Any, ...]]:
        answered = {answer.need for answer in self.plan.answers}
        for order, choice in enumerate(self.plan.reserved.get(need, ()), 1):
            structure = self.matcher.structure(choice.structure)
            where = "" if need in answered else " pour un autre besoin de la commune"
            why = f"Une place lui est gardée, en cas de refus{where}."
            said = f"{commune}, en cas de refus{where} : {named(structure)}."
            yield (
                *(RECOURSE, order, *self._contact(choice), None, None, None, None),
                *(*flags(structure), None, why, said),
            )

    def _contact(self, choice: ListedStructure) -> tuple[Any, ...]:
        """Structure, answer of a former plan, rate, rank, score, share."""
        former, pair = self.wishes.former, (choice.commune, choice.structure)
        said = "acceptée" if pair in former.accepted else "envoyée" if pair in former.sent else None
        rates, listed = self.wishes.rates, choice.score > 0
        return (
            *(choice.structure, self.matcher.structure(choice.structure).name, said),
            None if rates is None else round(100 * rates[choice.structure]),
            *(
                (choice.rank, round(choice.score, 4), round(choice.share, 4))
                if listed
                else [None] * 3
            ),
        )

    def _sentence(self, commune: str, choice: ListedStructure, cost: str, then: str) -> str:
        """What a commune does, why, and whom it calls next, as one reads it out."""
        meets, waits = ("rencontrent", "attendent") if choice.need in self._lists else MEETS
        former, pair = self.wishes.former, (choice.commune, choice.structure)
        given = named(self.matcher.structure(choice.structure))
        said = f"{commune} {meets} {given}."
        if pair in former.accepted:
            said = f"{commune} {meets} {given}, qui a accepté."
        elif pair in former.sent:
            said = f"{commune} {waits} la réponse de {given}."
        refused = [
            self.matcher.structure(s).name for c, s in former.declined if c == choice.commune
        ]
        no = f"Ont décliné : {', '.join(sorted(refused))}." if refused else ""
        return " ".join(filter(None, [said, cost, no, then and f"En cas de refus : {then}."]))

    def _then(self, answer: NeedAllocation, name: Callable[[Structure], str]) -> str:
        """Whom a need calls next, in turn; who holds a place for another need, with that need."""
        return " puis ".join(
            name(self.matcher.structure(one.structure))
            + ("" if one.need == answer.need else f" (pour le besoin {one.need})")
            for one in answer.alternates
        )

    def rule(self, where: str) -> str:
        """Why a need waits whose commune has all the introductions that it may have, in French."""
        most = self.plan.per_commune
        had = "son introduction" if most == 1 else f"{decimal(most)} introductions"
        return f"{where} a déjà {had}, pour un autre besoin (--per-commune {most})."

    @cached_property
    def _lists(self) -> frozenset[str]:
        """The needs of a list of communes, which is a plural; an EPCI is not."""
        communes = self.matcher.territory.communes
        asked = {d.id: [communes[one] for one in d.need.places] for d in self.demands}
        return frozenset(
            id
            for id, places in asked.items()
            if places and place_of(places, self.matcher.territory).area is None
        )

    def _cost(self, answer: NeedAllocation) -> str:
        if not answer.rank_lost:
            return "La commune a son premier choix."
        first = self.matcher.structure(answer.first.structure)
        why = "n’apporterait pas davantage à l’ensemble du plan"
        if first.id in self.plan.aside:
            why = f"n’est pas sollicitée ({self.reason(first.id)})"
        elif self.plan.full(first.id):
            why = "est au complet"
        lost = counted(answer.rank_lost, "rang perdu", "rangs perdus")
        share = decimal(100 * answer.given[0].share, 1)
        return f"« {first.name} » {why} : {lost}, {share} % du meilleur score du besoin."

    def explain(self, left: UnservedCommune) -> str:
        """Why a commune has no introduction, in French."""
        closed = [self.reason(s) for s in left.asked if s in self.plan.aside]
        return explain(left, closed, all(map(self.plan.full, left.asked)))

    def reason(self, structure: str) -> str:
        """Why a structure is not asked, in French."""
        return self.told.reasons.get(structure, NO_PLACE)

    def load_rows(self) -> Iterator[tuple[Any, ...]]:
        """One row a structure that has contacts, the most loaded first (`LOAD_COLUMNS`)."""
        load, spare, rates = self.plan.load, self.plan.spare, self.wishes.rates
        used = {s: load.get(s, 0) + spare[s] for s in {*load, *spare}}
        for structure, _ in sorted(used.items(), key=lambda item: (-item[1], item[0])):
            known = self.matcher.structure(structure)
            supposed = rates is None or rates.is_supposed(structure)
            yield (
                *(structure, known.name, load.get(structure, 0), spare[structure]),
                *(self.plan.places[structure], "oui" if self.plan.full(structure) else "non"),
                None if rates is None else round(100 * rates[structure]),
                None if rates is None else "oui" if supposed else "non",
                self.told.reasons.get(structure),
                *flags(known),
            )

    @cached_property
    def aside(self) -> list[tuple[Any, ...]]:
        """One row a structure that is not asked, the most wanted first (`ASIDE_COLUMNS`)."""
        found = sorted(self.plan.aside.items(), key=lambda item: (-item[1], item[0]))
        known = {structure: self.matcher.structure(structure) for structure, _ in found}
        return [
            (s, known[s].name, self.reason(s), communes, *flags(known[s])) for s, communes in found
        ]

    @property
    def communes(self) -> Mapping[str, None]:
        """The communes whose needs are planned."""
        ranked = (d for d in self.demands if self.matcher.status(d.need).ranked)
        return dict.fromkeys(demand.need.commune for demand in ranked)


def named(structure: Structure) -> str:
    """A structure in a sentence, with its flag."""
    doubt = " (fiche à vérifier avant d’appeler)" if structure.to_verify else ""
    return f"« {structure.name} »{doubt}"


def flags(structure: Structure) -> tuple[str, str | None, int | None]:
    """Whether a structure is to verify, why, and the year of its source."""
    doubt = structure.to_verify
    return "oui" if doubt else "non", structure.note if doubt else None, structure.source_year


def explain(left: UnservedCommune, closed: Sequence[str] = (), full: bool = True) -> str:
    """Why a commune has no introduction, in French.

    Parameters
    ----------
    closed : sequence of str
        Why each of its structures that take nobody does not.
    full : bool
        Whether none of its structures has a place left.
    """
    if not left.asked:
        return "Aucune structure du catalogue ne couvre cette commune."
    count = len(left.asked)
    whose = "Sa seule structure" if count == 1 else f"Ses {count} premières structures"
    if not left.places:
        why = f" ({', '.join(dict.fromkeys(closed))})" if closed else ""
        return f"{whose} {'ne prend' if count == 1 else 'ne prennent'} aucune introduction{why}."
    if not full:
        return f"{whose} n’auraient pas assez de communes pour prendre part au plan."
    are = "est au complet" if count == 1 else "sont au complet"
    if left.places >= len(left.rivals):
        return f"{whose} {are} : leurs places servent davantage d’autres communes."
    places = "une seule place" if left.places == 1 else f"{decimal(left.places)} places"
    return (
        f"{whose} {are} : {decimal(len(left.rivals))} communes n’ont ensemble que {places}, "
        f"auprès de {counted(len(left.structures), 'structure', 'structures')}."
    )
