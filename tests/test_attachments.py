"""Files of a dossier: of a few types, with its rights, gone with it, never shown as a page."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import pytest
from casework import Clock, Space, token_of
from docx import Document
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from test_introductions import Pages
from test_retention import bytes_of
from werkzeug.test import TestResponse
from xlsxwriter import Workbook

from web.access import Role
from web.casework import audit
from web.casework.dossiers import dossiers
from web.casework.letters import attachments
from web.casework.letters.attachments import KINDS, LARGEST, LONGEST_NAME, kind_of, name_of
from web.casework.persons import contacts, erasures, retention
from web.casework.states import Forbidden
from web.casework.store import backup
from web.casework.store.database import Database
from web.casework.store.memories import Attachment
from web.casework.store.tables import Account

PDF = b"%PDF-1.7\nune halle, vue du nord\n%%EOF"


def word() -> bytes:
    """A document of Word."""
    Document().save(made := io.BytesIO())
    return made.getvalue()


def excel() -> bytes:
    """A workbook of Excel."""
    made = io.BytesIO()
    with Workbook(made) as book:
        book.add_worksheet()
    return made.getvalue()


def packed(**parts: bytes) -> bytes:
    """An archive of these parts."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return made.getvalue()


def with_part(content: bytes, part: str) -> bytes:
    """An office file with one part more."""
    made = io.BytesIO(content)
    with zipfile.ZipFile(made, "a") as archive:
        archive.writestr(part, b"x")
    return made.getvalue()


SOUND = {
    "plan.pdf": PDF,
    "halle.png": b"\x89PNG\r\n\x1a\n\x00",
    "halle.JPEG": b"\xff\xd8\xff\xe0\x00",
    "délibération.docx": word(),
    "budget.xlsx": excel(),
    "note.odt": packed(mimetype=b"application/vnd.oasis.opendocument.text"),
    "budget.ods": packed(mimetype=b"application/vnd.oasis.opendocument.spreadsheet"),
}
FAULTY = {
    "programme.exe": b"MZ",
    "page.html": b"<script>alert(1)</script>",
    "image.svg": b"<svg onload=alert(1)>",
    "sans-nom": PDF,
    "page.pdf": b"<!doctype html><script>alert(1)</script>",
    "programme.pdf": b"MZ" + PDF,
    "photo.png": PDF,
    "vide.pdf": b"",
    "lourd.pdf": PDF + b"0" * LARGEST,
    "classeur.docx": excel(),
    "archive.docx": packed(a=b"x"),
    "coupé.docx": word()[:200],
    "macro.docx": with_part(word(), "word/vbaProject.bin"),
    "macro.ods": with_part(SOUND["budget.ods"], "Basic/Standard/Module1.xml"),
}


@pytest.mark.parametrize("name", SOUND)
def test_a_file_that_is_what_its_name_says_is_taken(name: str) -> None:
    assert kind_of(name_of(name), SOUND[name]) in KINDS


@pytest.mark.parametrize("name", FAULTY)
def test_any_other_file_is_refused_in_french(name: str) -> None:
    with pytest.raises(Forbidden, match=r"« |Le nom"):
        kind_of(name_of(name), FAULTY[name])


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("C:\\Mes documents\\plan.PDF", "plan.pdf"),
        ("../../etc/plan.pdf", "plan.pdf"),
        ("plan\u202efdp.exe.pdf", "planfdp.exe.pdf"),
        ("a\r\nSet-Cookie: x.pdf", "a Set-Cookie_ x.pdf"),
        ("..pdf.pdf", "pdf.pdf"),
        ("x" * 500 + ".pdf", "x" * (LONGEST_NAME - 4) + ".pdf"),
    ],
)
def test_a_name_holds_no_folder_and_nothing_unseen(sent: str, kept: str) -> None:
    assert name_of(sent) == kept


@given(st.text(max_size=300))
def test_any_name_is_kept_short_and_on_one_line_or_refused(sent: str) -> None:
    try:
        kept = name_of(f"{sent}.pdf")
    except Forbidden:
        return
    assert len(kept) <= LONGEST_NAME and kept.isprintable()
    assert not set(kept) & set('/\\<>:"|?*')


