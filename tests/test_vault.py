"""What is kept outside of the base: a forged log is told, an erased person stays erased."""

import json
import os
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from casework import Space
from sqlalchemy import text
from test_audit_log import filled, resealed
from test_backup import empty  # noqa: F401 - a fixture
from test_retention import ADDRESS, fill, texts

from web.access import Role
from web.casework import audit, clock
from web.casework.persons import contacts, erasures
from web.casework.persons.addresses import addresses_in, email_finder
from web.casework.store import anchors, backup
from web.casework.store.archive import BackupError
from web.casework.store.database import Database
from web.casework.store.vault import Vault, VaultError
from web.signin.keys import keys

TRIGGERS = {
    True: ["DROP TRIGGER audit_refuses_update", "DROP TRIGGER audit_refuses_delete"],
    False: ["DROP TRIGGER audit_is_append_only ON audit"],
}


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    """Key and registers, beside no base."""
    return Vault.of("une clé", tmp_path / "coffre", "base")


@pytest.fixture
def keyed(database: Database, vault: Vault) -> Iterator[Database]:
    """The database as the site opens it."""
    opened = Database(database.url.render_as_string(hide_password=False), vault)
    yield opened
    opened.engine.dispose()


def checked(database: Database) -> audit.Verified:
    """Check the log as `journal verifier` does."""
    with database.reading() as session:
        return audit.verify(session)


def done(database: Database, *statements: str, restored: bool = True) -> None:
    """Change rows as who owns the base may, and put the triggers back as if nothing was."""
    with database.engine.begin() as connection:
        if database.is_sqlite:
            made = connection.execute(text("SELECT sql FROM sqlite_master WHERE type = 'trigger'"))
            back = list(made.scalars())
        else:
            back = [
                "CREATE TRIGGER audit_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit "
                "FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change()"
            ]
        for statement in (*TRIGGERS[database.is_sqlite], *statements, *(back if restored else ())):
            connection.execute(text(statement))


# The log


def test_rows_sealed_by_the_key_hold_and_an_anchor_is_named(
    keyed: Database, tmp_path: Path
) -> None:
    filled(keyed)
    backup.back_up(keyed, tmp_path / "s")
    found = checked(keyed)
    assert found.faults == () and found.rows == 6
    assert re.fullmatch(r"sauvegarde du \d{4}-\d\d-\d\d, ligne 6", found.anchor)


def test_a_tail_cut_off_since_the_last_backup_is_told(keyed: Database, tmp_path: Path) -> None:
    filled(keyed)
    backup.back_up(keyed, tmp_path / "s")
    done(keyed, "DELETE FROM audit WHERE id > 3")
    assert "manque, alors qu’elle était ancrée (sauvegarde" in checked(keyed).faults[0]
    filled(keyed)  # and it stays told once the log is as long again
    assert any("n’est plus celle qui était ancrée" in fault for fault in checked(keyed).faults)
    backup.back_up(keyed, tmp_path / "t")
    assert checked(keyed).faults


def test_a_chain_made_anew_without_the_key_is_told(keyed: Database) -> None:
    """Each row is sealed as the code of before would: who owns the base may do no better."""
    anchors.begin(keyed)
    filled(keyed)
    known = {n: entry for n, entry in enumerate(_entries(keyed), 1)}
    done(keyed, "DELETE FROM audit")
    plain = Database(keyed.url.render_as_string(hide_password=False))
    for number in (1, 2, 4, 5):  # the third is left out
        with plain.writing() as session:
            audit.record(session, audit.Action.DOSSIER_NOTE, number, known[number])
    plain.engine.dispose()
    assert len(checked(keyed).broken) == 4
    assert "scellée sans la clé du site" in checked(keyed).faults[0]


def _entries(database: Database) -> list[str]:
    with database.reading() as session:
        return list(session.scalars(text("SELECT subject FROM audit ORDER BY id")))


