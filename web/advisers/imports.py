"""A file of needs: read, shown, then stored. Nothing is kept of it in between.

The page that shows what was read brings the file along, and sends it back to be stored: what is
stored is what was shown, and a file that nobody confirms is nowhere.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from contextlib import suppress
from typing import Any

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from matcher import DataError, Stage, Theme
from matcher.catalogue import french

from ..casework.dossiers import imports
from ..casework.dossiers.imports import FILE_MAX, MOST, FileReading
from ..casework.followups.told import Settled
from ..context import database, matcher
from . import settling
from .dossiers.desk import me

SHOWN = 20
"""Rows of a file that are shown, read or refused."""
ROOM = 2 * FILE_MAX
"""Bytes of a request that brings a file: base64 makes a third more of it."""
ROOMY = ("advisers.imports_checked", "advisers.imports_stored", "advisers.imports_refused")
LONGEST_NAME = 100
FORMS = {
    ".csv": "text/csv",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
"""What a browser is told of a file of refused rows."""


def add(pages: Blueprint) -> None:
    """Add the routes of this module."""
    pages.url_value_preprocessor(make_room)
    pages.get("/importer")(imports_page)
    pages.post("/importer")(imports_checked)
    pages.post("/importer/dossiers")(imports_stored)
    pages.post("/importer/refus.csv")(imports_refused)


def make_room(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """Let the requests that bring a file be larger than a form."""
    if endpoint in ROOMY:
        request.max_content_length = request.max_form_memory_size = ROOM


def imports_page() -> ResponseReturnValue:
    """Ask for a file, and say what it has to hold."""
    return _page()


def imports_checked() -> ResponseReturnValue:
    """Show what a file holds, and what would be refused of it."""
    sent = request.files.get("fichier")
    if "contenu" in request.form:
        data, name = _file_sent_back()
        return _checked(data, name, settling.sent())
    if sent is None or not sent.filename:
        return _page(["Choisissez un fichier."]), 400
    data = sent.stream.read(FILE_MAX + 1)
    if len(data) > FILE_MAX:
        return _page([f"Ce fichier dépasse {FILE_MAX // 2**20} Mo : partagez-le."]), 400
    return _checked(data, _shortened(sent.filename), Settled())


def imports_stored() -> ResponseReturnValue:
    """Open the dossiers of a file that was shown, as it was shown."""
    data, name = _file_sent_back()
    settled = settling.sent()
    if request.form.get(settling.SEEN) != settling.seal(settled):
        return _checked(data, name, settled, changed=True)
    reading = _read(data, name, settled)

    def keep(session: Session) -> imports.Stored:
        taken = settling.taken(session, reading, name, settled) if reading.followed else None
        return imports.store(session, reading.declared, me(session), taken)

    stored = database.keep(keep)
    said = [french.counted(len(stored.opened), "dossier ouvert", "dossiers ouverts")]
    if stored.known:
        said.append(french.counted(len(stored.known), "besoin déjà connu", "besoins déjà connus"))
    if reading.faults:
        said.append(french.counted(len(reading.faults), "ligne refusée", "lignes refusées"))
    flash(f"« {name} » : {', '.join(said)}.")
    return redirect(url_for("advisers.imports_page"), 303)


def imports_refused() -> ResponseReturnValue:
    """Give the refused rows as a file: mended, it may be sent again."""
    reading = _read(*_file_sent_back(), settling.sent())
    response = Response(reading.refused, mimetype=FORMS[reading.extension])
    named = f"attachment; filename=lignes-refusees{reading.extension}"
    response.headers["Content-Disposition"] = named
    return response


def _checked(
    data: bytes, name: str, settled: Settled, *, changed: bool = False
) -> ResponseReturnValue:
    """The page that shows what was read; of a file that lacks a column, that asks which it is."""
    try:
        reading = imports.read(data, name, matcher, settled)
    except DataError as error:
        return _page(str(error).split("\n"), data, name, settled), 400
    columns = settling.columns(data, name, settled)
    # The page sends back each of its columns as it is shown.
    settled = settling.as_shown(settled, columns)
    with database.reading() as session:
        taken = settling.taken(session, reading, name, settled)
        return render_template(
            "advisers/import_checked.html",
            name=name,
            data=urlsafe_b64encode(data).decode(),
            reading=reading,
            known=len(imports.known(session, reading.declared)),
            repeated=imports.repeated(reading.declared),
            rows=settling.rows(reading, taken, session, SHOWN),
            groups=settling.groups(session, reading, settled),
            columns=columns,
            names=settling.NAMES,
            alike=list(settling.alike(session, me(session), reading)),
            outcomes=settling.outcomes(reading),
            undated=settling.undated(reading),
            unagreed=settling.unagreed(reading),
            left=sorted(settled.left),
            seal=settling.seal(settled),
            changed=changed,
            shown=SHOWN,
        )


def _read(data: bytes, name: str, settled: Settled) -> FileReading:
    """Read again what the page brought along."""
    try:
        return imports.read(data, name, matcher, settled)
    except DataError:
        abort(400)  # what our page does not send


def _file_sent_back() -> tuple[bytes, str]:
    """The file that the page brought along."""
    name = _shortened(request.form.get("nom", ""))
    try:
        data = urlsafe_b64decode(request.form.get("contenu", "").encode("ascii"))
    except (NotBase64, ValueError):
        abort(400)
    return data[: FILE_MAX + 1], name


def _shortened(name: str) -> str:
    return "".join(filter(str.isprintable, name))[-LONGEST_NAME:] or "besoins.csv"


def _page(
    problems: list[str] | None = None,
    data: bytes = b"",
    name: str = "",
    settled: Settled | None = None,
) -> str:
    columns: list[tuple[str, str, str]] = []
    if data:
        with suppress(DataError):  # no table at all
            columns = settling.columns(data, name, settled or Settled())
    return render_template(
        "advisers/imports.html",
        problems=problems or [],
        columns=columns,
        names=settling.NAMES,
        name=name,
        data=urlsafe_b64encode(data).decode(),
        longest=imports.LONGEST,
        most=MOST,
        megabytes=FILE_MAX // 2**20,
        themes=list(Theme),
        stages=list(Stage),
    )
