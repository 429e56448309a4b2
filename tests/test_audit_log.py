"""The audit log: append only, chained, and whoever changes it is seen."""

from __future__ import annotations

import hashlib
import json
import re
from datetime import UTC, datetime
from html import unescape

import pytest
from casework import Space
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from web.access import Role
from web.casework import audit
from web.casework.audit import Action
from web.casework.store.database import Database, Unavailable


def filled(database: Database, rows: int = 5) -> str:
    """Append rows; gives the last seal."""
    with database.writing() as session:
        for number in range(rows):
            audit.record(session, Action.DOSSIER_NOTE, number, f"MR-{number}", é="à", nombre=number)
    return checked(database).seal


def checked(database: Database, seal: str | None = None) -> audit.Verified:
    """Check the chain."""
    with database.reading() as session:
        return audit.verify(session, seal)


def tampered(database: Database, *statements: str) -> None:
    """Change rows as somebody who owns the database may: the triggers are taken away first."""
    if database.is_sqlite:
        away = ["DROP TRIGGER audit_refuses_update", "DROP TRIGGER audit_refuses_delete"]
    else:
        away = ["DROP TRIGGER audit_is_append_only ON audit"]
    with database.engine.begin() as connection:
        for statement in (*away, *statements):
            connection.execute(text(statement))


def test_an_empty_log_holds(database: Database) -> None:
    assert checked(database) == audit.Verified(0, audit.FIRST, ())


def test_a_log_that_nobody_changed_holds(database: Database) -> None:
    filled(database)
    found = checked(database)
    assert (found.rows, found.broken) == (5, ())


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET subject = 'MR-9' WHERE id = 3",
        "DELETE FROM audit WHERE id = 3",
        "DELETE FROM audit",
    ],
)
def test_the_database_refuses_to_change_a_row(database: Database, statement: str) -> None:
    filled(database)
    with pytest.raises(DBAPIError, match="append only"), database.engine.begin() as connection:
        connection.execute(text(statement))
    assert checked(database).broken == ()
    assert checked(database).rows == 5


def test_postgresql_refuses_to_empty_the_log(database: Database) -> None:
    if database.is_sqlite:
        pytest.skip("SQLite has no TRUNCATE")
    filled(database)
    with pytest.raises(DBAPIError, match="append only"), database.engine.begin() as connection:
        connection.execute(text("TRUNCATE audit"))
    assert checked(database).rows == 5


@pytest.mark.parametrize(
    "change",
    [
        "at = '2020-01-01T00:00:00+00:00'",
        "account_id = 77",
        "account_id = NULL",
        "action = 'export'",
        "subject = 'MR-9'",
        "details = '{}'",
        "previous = seal",
    ],
)
def test_a_row_changed_behind_our_back_is_named(database: Database, change: str) -> None:
    filled(database)
    tampered(database, f"UPDATE audit SET {change} WHERE id = 3")
    assert {number for number, _fault in checked(database).broken} == {3}


def test_a_row_changed_and_sealed_anew_is_seen_by_the_row_after(database: Database) -> None:
    """Whoever knows how a seal is made may make one: the rows that follow still tell."""
    filled(database)
    forged = resealed(database, 3, subject="MR-9")
    tampered(database, forged)
    assert checked(database).broken == ((4, "ne suit pas la ligne précédente"),)


def test_a_row_that_follows_another_is_not_sealed_as_if_it_followed_itself(
    database: Database,
) -> None:
    """A row taken to another place, with the seal before that it had, does not hold."""
    filled(database)
    tampered(database, resealed(database, 3, previous=audit.FIRST))
    assert {number for number, _fault in checked(database).broken} == {3, 4}
    assert (3, "ne suit pas la ligne précédente") in checked(database).broken
    assert (3, "contenu modifié après coup") not in checked(database).broken


def test_a_seal_covers_the_row_before(database: Database) -> None:
    filled(database)
    with database.reading() as session:
        entry = session.get_one(audit.AuditEntry, 3)
        fields = [entry.id, entry.at, entry.account_id, entry.action, entry.subject, entry.details]
        written = json.dumps([*fields, entry.previous], ensure_ascii=False)
        assert entry.seal == hashlib.sha256(written.encode()).hexdigest()
        assert entry.previous == session.get_one(audit.AuditEntry, 2).seal


def resealed(database: Database, number: int, **changes: str) -> str:
    """The statement that changes a row and seals it as the code would."""
    with database.reading() as session:
        entry = session.get_one(audit.AuditEntry, number)
        for name, value in changes.items():
            setattr(entry, name, value)
        fields = [entry.id, entry.at, entry.account_id, entry.action, entry.subject, entry.details]
        written = json.dumps([*fields, entry.previous], ensure_ascii=False)
    changes["seal"] = hashlib.sha256(written.encode()).hexdigest()
    listed = ", ".join(f"{name} = '{value}'" for name, value in changes.items())
    return f"UPDATE audit SET {listed} WHERE id = {number}"


def test_a_row_taken_out_is_seen(database: Database) -> None:
    filled(database)
    tampered(database, "DELETE FROM audit WHERE id = 3")
    assert {number for number, _fault in checked(database).broken} == {4}


def test_a_row_put_in_is_seen(database: Database) -> None:
    filled(database)
    columns = "account_id, action, subject, details"
    tampered(
        database,
        f"INSERT INTO audit (id, at, {columns}, previous, seal) "
        f"SELECT 6, at, {columns}, previous, seal FROM audit WHERE id = 5",
    )
    assert {number for number, _fault in checked(database).broken} == {6}