def joined(
    pages: Pages, name: str, content: bytes, client: FlaskClient | None = None
) -> TestResponse:
    """Send a file with the form of the page of a dossier."""
    one = client or pages.lea
    token = token_of(one.get("/espace/besoin").text)
    form = {"csrf_token": token, "version": "1", "piece": (io.BytesIO(content), name)}
    return one.post(f"{pages.dossier}/pieces", data=form)


def number_of(pages: Pages) -> int:
    with pages.space.database.reading() as session:
        dossier = dossiers.find(session, pages.reference)
        return attachments.of(session, dossier)[0].id


def test_a_member_joins_a_file_and_has_it_back_as_it_came(space: Space, clock: Clock) -> None:
    pages = Pages(space)
    assert joined(pages, "délibération.docx", SOUND["délibération.docx"]).status_code == 303
    page = pages.lea.get(pages.dossier).text
    assert "délibération.docx" in page and "Document Word, " in page
    answer = pages.lea.get(f"{pages.dossier}/pieces/{number_of(pages)}")
    assert answer.data == SOUND["délibération.docx"]
    named = "attachment; filename*=UTF-8''d%C3%A9lib%C3%A9ration.docx"
    assert answer.headers["Content-Disposition"] == named
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer.headers["Cache-Control"] == "no-store"
    assert joined(pages, "la-meme.docx", SOUND["délibération.docx"]).status_code == 303
    with space.database.reading() as session:
        assert len(session.scalars(select(Attachment)).all()) == 1, "the same file is one"
        entries = audit.history(session, pages.reference)
    (entry,) = [one for one in entries if one.action == audit.Action.ATTACHED]
    assert json.loads(entry.details)["type"] == "docx"
    assert "délibération" not in entry.details


def test_a_file_of_another_type_is_refused_and_leaves_nothing(space: Space, clock: Clock) -> None:
    pages = Pages(space)
    answer = joined(pages, "page.html", FAULTY["page.html"])
    assert answer.status_code == 409
    assert "type non accepté" in answer.text
    assert joined(pages, "", b"").status_code == 409
    assert joined(pages, "lourd.pdf", b"%PDF-" + b"0" * (LARGEST + 2**17)).status_code == 413
    with space.database.reading() as session:
        assert session.scalars(select(Attachment)).all() == []


