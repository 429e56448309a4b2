"""The page of a dossier, and what members do there: take it, move it, write notes.

A lead also says who works on it, and may open its notes for a reason that is logged.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from flask import Blueprint, flash, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from matcher import Stage, Theme
from matcher.catalogue import french

from ...access import (
    CASEWORK,
    may_change,
    may_open_notes,
    may_read_contact,
    may_read_notes,
    roles_of,
)
from ...answers.asking import Form
from ...casework import audit
from ...casework.audit import Action
from ...casework.dossiers import desks, dossiers, parties, refinements, same
from ...casework.dossiers.dossiers import UnknownDossier
from ...casework.persons import erasures, retention
from ...casework.states import CHOSEN, REASONS, TRANSITIONS, Discarded, Outcome, State
from ...casework.store.database import Unavailable
from ...casework.store.tables import Account, Dossier, Note
from ...context import database, department_name, matcher, place_named, typed_apart
from ..forms import (
    LONGEST_COMMENT,
    LONGEST_NOTE,
    MembersForm,
    NoteForm,
    NotesOpened,
    OpenNotesForm,
    SameForm,
    StateForm,
)
from ..history import ORIGINS, events, heard_of, label_of
from . import collective, desk, needs
from .desk import Desk
from .needs import SOURCES, KnownDossier
from .shortlist import shortlist


def add(pages: Blueprint) -> None:
    """Add the routes of this module."""
    pages.get("/dossiers/<reference>")(dossier)
    pages.post("/dossiers/<reference>/prendre")(dossier_taken)
    pages.post("/dossiers/<reference>/etat")(dossier_moved)
    pages.post("/dossiers/<reference>/meme")(dossier_linked)
    pages.post("/dossiers/<reference>/notes")(dossier_noted)
    pages.post("/dossiers/<reference>/masquer")(dossier_masked)
    pages.post("/dossiers/<reference>/membres")(dossier_members)
    pages.post("/dossiers/<reference>/notes/ouvrir")(dossier_notes_opened)
    pages.get("/mes-notes")(my_notes)


def dossier(reference: str) -> ResponseReturnValue:
    """Show a dossier."""
    return show(reference)


def show(reference: str, status: int = 200, **forms: Any) -> ResponseReturnValue:
    """Show a dossier; `forms` are those that were sent and have to be changed."""
    with desk.read(reference) as opened:
        page = render(opened, status, **forms)
        known = desks.is_seen(opened.session, opened.dossier, opened.account.id)
        is_ours = may_change(opened.account, opened.dossier)
    if is_ours and not known:
        with suppress(IntegrityError, Unavailable), database.writing() as session:
            # As it was shown, not as somebody may have changed it meanwhile.
            desks.mark_seen(session, opened.dossier, opened.account.id)
    return page


def render(opened: Desk, status: int = 200, **more: Any) -> ResponseReturnValue:
    """Show a dossier that is open."""
    session, account, found = opened
    state = State(found.state)
    page = render_template(
        "advisers/dossier.html",
        dossier=found,
        state=state,
        heard=heard_of(found),
        reason=label_of(REASONS[state], found.reason) if state in REASONS else "",
        origin=ORIGINS.get(found.origin, found.origin),
        commune=matcher.territory.communes.get(found.commune),
        place=place_named(found.commune, found.places),
        group=collective.members_of(session, account, found),
        joined=_joined(opened),
        outcomes=Outcome,
        sources=SOURCES,
        typed=typed_apart(found.typed, found.commune),
        department_name=department_name,
        asked=Form(
            found.places or found.commune,
            found.need,
            tuple(found.themes),
            found.stage or "",
            tuple(found.excluded),
        ),
        themes=[Theme(code).label for code in found.themes if code in set(Theme)],
        stage=Stage(found.stage).label if found.stage in set(Stage) else "",
        structures=matcher.structures,
        list=shortlist(found),
        transitions=[(after, CHOSEN.get(after)) for after in TRANSITIONS[state]],
        discarded_reasons=Discarded,
        may_change=may_change(account, found),
        may_read_contact=may_read_contact(account, found),
        may_open_notes=may_open_notes(account),
        notes_reasons=NotesOpened,
        colleagues=_colleagues(session, found.members) if may_open_notes(account) else (),
        events=events(session, found),
        neighbours=[
            one
            for one in needs.neighbours(
                session, account, same.communes_of(found), dossiers.need_of(found), found.reference
            )
            if one.reference not in {party.reference for party in found.parties}
        ],
        linked=needs.linked(session, account, found),
        longest_note=LONGEST_NOTE,
        longest_comment=LONGEST_COMMENT,
        **{"notes": _notes(opened), "opened_for": "", **more},
    )
    return page, status


def dossier_taken(reference: str) -> ResponseReturnValue:
    """Take charge of a dossier that waits; a lead may join any."""
    try:
        with desk.change(reference, by_members=False) as (session, account, found):
            dossiers.take(session, found, account)
    except UnknownDossier:
        # The same words for a dossier of somebody else and for none: nothing is given away.
        return render_template("advisers/gone.html"), 404
    return desk.back(reference)


def dossier_moved(reference: str) -> ResponseReturnValue:
    """Move a dossier to another state."""
    form = StateForm()
    if not form.validate_on_submit():
        return show(reference, 400, state_form=form)
    with desk.change(reference) as (session, account, found):
        after = State(form.etat.data)
        if after is State.OPEN:
            parties.check_apart(session, found)
        if form.double.data:
            same.link(session, found, form.double.data, account.id)
        dossiers.move(session, found, after, account.id, form.motif.data or None)
    return desk.back(reference, "etat")


def dossier_linked(reference: str) -> ResponseReturnValue:
    """Say which dossier holds the same need."""
    form = SameForm()
    if not form.validate_on_submit():
        return show(reference, 400, same_form=form)
    with desk.change(reference) as (session, account, found):
        same.link(session, found, form.meme.data, account.id)
    return desk.back(reference, "commune")


def dossier_noted(reference: str) -> ResponseReturnValue:
    """Add a case note."""
    form = NoteForm()
    if not form.validate_on_submit():
        return show(reference, 400, note_form=form)
    read = desk.version_sent()
    with desk.change(reference, as_read=False) as (session, account, found):
        refinements.add_note(session, found, account, form.texte.data, read)
    return desk.back(reference, "notes")


def dossier_masked(reference: str) -> ResponseReturnValue:
    """Take a name away from the texts of a dossier."""
    with desk.change(reference) as (session, account, found):
        count = erasures.mask(session, found, request.form.get("nom", ""), account.id)
    retention.wipe(database)
    flash(f"Nom masqué : {french.counted(count, 'texte corrigé', 'textes corrigés')}.")
    return desk.back(reference, "notes")


def dossier_members(reference: str) -> ResponseReturnValue:
    """Say who works on a dossier."""
    chosen = set(MembersForm().membre.data or ())
    with desk.change(reference, by_members=False) as (session, account, found):
        known = _colleagues(session, found.members)
        members = [one for one in known if str(one.id) in chosen]
        if members:
            dossiers.set_members(session, found, members, account.id)
    if not members:
        return show(reference, 400, members_error="Choisissez au moins une personne.")
    return desk.back(reference, "equipe")


def dossier_notes_opened(reference: str) -> ResponseReturnValue:
    """Show once, to a lead, the notes of a dossier that is not theirs; the log keeps why."""
    form = OpenNotesForm()
    if not form.validate_on_submit():
        return show(reference, 400, open_form=form)
    with database.writing() as session:
        account = desk.me(session)
        found = dossiers.find(session, reference)
        reason = NotesOpened(form.motif.data)
        audit.record(session, Action.NOTES_OPENED, account.id, reference, motif=reason.value)
        opened = Desk(session, account, found)
        return render(opened, notes=list(found.notes), opened_for=reason.label)


def my_notes() -> ResponseReturnValue:
    """Show the notes of who is signed in, also those of dossiers that they left."""
    with database.reading() as session:
        account = desk.me(session)
        written = session.execute(
            select(Note, Dossier)
            .join(Dossier, Dossier.id == Note.dossier_id)
            .where(Note.author_id == account.id)
            .order_by(Note.id.desc())
        ).all()
        return render_template(
            "advisers/my_notes.html",
            written=[(note, found, may_change(account, found)) for note, found in written],
        )


def _joined(opened: Desk) -> KnownDossier | None:
    """The collective dossier in which this one is followed, as one may know it."""
    group = parties.collective_of(opened.session, opened.dossier)
    return needs.shown(group, opened.account, None) if group is not None else None


def _notes(opened: Desk) -> Sequence[Note]:
    """Those that one may read: all for a member, their own for who wrote some."""
    if may_read_notes(opened.account, opened.dossier):
        return opened.dossier.notes
    return [note for note in opened.dossier.notes if note.author_id == opened.account.id]


def _colleagues(session: Session, members: Sequence[Account]) -> list[Account]:
    """Who may work on a dossier, and who already does."""
    return [
        account
        for account in session.scalars(select(Account).order_by(Account.name, Account.id))
        if account in members or (account.active and roles_of(account) & CASEWORK)
    ]