def test_a_row_sealed_anew_without_the_key_is_told(keyed: Database) -> None:
    filled(keyed)
    done(keyed, resealed(keyed, 5, subject="MR-9"))
    assert [number for number, _ in checked(keyed).broken] == [5]


def test_triggers_taken_away_are_told(keyed: Database) -> None:
    filled(keyed)
    done(keyed, restored=False)
    found = checked(keyed)
    assert found.broken == () and len(found.guards) == len(TRIGGERS[keyed.is_sqlite])
    assert all("a été retiré" in fault for fault in found.faults)


def test_a_log_of_before_the_key_goes_on_under_it_and_is_held_by_an_anchor(
    database: Database, keyed: Database
) -> None:
    filled(database)
    anchors.begin(keyed)
    anchors.begin(keyed)  # once
    filled(keyed)
    found = checked(keyed)
    assert found.faults == () and found.rows == 10 and "debut" in found.anchor
    done(keyed, resealed(keyed, 5, subject="MR-9"))
    assert {number for number, _ in checked(keyed).broken} == {5, 6}


def test_after_a_restoration_the_log_is_held_from_where_it_was_restored(
    keyed: Database,
    empty: Database,  # noqa: F811
    vault: Vault,
    tmp_path: Path,
) -> None:
    filled(keyed)
    backup.back_up(keyed, tmp_path / "s")
    filled(keyed)
    backup.back_up(keyed, tmp_path / "t")
    target = Database(empty.url.render_as_string(hide_password=False), vault)
    backup.restore(target, tmp_path / "s")
    found = checked(target)
    assert found.faults == () and "restauration" in found.anchor
    done(target, "DELETE FROM audit WHERE id > 4")
    assert checked(target).faults
    target.engine.dispose()


def test_a_register_changed_by_hand_is_not_believed(keyed: Database, vault: Vault) -> None:
    filled(keyed)
    anchors.begin(keyed)
    anchors.add(vault, anchors.When.BACKUP, 5, "x")
    path = vault.folder / anchors.FILE
    assert path.stat().st_mode & 0o077 == 0
    whole = path.read_text()
    lines = whole.splitlines(keepends=True)
    for changed in (whole.replace('"lignes": 5', '"lignes": 4'), lines[1], whole + "{}\n", "[" * 9):
        path.write_text(changed)
        with pytest.raises(VaultError, match="changée à la main"):
            anchors.known(vault)
        assert "changée à la main" in checked(keyed).guards[0]
        with pytest.raises(VaultError):
            anchors.add(vault, anchors.When.BACKUP, 5, "x")
    path.unlink()
    os.mkfifo(path)
    assert "ce n’est pas un fichier ordinaire" in checked(keyed).guards[0]


def test_a_line_is_of_one_base_only(vault: Vault) -> None:
    other = Vault.of(vault.key, vault.folder, "une autre")
    anchors.add(vault, anchors.When.BACKUP, 5, "x")
    assert anchors.known(other) == []
    assert len(anchors.known(vault)) == 1


def test_a_file_of_keys_of_before_is_given_the_key_of_the_log(tmp_path: Path) -> None:
    path = tmp_path / "cles.json"
    former = {"SECRET_KEY": "a", "SECURITY_PASSWORD_SALT": "b", "TOTP_KEY": "c"}
    path.write_text(json.dumps(former))
    found = keys(path)
    assert former.items() <= found.items() and len(found["AUDIT_KEY"]) > 40
    assert keys(path) == found and path.stat().st_mode & 0o077 == 0


def test_the_site_seals_by_its_key_and_its_page_tells_what_is_wrong(space: Space) -> None:
    client = space.client("max", Role.LEAD)
    space.receive()
    plain = Database(space.database.url.render_as_string(hide_password=False))
    assert "Journal intact" in client.get("/espace/journal?verifier=oui").text
    filled(plain, 1)
    plain.engine.dispose()
    page = client.get("/espace/journal?verifier=oui").text
    assert "Le journal est rompu" in page and "scellée sans la clé du site" in page