def test_a_dossier_keeps_so_many_files(
    space: Space, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages = Pages(space)
    monkeypatch.setattr(attachments, "MOST", 1)
    assert joined(pages, "un.pdf", PDF).status_code == 303
    assert "1 pièces au plus" in joined(pages, "deux.pdf", PDF + b"2").text
    monkeypatch.setattr(attachments, "MOST", 2)
    monkeypatch.setattr(attachments, "MEGABYTES", 0)
    assert "toutes ensemble" in joined(pages, "deux.pdf", PDF + b"2").text


def test_a_file_has_the_rights_of_its_dossier(space: Space, clock: Clock) -> None:
    pages = Pages(space)
    joined(pages, "plan.pdf", PDF)
    address = f"{pages.dossier}/pieces/{number_of(pages)}"
    other = Pages(space, token="autre")
    zoe, max_ = space.client("zoe"), space.client("max", Role.LEAD)
    assert zoe.get(address).status_code == 404
    assert max_.get(address).data == PDF, "a lead reads it as the contact"
    assert pages.lea.get(address.replace(pages.reference, other.reference)).status_code == 404
    assert joined(pages, "plan.pdf", PDF, zoe).status_code == 404
    assert joined(pages, "plan.pdf", PDF, max_).status_code == 409
    waiting = space.receive("attend")
    with space.database.writing() as session:
        found = dossiers.find(session, waiting)
        author = session.scalars(select(Account)).first()
        assert author is not None
        one = attachments.attach(session, found, author, "plan.pdf", PDF)
        number = one.id
    assert zoe.get(f"/espace/dossiers/{waiting}/pieces/{number}").status_code == 404
    assert "plan.pdf" not in zoe.get(f"/espace/dossiers/{waiting}").text


def test_a_file_is_taken_out_for_good(space: Space, clock: Clock) -> None:
    pages = Pages(space)
    joined(pages, "plan.pdf", PDF)
    number = number_of(pages)
    for _ in range(2):  # sent twice, it is gone once
        token = token_of(pages.lea.get("/espace/besoin").text)
        form = {"csrf_token": token, "version": "1"}
        path = f"{pages.dossier}/pieces/{number}/retirer"
        assert pages.lea.post(path, data=form).status_code == 303
    assert pages.lea.get(f"{pages.dossier}/pieces/{number}").status_code == 404
    if space.database.is_sqlite:
        assert PDF not in bytes_of(space.database)


@pytest.mark.parametrize("way", ["conservation", "contact"])
def test_files_go_with_what_is_erased(space: Space, clock: Clock, way: str) -> None:
    pages = Pages(space)
    joined(pages, "plan.pdf", PDF)
    kept = Pages(space, token="autre", courriel="autre@ville.fr")
    joined(kept, "photo.png", SOUND["halle.png"])
    if way == "conservation":
        clock.wait(days=3 * 366)
        with space.database.writing() as session:
            dossiers.to_change(session, kept.reference, None)
        with space.database.writing() as session:
            retention.erase_outdated(session)
    else:
        with space.database.writing() as session:
            assert contacts.erase(session, "mairie@ville.fr").attachments == 1
    retention.wipe(space.database)
    with space.database.reading() as session:
        assert [one.name for one in session.scalars(select(Attachment))] == ["photo.png"]
    if space.database.is_sqlite:
        assert PDF not in bytes_of(space.database)


def test_a_name_is_masked_in_the_name_of_a_file(space: Space, clock: Clock) -> None:
    pages = Pages(space)
    joined(pages, "CV de Jeanne Exemple.pdf", PDF)
    with space.database.writing() as session:
        found = dossiers.find(session, pages.reference)
        assert erasures.mask(session, found, "jeanne exemple", found.members[0].id) == 1
        assert attachments.of(session, found)[0].name == f"CV de {erasures.MASKED}.pdf"


def test_what_was_taken_away_does_not_come_back_with_an_older_backup(
    space: Space, clock: Clock, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    pages = Pages(space, besoin="Jeanne d’Exemple (06.11 22 33 44) ouvre un café, dit-elle.")
    joined(pages, "plan.pdf", PDF)
    joined(pages, "photo.png", SOUND["halle.png"])
    backup.back_up(space.database, tmp_path / "s")
    clock.wait(hours=1)
    with space.database.writing() as session:
        found = dossiers.find(session, pages.reference)
        actor = found.members[0].id
        erasures.mask(session, found, "JEANNE   d’exemple", actor)
        erasures.mask(session, found, "+33 6 11 22 33 44", actor)
        attachments.remove(session, found, attachments.of(session, found)[-1].id, actor)
    vault = space.database.vault
    assert vault is not None
    register = (vault.folder / "effacements.jsonl").read_text(encoding="utf-8").lower()
    assert "jeanne" not in register and "11 22" not in register
    if space.database.is_sqlite:
        target = Database(f"sqlite:///{tmp_path / 'autre.sqlite'}", vault)
    else:
        url = request.getfixturevalue("postgresql").new_base()
        target = Database(url, vault)
    told: list[str] = []
    backup.restore(target, tmp_path / "s", tell=told.append)
    assert told == [
        "2 noms masqués depuis cette sauvegarde : masqués de nouveau.",
        "1 pièce retirée depuis cette sauvegarde : retirée de nouveau.",
    ]
    with target.reading() as session:
        found = dossiers.find(session, pages.reference)
        assert found.need == f"{erasures.MASKED} ([numéro effacé]) ouvre un café, dit-elle."
        assert [one.name for one in attachments.of(session, found)] == ["photo.png"]
        assert attachments.of(session, found)[0].content == SOUND["halle.png"]
        assert audit.verify(session).faults == ()
    target.engine.dispose()
