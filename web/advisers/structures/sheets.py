"""The sheet of a structure for advisers, the list of those that have one, and a file for plans."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user
from sqlalchemy import select
from sqlalchemy.orm import Session

from matcher.reports import Sheet, describe

from ...access import may_read
from ...answers.asking import whole
from ...answers.shelves import LONGEST_QUERY
from ...casework import clock
from ...casework.dossiers.dossiers import Stale
from ...casework.introductions import loads, memory
from ...casework.introductions.memory import Memory
from ...casework.states import Declined, Step
from ...casework.store.memories import StructureMemory
from ...casework.store.tables import Introduction
from ...context import database, matcher, outside_of, shelves, structure_of
from ..dossiers import desk
from ..dossiers.followed import capacity, commune_of, load_of, name_of
from ..files import spreadsheet
from ..forms import LONGEST_COMMENT
from ..history import label_of
from .form import ASKED, SheetForm

NAMED = 20
"""Structures listed when a name means several."""
PLAN = (
    *("structure_id", "nom", "capacite", "en_cours", "capacite_dite", "sollicitees", "acceptees"),
    "suivi",
)
"""Columns of the file for a plan: `capacite` is what each structure can still take, `acceptees` how
many of the settled introductions (`sollicitees`) it accepted."""


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