# Erasures


def test_an_erased_address_does_not_come_back_with_an_older_backup(
    keyed: Database,
    empty: Database,  # noqa: F811
    vault: Vault,
    tmp_path: Path,
) -> None:
    hidden = (
        "Ou bien re\u00adcyclerie [at] ville-exemple (point) fr, ou recyclerie%40ville-\nexemple.fr"
    )
    fill(keyed, besoin=hidden)
    fill(keyed, "deux", "autre@ville.fr")
    backup.back_up(keyed, tmp_path / "s")
    with keyed.writing() as session:
        contacts.erase(session, ADDRESS.upper())
    register = (vault.folder / erasures.FILE).read_text()
    assert ADDRESS not in register.lower() and "ville" not in register
    target = Database(empty.url.render_as_string(hide_password=False), vault)
    told: list[str] = []
    backup.restore(target, tmp_path / "s", tell=told.append)
    assert told == ["1 adresse effacée depuis cette sauvegarde : effacée de nouveau."]
    assert not email_finder(ADDRESS).search(texts(target))
    with target.reading() as session:
        assert contacts.known(session, ADDRESS) == 0
        assert contacts.known(session, "autre@ville.fr")
        assert audit.verify(session).faults == ()
    assert len(vault.lines(erasures.FILE)) == 1  # it is not noted again
    if target.file is not None:
        assert ADDRESS.encode() not in target.file.read_bytes()
    target.engine.dispose()


def test_what_came_after_an_erasure_is_not_erased_again(
    keyed: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not keyed.is_sqlite:
        pytest.skip("the same code, without another base")
    with keyed.writing() as session:
        contacts.erase(session, ADDRESS)
    later = clock.now() + timedelta(days=400)
    monkeypatch.setattr(clock, "now", lambda: later)
    fill(keyed)
    backup.back_up(keyed, tmp_path / "s")
    told: list[str] = []
    backup.restore(keyed, tmp_path / "s", replace=True, tell=told.append)
    assert told == []
    with keyed.reading() as session:
        assert contacts.known(session, ADDRESS)


def test_a_restoration_waits_for_a_register_that_can_be_believed(
    keyed: Database, vault: Vault, tmp_path: Path
) -> None:
    if not keyed.is_sqlite:
        pytest.skip("PostgreSQL restores into an empty base only")
    fill(keyed)
    backup.back_up(keyed, tmp_path / "s")
    with keyed.writing() as session:
        contacts.erase(session, ADDRESS)
    (vault.folder / erasures.FILE).write_text("{}\n")
    with pytest.raises(BackupError, match=r"effacements\.jsonl, ligne 1"):
        backup.restore(keyed, tmp_path / "s", replace=True)
    assert ADDRESS not in texts(keyed).lower()


@pytest.mark.parametrize(
    "written",
    [
        "a.b@ville.fr",
        "Écrire à A.B@VILLE.FR.",
        "a.b @ ville.fr",
        "a.b [at] ville.fr",
        "a.b(arobase)ville.fr",
        "a.b arobase ville [point] fr",
        "a.b%40ville.fr",
        "a.b&#64;ville.fr",
        "a.b&#x40;ville.fr",
        "a.\u00adb@vil\u200ble.fr",
        "a.b@ville.\nfr",
        "a.b@vil-\nle.fr",
        "a.b\n@ville.fr",
        "mot\na.b@ville.fr",
        "l'a.b@ville.fr",
        "mailto:a.b@ville.fr?subject=x",
        "<a.b@ville.fr>;c@ville.fr",
    ],
)
def test_an_address_that_is_found_to_be_erased_is_found_again_without_being_known(
    written: str,
) -> None:
    assert email_finder("a.b@ville.fr").search(written)
    assert "a.b@ville.fr" in addresses_in(written)
