"""The follow-up of the rows of one file, each checked; what a row does not say stays unsaid."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from functools import cache

from matcher import Matcher, UnknownStructure
from matcher.catalogue import Fault
from matcher.tables import day, fold

from .. import clock
from ..introductions.dates import BACK_DAYS
from ..introductions.introductions import LATEST_DAYS
from ..states import Declined, State, Step
from .told import DAYS, LONGEST, NAMED, REPLY, STATUS, Asked, Settled, Told, WordKind, height
from .words import ANSWERS, STANDINGS, Heard, Reaction, Standing, answer_of, reason_of, standing_of

_PARTS = re.compile(r"\s*[;|\n]\s*|\s+[/+]\s+")
_CODES = {one.code: one for one in STANDINGS}
_REPLIES = {one.code: one for one in ANSWERS}
_DECLINED = {one.value for one in Declined}
_AFTER_MEETING = (State.MET, State.FOLLOWED)
_STEPS = {State.ACCEPTED: Step.ACCEPTED, State.DECLINED: Step.DECLINED}
_HELD = {
    Step.SENT: State.PROPOSED,
    Step.LATER: State.PROPOSED,
    Step.ACCEPTED: State.ACCEPTED,
    Step.DECLINED: State.DECLINED,
    Step.MET: State.MET,
}


class Rows:
    """Reads the follow-up of the rows of one file, and counts the words that are to be settled."""

    def __init__(self, matcher: Matcher, name: str, settled: Settled) -> None:
        self.name, self.settled = name, settled
        self.asked: dict[WordKind, Counter[str]] = {STATUS: Counter(), REPLY: Counter()}
        self.named: Counter[str] = Counter()
        self.owners: Counter[str] = Counter()
        self.today = clock.today()
        self._structure = cache(_finder(matcher, settled))

    def of(self, row: Mapping[str, str], line: int) -> Told | Fault:
        """The follow-up of a row, or the first thing that is wrong with it."""
        try:
            return self._of(row, line)
        except _Wrong as wrong:
            return Fault(self.name, line, wrong.column, row.get(wrong.column, ""), wrong.rule)

    def _of(self, row: Mapping[str, str], line: int) -> Told:
        for column, longest in LONGEST.items():
            if len(row.get(column, "")) > longest:
                raise _Wrong(column, f"plus de {longest} caractères")
        days, meeting = self._days(row)
        said = self._standing(row)
        puts, notes = self._puts(row, said, days, meeting)
        reached = _furthest(said, puts, days, row)
        standing = said if said and said.state is State.CLOSED else reached
        back = _day(row, "revenir_le")
        wish = row.get("revenir_pour", "")
        notes += [row["notes"]] if row.get("notes") else []
        notes += [f"À faire : {wish}"] if wish and back is None else []
        owner = row.get("responsable", "")
        self.owners.update([owner] if owner else [])
        return Told(
            line=line,
            standing=standing,
            reached=reached,
            puts=tuple(puts),
            days=days,
            back=back,
            back_line=wish if back else "",
            owner=owner,
            notes=tuple(notes),
        )

    def _days(self, row: Mapping[str, str]) -> tuple[dict[str, date], date | None]:
        """The days of what happened, in their order, and that of a meeting to come."""
        found: dict[str, date] = {}
        meeting = None
        for column, what in DAYS.items():
            moment = _day(row, column)
            if moment is None:
                continue
            if column == "rencontre_le" and moment > self.today:
                meeting = moment
                continue
            if moment > self.today:
                raise _Wrong(column, f"date à venir : {what} a déjà eu lieu")
            if moment < self.today - timedelta(days=BACK_DAYS):
                raise _Wrong(column, f"plus de {BACK_DAYS // 365} ans : trop ancien pour un suivi")
            for earlier, before in found.items():
                if moment < before:
                    rule = f"{what} est avant {DAYS[earlier]} ({before:%d/%m/%Y})"
                    raise _Wrong(column, rule)
            found[column] = moment
        if meeting and meeting > self.today + timedelta(days=LATEST_DAYS):
            raise _Wrong("rencontre_le", "rendez-vous à plus de deux ans : date à vérifier")
        if meeting and "clos_le" in found:
            raise _Wrong("rencontre_le", "rendez-vous à venir dans un dossier clos")
        return found, meeting

    def _standing(self, row: Mapping[str, str]) -> Standing | None:
        said = row.get("statut", "")
        if not said:
            return None
        chosen = _CODES.get(self.settled.words.get((STATUS.code, said), ""))
        found = chosen or standing_of(said) or self._closed(row)
        if found is None:
            self.asked[STATUS][said] += 1
            raise _Wrong("statut", "statut inconnu : dites ce qu’il veut dire")
        if found.reason in (None, Declined.UNSAID.value) and row.get("raison"):
            why = reason_of(row["raison"])
            if found.state is State.DECLINED and why in _DECLINED:
                return Standing(State.DECLINED, why)
        return found

    @staticmethod
    def _closed(row: Mapping[str, str]) -> Standing | None:
        """« clos », with its reason in a column of its own."""
        if fold(row["statut"]) in ("clos", "cloture", "termine", "ferme", "archive"):
            return standing_of(f"clos {row.get('raison', '')}") or standing_of(
                row.get("raison", "") or "?"
            )
        return None

    def _puts(
        self,
        row: Mapping[str, str],
        said: Standing | None,
        days: Mapping[str, date],
        meeting: date | None,
    ) -> tuple[list[Asked], list[str]]:
        """The structures that were asked, and what goes to a note instead."""
        names = self._names(row.get("structures", ""))
        if not names:
            if row.get("reponse"):
                return [], [f"Réponse : {row['reponse']}"]
            return [], []
        answers = self._answers(row, names)
        puts, notes = [], []
        alone = len(names) == 1
        for name, answer in zip(names, answers, strict=True):
            found = self._structure(name)
            self.named.update(
                [name] if not found or (NAMED.code, name) in self.settled.words else []
            )
            put = self._put(row, name, found, answer, said, days, meeting, alone)
            if found:
                puts.append(put)
            else:
                notes.append(f"Structure nommée, hors annuaire : {name} ({put.step.label}).")
            if answer and answer.rest:
                notes.append(f"Réponse de {name} : {answer.rest}")
        return puts, notes

    def _put(
        self,
        row: Mapping[str, str],
        name: str,
        structure_id: str,
        answer: Heard | None,
        said: Standing | None,
        days: Mapping[str, date],
        meeting: date | None,
        alone: bool,
    ) -> Asked:
        step, reason = answer.answer if answer else _of_standing(said, days, alone)
        if alone and step is Step.ACCEPTED and (said and said.state in _AFTER_MEETING):
            step = Step.MET
        if alone and step in (Step.SENT, Step.ACCEPTED) and "rencontre_le" in days:
            step = Step.MET
        if reason == Declined.UNSAID.value and reason_of(row.get("raison", "")) in _DECLINED:
            reason = reason_of(row["raison"])
        later = None
        if step is Step.LATER:
            later = _day(row, "revenir_le")
            if later is None or not self.today < later <= self.today + timedelta(LATEST_DAYS):
                raise _Wrong("reponse", "« plus tard » demande une date à venir (À revoir le)")
        answered = days.get("repondu_le") if step is not Step.SENT else None
        return Asked(
            name,
            structure_id,
            step,
            reason,
            sent=days.get("envoye_le"),
            answered=answered,
            met=days.get("rencontre_le") if step is Step.MET else None,
            meeting=meeting if step in (Step.SENT, Step.ACCEPTED) else None,
            later=later,
        )

    def _names(self, cell: str) -> list[str]:
        """The structures that a cell names: whole where it is one, else its parts."""
        if not cell or self._structure(cell):
            return [cell] if cell else []
        parts = [part for part in _PARTS.split(cell) if part]
        if len(parts) == 1 and "," in cell:
            pieces = [piece.strip() for piece in cell.split(",") if piece.strip()]
            parts = pieces if any(map(self._structure, pieces)) else parts
        return list(dict.fromkeys(parts))

    def _answers(self, row: Mapping[str, str], names: Sequence[str]) -> list[Heard | None]:
        cell = row.get("reponse", "")
        if not cell:
            return [None] * len(names)
        if len(names) == 1:
            return [self._answer(cell)]
        parts = [part for part in _PARTS.split(cell) if part]
        if len(parts) == 1:
            return [self._answer(cell)] * len(names)
        if len(parts) != len(names):
            rule = f"{len(parts)} réponses pour {len(names)} structures : une par structure"
            raise _Wrong("reponse", rule)
        by_name = {fold(head): tail for head, _, tail in (p.partition(":") for p in parts)}
        if all(by_name.get(fold(name)) for name in names):
            parts = [by_name[fold(name)] for name in names]
        return [self._answer(part.strip()) for part in parts]

    def _answer(self, said: str) -> Heard:
        chosen = _REPLIES.get(self.settled.words.get((REPLY.code, said), ""))
        found = Heard(chosen) if chosen else answer_of(said)
        if found is None:
            self.asked[REPLY][said] += 1
            raise _Wrong("reponse", "réponse inconnue : dites ce qu’elle veut dire")
        return found


class _Wrong(Exception):
    def __init__(self, column: str, rule: str) -> None:
        super().__init__(rule)
        self.column, self.rule = column, rule


def _finder(matcher: Matcher, settled: Settled) -> Callable[[str], str]:
    def find(name: str) -> str:
        chosen = settled.words.get((NAMED.code, name))
        if chosen is not None:
            return chosen if chosen in matcher.structures else ""
        try:
            return matcher.structure(name).id
        except UnknownStructure:
            return ""

    return find


def _day(row: Mapping[str, str], column: str) -> date | None:
    said = row.get(column, "")
    if not said:
        return None
    found = day(said)
    if found is None:
        raise _Wrong(column, "date illisible : écrivez-la comme 31/01/2026")
    return found


def _of_standing(said: Standing | None, days: Mapping[str, date], alone: bool) -> Reaction:
    """Where a structure without an answer of its own stands, after its row."""
    if alone and "rencontre_le" in days:
        return Reaction(Step.MET)
    if said is None or not alone:
        return Reaction(Step.SENT)
    if said.state in _AFTER_MEETING:
        return Reaction(Step.MET)
    reason = said.reason if said.state is State.DECLINED else None
    return Reaction(_STEPS.get(said.state, Step.SENT), reason)


def _furthest(
    said: Standing | None, puts: Sequence[Asked], days: Mapping[str, date], row: Mapping[str, str]
) -> Standing:
    """How far the dossier went, as its status, its structures and its days say; closing aside."""
    if said and said.state is State.RECEIVED and (puts or set(days) - {"recu_le"}):
        other = next((c for c in days if c != "recu_le"), "structures")
        raise _Wrong("statut", f"« à traiter », alors que la colonne « {other} » est remplie")
    closed = said is not None and said.state is State.CLOSED
    if "clos_le" in days and not closed:
        raise _Wrong("clos_le", "date de clôture d’un dossier dont le statut n’est pas clos")
    found = [Standing(_HELD[put.step], put.reason) for put in puts]
    if not puts:  # whom it was is not said: the days alone tell how far it went
        for column, state in (("envoye_le", State.PROPOSED), ("rencontre_le", State.MET)):
            found += [Standing(state)] if column in days else []
    declined = bool(puts) and all(put.step is Step.DECLINED for put in puts)
    if said and not closed and not (declined and height(said) < height(Standing(State.MET))):
        found.append(said)
    if not found:
        return Standing(State.OPEN if closed or row.get("responsable") else State.RECEIVED)
    return max(found, key=height)
