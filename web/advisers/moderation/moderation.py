"""What visitors propose: the queue, one proposal with its record, and the decision on it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user
from sqlalchemy.orm import Session

from matcher import DataError
from matcher.upkeep import (
    ChangedRecord,
    EditedRecord,
    UnknownRecord,
    blank_project,
    blank_structure,
    find_record,
)

from ...casework import moderation
from ...casework.dossiers.dossiers import Stale
from ...casework.dossiers.inbox import RequestKind
from ...casework.moderation import Edit, ProposalState, Refused
from ...casework.states import Forbidden
from ...casework.store.tables import Account, Proposal
from ...context import database, matcher, shelves, typed_apart
from ..dossiers import desk
from ..forms import LONGEST_COMMENT, RefusalForm
from . import proposed, records
from .records import FormField

PUBLISH = "publier"
"""The gesture that publishes; the other one only checks."""
NOT_WRITTEN = (
    "Le catalogue n’a pas pu être écrit : rien n’est publié, et la proposition attend toujours. "
    "Réessayez dans un moment, puis prévenez la personne qui tient le site."
)


def add(pages: Blueprint) -> None:
    """Add the routes of this module."""
    pages.get("/propositions")(proposals)
    pages.get("/propositions/<proposition>")(proposal)
    pages.post("/propositions/<proposition>/accepter")(proposal_accepted)
    pages.post("/propositions/<proposition>/refuser")(proposal_refused)
    pages.post("/propositions/<proposition>/meme")(proposal_joined)


def proposals() -> ResponseReturnValue:
    """List what waits, the oldest first, and the last decisions."""
    with database.reading() as session:
        return render_template(
            "advisers/proposals.html",
            waiting=moderation.waiting(session),
            decided=moderation.decided(session),
            verdicts=ProposalState,
            kinds=RequestKind,
            place=records.place,
        )


def proposal(proposition: str) -> ResponseReturnValue:
    """Show what the visitor wrote, the record as it is, and the form that would publish it."""
    with database.reading() as session:
        found = moderation.find(session, proposition)
        record = _record(found, request.args.get("fiche", ""))
        fields = _entries(found, record)
        return _page(session, found, record, fields)


def proposal_accepted(proposition: str) -> ResponseReturnValue:
    """Check the record and show what would change; publish it when that is asked for."""
    with database.reading() as session:
        found = moderation.find(session, proposition)
        record = _record(found, request.form.get("fiche", ""))
        if record is None:
            return _page(session, found, None, [], "Choisissez la fiche à corriger.", 400)
        fields = records.sent(record, request.form)
        if proposed.ways_asked(found, record):
            fields += proposed.ways_sent(found, record, _folder(), request.form)
        edit = _edit(found, record, fields)
        trouble, status = "", 400 if any(entry.errors for entry in fields) else 200
        # What is published is what was shown: fields changed since are shown first.
        seen = request.form.get("vue") == records.seal(fields)
        publish = seen and request.form.get("geste") == PUBLISH
        if status == 200 and found.verdict == ProposalState.PENDING and not publish:
            trouble, status = _check(
                lambda: moderation.publish(matcher, _folder(), proposition, edit, False), fields
            )
        if status != 200 or not publish:
            return _page(session, found, record, fields, trouble, status, checked=status == 200)
    trouble, status = _check(lambda: _publish(proposition, edit), fields)
    if status == 200:
        current_app.extensions["freshness"].renew()
        flash("La fiche est publiée : elle est visible sur le site.")
        return redirect(url_for("advisers.proposal", proposition=proposition), 303)
    with database.reading() as session:
        found = moderation.find(session, proposition)
        with suppress(UnknownRecord):
            record = find_record(_folder(), record.id) if edit.record else record
        return _page(session, found, record, fields, trouble, status)


def proposal_refused(proposition: str) -> ResponseReturnValue:
    """Refuse a proposal, for a reason of the list."""
    form = RefusalForm()
    reason, comment = form.motif.data or "", form.commentaire.data
    trouble, status = "", 400
    if form.validate_on_submit():
        try:
            with database.writing() as session:
                found = moderation.to_decide(session, proposition, desk.version_sent())
                moderation.refuse(session, found, reason, comment, current_user.id)
        except Stale as error:
            trouble, status = str(error), 409
        else:
            flash("La proposition est refusée.")
            return redirect(url_for("advisers.proposals"), 303)
    with database.reading() as session:
        found = moderation.find(session, proposition)
        record = _record(found, request.form.get("fiche", ""))
        fields = _entries(found, record)
        wrong = {name: " ".join(said) for name, said in form.errors.items()}
        refusal = {"motif": reason, "commentaire": comment, "wrong": wrong}
        return _page(session, found, record, fields, trouble, status, refusal=refusal)


def proposal_joined(proposition: str) -> ResponseReturnValue:
    """Say that a structure outside of the directory is one of it: its dossiers then name that."""
    named = request.form.get("fiche", "")
    if named not in matcher.structures:
        raise Forbidden("Cette fiche n’est plus au catalogue.")
    with database.writing() as session:
        found = moderation.to_decide(session, proposition, desk.version_sent())
        moderation.join(session, found, matcher.structures[named].id, current_user.id)
    flash("C’est noté : les dossiers nomment désormais cette fiche.")
    return redirect(url_for("advisers.proposal", proposition=proposition), 303)


def _folder() -> Path:
    return Path(current_app.config["DATA"])


def _record(found: Proposal, asked: str) -> EditedRecord | None:
    """The record of a proposal, as it is on the disk; None while it is not known which."""
    if found.kind == RequestKind.PROJECT.value:
        return blank_project(found.reference)
    if found.kind == RequestKind.STRUCTURE.value and not found.record:
        return blank_structure(found.content["titre"])
    named = found.record or found.content.get("fiche") or asked.strip()
    try:
        return find_record(_folder(), named) if named else None
    except UnknownRecord:
        return None


def _entries(found: Proposal, record: EditedRecord | None) -> list[FormField]:
    """The form as it begins: nothing while it is not known which record it is."""
    if record is None:
        return []
    fields = records.entries(record, proposed.values(found, record))
    return fields + (
        proposed.way_entries(found, record, _folder()) if proposed.ways_asked(found, record) else []
    )


def _edit(found: Proposal, record: EditedRecord, fields: list[FormField]) -> Edit:
    correction = found.kind == RequestKind.CORRECTION.value
    changed = records.changes(fields) if correction else fields
    values = {entry.name: entry.value for entry in changed}
    structure = found.kind == RequestKind.STRUCTURE.value
    said = {n: told for n, told in values.items() if n in proposed.LABELS and (told or correction)}
    return Edit(
        record=record.id if correction else None,
        fields={name: value for name, value in values.items() if name not in proposed.LABELS},
        version=request.form.get("lue", "") or None,
        contacts=said,
        structure=structure,
    )


def _publish(reference: str, edit: Edit) -> None:
    version = desk.version_sent()
    with database.writing() as session:
        found = moderation.to_decide(session, reference, version)
        moderation.accept(session, matcher, _folder(), found, edit, current_user.id)


def _check(act: Any, fields: list[FormField]) -> tuple[str, int]:
    """Do it; what is refused goes beside its field, what is not of a field is the trouble."""
    try:
        act()
    except DataError as error:
        by_name = {entry.name: entry for entry in fields}
        others = []
        for fault in error.faults:
            if fault.column in by_name:
                rule = f"{fault.rule[0].upper()}{fault.rule[1:]}"
                by_name[fault.column].errors.append(rule if rule[-1] in ".…" else f"{rule}.")
            else:
                others.append(str(fault))
        return "\n".join(dict.fromkeys(others)), 400
    except (Stale, ChangedRecord) as error:
        return str(error), 409
    except UnknownRecord:
        return "Cette fiche n’est plus au catalogue : rien n’est publié.", 409
    except OSError:
        current_app.logger.exception("catalogue non écrit")
        return NOT_WRITTEN, 503
    return "", 200


def _address(record_id: str) -> str:
    """The public page of a record."""
    if record_id in matcher.structures:
        return url_for("public.structure", structure_id=record_id)
    return url_for("public.project", project_id=record_id)


def _page(
    session: Session,
    found: Proposal,
    record: EditedRecord | None,
    fields: list[FormField],
    trouble: str = "",
    status: int = 200,
    checked: bool = False,
    refusal: Mapping[str, Any] | None = None,
) -> ResponseReturnValue:
    correction = found.kind == RequestKind.CORRECTION.value
    values = {entry.name: entry.value for entry in fields}
    asked = request.values.get("chercher", "") or found.content.get("titre") or ""
    page = render_template(
        "advisers/proposal.html",
        proposal=found,
        verdict=ProposalState(found.verdict),
        pending=found.verdict == ProposalState.PENDING,
        correction=correction,
        outside=found.kind == RequestKind.STRUCTURE.value,
        concerned=moderation.dossiers_of(session, found),
        record=record,
        fields=fields,
        first_way=next(iter(proposed.LABELS)),
        changed=records.changes(fields),
        alike=proposed.projects_alike(values, (record.id, found.record)) if record else [],
        twins=proposed.structures_alike({**record.fields, **values}, (record.id, found.record))
        if record
        else [],
        named=proposed.records_named(asked) if correction and record is None else [],
        asked=asked,
        trouble=trouble,
        checked=records.seal(fields) if checked else "",
        refusal=refusal or {"motif": "", "commentaire": "", "wrong": {}},
        refused=Refused,
        typed=typed_apart(found.typed, found.content.get("commune") or ""),
        by=session.get(Account, found.account_id) if found.account_id else None,
        place=records.place,
        publish=PUBLISH,
        longest=LONGEST_COMMENT,
        # What the visitor wrote of a project is in the form; its record exists once published.
        published=found.record if found.record in shelves.projects else None,
        structure=found.record if found.record in matcher.structures else None,
        public_page=_address(record.id) if record and correction else "",
    )
    return page, status