def test_rows_exchanged_are_seen(database: Database) -> None:
    filled(database)
    tampered(
        database,
        "UPDATE audit SET id = 99 WHERE id = 2",
        "UPDATE audit SET id = 2 WHERE id = 3",
        "UPDATE audit SET id = 3 WHERE id = 99",
    )
    assert {2, 3} <= {number for number, _fault in checked(database).broken}


def test_an_end_that_was_cut_off_is_seen_by_a_seal_noted_before(database: Database) -> None:
    seal = filled(database)
    tampered(database, "DELETE FROM audit WHERE id > 3")
    assert checked(database).broken == ()  # the rest still holds together
    (found,) = checked(database, seal).broken
    assert "n’est plus dans le journal" in found[1]


def test_a_seal_noted_before_stays_in_a_log_that_grows(database: Database) -> None:
    seal = filled(database)
    filled(database)
    assert checked(database, seal).broken == ()


def test_a_row_goes_with_its_transaction(database: Database) -> None:
    with pytest.raises(Unavailable), database.writing() as session:
        audit.record(session, Action.EXPORT, None, "rien")
        raise Unavailable
    assert checked(database).rows == 0


def test_a_long_log_is_read_page_by_page(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "PAGE", 2)
    filled(database)
    assert checked(database).rows == 5
    tampered(database, "UPDATE audit SET subject = 'x' WHERE id = 5")
    assert {number for number, _fault in checked(database).broken} == {5}


def test_leads_read_the_log_page_by_page_and_check_it(space: Space) -> None:
    client = space.client("max", Role.LEAD)
    reference = space.receive()
    filled(space.database, 60)
    first = client.get("/espace/journal").text
    assert "page 1 sur 2" in first
    assert reference not in first
    assert reference in client.get("/espace/journal?page=2").text
    received = client.get("/espace/journal?action=dossier.recu").text
    assert reference in received
    assert "MR-1" not in received.replace(reference, "")
    assert "Journal intact" in client.get("/espace/journal?verifier=oui").text
    tampered(space.database, "UPDATE audit SET subject = 'x' WHERE id = 5")
    broken = client.get("/espace/journal?verifier=oui").text
    assert "Le journal est rompu" in broken
    assert "Ligne 5" in broken
    assert client.get("/espace/journal?page=0").status_code == 404
    assert client.get("/espace/journal?action=rien").status_code == 404


def test_changes_of_one_s_own_account_are_logged(space: Space) -> None:
    from casework import PASSWORD, sent

    client = space.client("lea")
    phrase = "lavande tricote vingt parapluies"
    new = {"new_password": phrase, "new_password_confirm": phrase}
    sent(client, "/espace/mot-de-passe", password=PASSWORD, **new)
    with space.database.reading() as session:
        last = session.scalars(text("SELECT details FROM audit ORDER BY id DESC LIMIT 1")).one()
    assert last == '{"changement": "mot_de_passe"}'


def test_the_log_is_told_in_french_and_at_the_hour_of_the_site(
    space: Space, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = space.client("max", Role.LEAD)
    noon = datetime(2026, 7, 14, 12, 0, tzinfo=UTC)
    monkeypatch.setattr("web.casework.clock.now", lambda: noon)
    number = space.account("lea")
    told: list[tuple[Action, dict[str, object], str]] = [
        (Action.DOSSIER_RECEIVED, {"origine": "fichier"}, "depuis un fichier"),
        (
            Action.DOSSIER_STATE,
            {"avant": "recu", "apres": "en_cours"},
            "de « reçu » à « en cours »",
        ),
        (Action.DOSSIER_MEMBERS, {"membres": [number]}, "Lea"),
        (Action.ACCOUNT, {"changement": "fermeture"}, "compte fermé"),
        (Action.PROPOSAL_DECIDED, {"verdict": "refusee", "motif": "doublon"}, "refusée, c’est"),
        (Action.PROPOSAL_DECIDED, {"verdict": "acceptee", "fiche": "x-1"}, "acceptée, fiche x-1"),
        (Action.IMPORT, {"ouverts": 1, "connus": 2}, "1 dossier ouvert, 2 besoins déjà connus"),
        (Action.REMINDER, {"structure": "andes", "relance": 2}, "n° 2"),
        (Action.EXPORT, {"format": "csv"}, "CSV"),
        (Action.CONTACT_ERASED, {"textes": 3}, "3 textes corrigés"),
    ]
    with space.database.writing() as session:
        for action, details, _ in told:
            audit.record(session, action, number, "essai", **details)
    page = unescape(client.get("/espace/journal").text).replace("\u00a0", " ")
    rows = re.findall(r"<tr>(.*?)</tr>", page, re.DOTALL)
    for action, _, said in told:
        assert any(action.label.capitalize() in row and said in row for row in rows), (said, page)
    assert "14/07/2026 à 14:00" in page and "UTC" not in page
    assert '"' not in "".join(re.findall(r"<td>([^<]*)</td>", page))


@pytest.mark.parametrize("details", ["{", "[1]", '{"apres": 3}', '{"membres": 3}', "null"])
def test_a_row_whose_details_were_tampered_with_is_still_shown(space: Space, details: str) -> None:
    client = space.client("max", Role.LEAD)
    space.receive()
    changed = f"UPDATE audit SET details = '{details}', action ="
    tampered(space.database, f"{changed} 'dossier.etat'", f"{changed} 'rien' WHERE id = 1")
    shown = client.get("/espace/journal?verifier=oui")
    assert shown.status_code == 200 and "Le journal est rompu" in shown.text
