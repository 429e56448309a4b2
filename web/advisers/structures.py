"""The sheet of a structure for advisers, the list of those that have one, and a file for plans.

Its form says whether it may be asked, how often, and how it is reached.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user
from sqlalchemy import select
from sqlalchemy.orm import Session
from wtforms import Field, StringField, TextAreaField
from wtforms.validators import ValidationError

from matcher.reports import Sheet, describe

from ..access import may_read
from ..answers.asking import whole
from ..answers.shelves import LONGEST_QUERY
from ..casework import clock
from ..casework.dossiers.dossiers import Stale
from ..casework.introductions import loads, memory
from ..casework.introductions.memory import LONGEST_PAUSE_DAYS, Memory, MemoryNote
from ..casework.persons.addresses import LONGEST_EMAIL, LONGEST_TELEPHONE, address_of
from ..casework.states import Declined, Step
from ..casework.store.memories import StructureMemory
from ..casework.store.tables import Introduction
from ..context import database, matcher, outside_of, shelves, structure_of
from ..protection import a_number, at_most, lines, one_line, trimmed
from .dossiers import desk
from .dossiers.followed import capacity, commune_of, load_of, name_of
from .files import spreadsheet
from .forms import LONGEST_COMMENT, Posted
from .history import label_of

NAMED = 20
"""Structures listed when a name means several."""
PLAN = (
    *("structure_id", "nom", "capacite", "en_cours", "capacite_dite", "sollicitees", "acceptees"),
    "suivi",
)
"""Columns of the file for a plan: `capacite` is what each structure can still take, `acceptees` how
many of the settled introductions (`sollicitees`) it accepted."""
MOST = 10_000
"""Largest capacity that is believed, as in a file of capacities."""


def add(pages: Blueprint) -> None:
    """Add the routes of this module."""
    pages.get("/structures")(structures)
    pages.get("/structures/<structure_id>")(structure_sheet)
    pages.post("/structures/<structure_id>")(structure_noted)
    pages.get("/structures-pour-un-plan.csv")(structures_file)


def structures() -> ResponseReturnValue:
    """List the structures that are not to be asked, and find the sheet of any other."""
    named = request.args.get("nom", "")[:LONGEST_QUERY].strip()
    matches = shelves.named(named) if named else []
    with database.reading() as session:
        aside = memory.unavailable(session, clock.now())
        return render_template(
            "advisers/structures.html",
            named=named,
            matches=matches[:NAMED],
            more=len(matches) > NAMED,
            aside=[(name_of(key), one) for key, one in aside.items()],
        )


def structure_sheet(structure_id: str) -> ResponseReturnValue:
    """Show what was asked of a structure, what it answered, and what it can take on."""
    return _show(structure_id)


def structure_noted(structure_id: str) -> ResponseReturnValue:
    """Write down whether it may be asked, how often, and how it is reached."""
    form, version = SheetForm(), whole(request.form.get("version", ""), 9)
    known = structure_of(structure_id)
    if version is None or known is None:
        abort(400)
    if not form.validate_on_submit():
        return _show(structure_id, 400, form)
    actor, today = current_user.id, known.id
    try:
        with database.writing() as session:
            memory.write(session, today, form.said, actor, version)
    except Stale as error:
        return _show(structure_id, 409, form, str(error))
    flash("La fiche de suivi est enregistrée.")
    return redirect(url_for("advisers.structure_sheet", structure_id=today), 303)


def structures_file() -> ResponseReturnValue:
    """Give what each structure can still take on, for `matcher plan --capacity`."""
    with database.reading() as session:
        rows = list(_rows(session))
    return spreadsheet("structures-pour-un-plan", "csv", "Structures", Sheet("Plan", PLAN, rows))


def _rows(session: Session) -> Iterator[tuple[Any, ...]]:
    now, said = clock.now(), capacity(session)
    asked = {one.structure_id: one for one in loads.loads(session, said, now)}
    kept = session.scalars(select(StructureMemory.structure_id)).all()
    settled = memory.settled(session)
    known = memory.memories(session, {*kept, *asked, *settled}, now)
    for key in sorted(known):
        if key not in matcher.structures:
            continue
        load = asked.get(key) or loads.of_counts(key, {}, said)
        accepted, total = settled.get(key, (0, 0))
        left = max(load.capacity - load.open, 0) if known[key].available else 0
        yield (
            key,
            name_of(key),
            left,
            load.open,
            "non" if load.supposed else "oui",
            *(total, accepted),
            _told(known[key]),
        )


def _told(one: Memory) -> str:
    if one.closed:
        return "ne plus solliciter"
    if one.paused_until:
        return f"en pause jusqu’au {one.paused_until:%d/%m/%Y}"
    if one.refusal:
        return f"a décliné le {clock.day_of(one.refusal.at):%d/%m/%Y} : {one.refusal.reason}"
    return ""


def _show(
    structure_id: str, status: int = 200, form: SheetForm | None = None, problem: str = ""
) -> ResponseReturnValue:
    known = structure_of(structure_id)
    today = known.id if known else structure_id
    with database.reading() as session:
        account = desk.me(session)
        kept, past = memory.find(session, today), memory.past(session, {today, structure_id})
        if known is None and kept is None and not past.introductions:
            abort(404)
        page = render_template(
            "advisers/structure.html",
            id=today,
            name=name_of(today),
            facts=describe(known, matcher) if known else None,
            outside=outside_of(today),
            memory=memory.memory_of(session, today, clock.now()),
            kept=kept,
            load=load_of(session, today),
            past=past,
            rows=[_row(one, may_read(account, one.dossier)) for one in past.introductions],
            form=form or SheetForm.of(kept),
            sent=form is not None,
            problem=problem,
            asked=ASKED,
            longest=LONGEST_COMMENT,
        )
        return page, status


def _row(one: Introduction, readable: bool) -> dict[str, Any]:
    """An introduction as colleagues may read it: no need, no note, no contact."""
    return {
        "introduction": one,
        "commune": commune_of(one.dossier),
        "reference": one.dossier.reference,
        "readable": readable,
        "who": ", ".join(member.name for member in one.dossier.members),
        "step": Step(one.step).label,
        "reason": label_of(Declined, one.reason) if one.reason else "",
    }


OPEN, PAUSED, CLOSED = "oui", "pause", "non"
ASKED = {
    OPEN: "Oui, on peut la solliciter",
    PAUSED: "Pas maintenant : en pause jusqu’à une date",
    CLOSED: "Non : ne plus solliciter",
}
"""Whether a structure may be introduced."""


class SheetForm(Posted):
    """What an adviser writes down of a structure."""

    sollicitable = StringField()
    jusqu_au = StringField(filters=[trimmed])
    capacite = StringField(filters=[trimmed])
    courriel = StringField(filters=[trimmed], validators=[at_most(LONGEST_EMAIL), one_line])
    telephone = StringField(
        filters=[trimmed], validators=[at_most(LONGEST_TELEPHONE), one_line, a_number]
    )
    remarque = TextAreaField(filters=[trimmed], validators=[at_most(LONGEST_COMMENT), lines])

    @classmethod
    def of(cls, known: StructureMemory | None) -> SheetForm:
        """The form as what is known fills it."""
        form = cls(formdata=None)
        form.sollicitable.data = OPEN
        if known is not None:
            until = known.paused_until
            if until is not None and until >= clock.today():
                form.sollicitable.data, form.jusqu_au.data = PAUSED, until.isoformat()
            if known.closed:
                form.sollicitable.data = CLOSED
            form.capacite.data = "" if known.capacity is None else str(known.capacity)
            form.courriel.data, form.telephone.data = known.email, known.telephone
            form.remarque.data = known.remark
        return form

    def validate_sollicitable(self, field: Field) -> None:
        """One of the three."""
        if field.data not in ASKED:
            raise ValidationError("Dites si la structure peut être sollicitée.")

    def validate_jusqu_au(self, field: Field) -> None:
        """A day to come, where a pause asks for it."""
        if self.sollicitable.data != PAUSED:
            return
        try:
            until = date.fromisoformat(field.data or "")
        except ValueError:
            raise ValidationError("Donnez le dernier jour de la pause.") from None
        today = clock.today()
        if not today <= until <= today + timedelta(days=LONGEST_PAUSE_DAYS):
            raise ValidationError(
                "Une pause finit aujourd’hui au plus tôt, dans trois ans au plus tard."
            )

    def validate_capacite(self, field: Field) -> None:
        """A whole number, or nothing."""
        found = whole(field.data or "", 5)
        if field.data and (found is None or found > MOST):
            raise ValidationError(f"La capacité est un nombre entier, de 0 à {MOST}.")

    def validate_courriel(self, field: Field) -> None:
        """A bare address, or nothing."""
        _read(field, address_of)

    @property
    def said(self) -> MemoryNote:
        """What a valid form says."""
        state: str = self.sollicitable.data
        return MemoryNote(
            paused_until=date.fromisoformat(self.jusqu_au.data) if state == PAUSED else None,
            closed=state == CLOSED,
            capacity=whole(self.capacite.data or "", 5),
            email=self.courriel.data or None,
            telephone=self.telephone.data or None,
            remark=(self.remarque.data or "").replace("\r\n", "\n") or None,
        )


def _read(field: Field, reader: Any) -> None:
    if field.data:
        try:
            field.data = reader(field.data)
        except ValueError as error:
            raise ValidationError(str(error)) from error
