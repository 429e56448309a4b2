"""The command line of those who run the site: French, exit codes, no traceback."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from casework import NEED
from click.testing import CliRunner, Result
from test_decisions import chosen, dossier
from test_retention import fill

from web.admin import main
from web.casework import audit, clock
from web.casework.dossiers.choices import Verdict
from web.casework.dossiers.inbox import Inbox, Request, RequestKind
from web.casework.store import schema
from web.casework.store.database import Database
from web.signin.keys import keys

PASSWORD = "un mot de passe de test"


@pytest.fixture
def run(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Run a command on the database, with settings of the environment."""
    monkeypatch.setenv("MAILLAGE_DATABASE_URL", database_url)
    monkeypatch.setenv("MAILLAGE_KEYS", str(tmp_path / "cles.json"))

    def command(*arguments: object, text: str | None = None) -> Result:
        done = CliRunner().invoke(main, [str(a) for a in arguments], input=text)
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return done

    return command


def created(run, email: str = "lea@test.fr", role: str = "conseiller") -> Result:
    return run(
        "comptes", "creer", email, "--nom", "Léa", "--role", role, "--mot-de-passe-stdin",
        text=f"{PASSWORD}\n",
    )  # fmt: skip


def test_an_account_is_made_listed_changed_closed_and_opened_again(run, database: Database) -> None:
    done = created(run)
    assert (done.exit_code, done.output) == (0, "Compte créé pour lea@test.fr.\n")
    told = run("comptes", "liste").output
    assert told.startswith("lea@test.fr\tLéa\tconseiller\touvert\tà activer\t")
    changed = run("comptes", "mot-de-passe", "lea@test.fr")
    assert len(changed.output.split()[-1]) == 20  # drawn, and handed over
    assert run("comptes", "fermer", "LEA@test.fr").output == "Compte fermé : LEA@test.fr.\n"
    assert "\tfermé\t" in run("comptes", "liste").output
    assert run("comptes", "rouvrir", "lea@test.fr").exit_code == 0
    assert run("comptes", "second-facteur", "lea@test.fr").exit_code == 0
    with database.reading() as session:
        changes = [
            json.loads(row.details)["changement"] for row in audit.history(session, "compte 1")
        ]
    assert changes == ["creation", "mot_de_passe", "fermeture", "ouverture", "second_facteur"]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("comptes", "fermer", "personne@test.fr"), 5, "Aucun compte pour personne@test.fr."),
        (("comptes", "fermer", "rien"), 5, "Adresse illisible"),
        (("comptes", "creer", "a@b.fr", "--nom", "A", "--role", "chef"), 2, "« chef »"),
        (("comptes", "creer", "a@b.fr", "--role", "conseiller"), 2, "Il manque l’option"),
        (
            ("comptes", "creer", "a@b.fr", "--nom", "A\x1b[2J", "--role", "conseiller"),
            5,
            "le nom que",
        ),
        (("contact", "effacer", "\udcff@y.fr"), 5, "UTF-8 attendu"),
        (("rien",), 2, "Commande inconnue"),
        (("restauration", "absent.zip"), 2, "n’existe pas"),
        (("contact", "exporter", "x@y.fr", "-o", "x.json"), 6, "Rien ne porte x@y.fr."),
        (("contact", "effacer", "x@y.fr"), 6, "Rien ne porte x@y.fr."),
    ],
)
def test_a_mistake_is_told_in_french(run, arguments, code: int, said: str) -> None:
    done = run(*arguments)
    assert done.exit_code == code
    assert said in done.output


def test_an_account_is_not_made_twice_nor_with_a_short_password(run) -> None:
    created(run)
    assert "existe déjà" in created(run).output
    arguments = ("--nom", "B", "--role", "conseiller", "--mot-de-passe-stdin")
    assert (
        "12 caractères" in run("comptes", "creer", "b@test.fr", *arguments, text="court\n").output
    )
    assert run("comptes", "creer", "b@test.fr", *arguments, text="").exit_code == 5


def test_a_base_is_brought_up_to_date_and_tells_where_it_stands(
    run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = schema.wanted()
    assert run("base", "maj").output == f"Base déjà au schéma {wanted}.\n"
    state = run("base", "etat")
    assert state.exit_code == 0
    assert "dossiers : 0" in state.output
    monkeypatch.setenv("MAILLAGE_DATABASE_URL", f"sqlite:///{tmp_path / 'neuf' / 'x.sqlite'}")
    assert run("base", "etat").exit_code == 5
    assert run("base", "maj").output == f"Base passée du schéma vide au schéma {wanted}.\n"
    assert run("base", "etat").exit_code == 0


@pytest.mark.parametrize("key", [None, "", 1, {}])
def test_keys_that_are_damaged_are_not_guessed(
    run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: object
) -> None:
    path = tmp_path / "abimees.json"
    path.write_text(json.dumps({"SECRET_KEY": key, "SECURITY_PASSWORD_SALT": "a", "TOTP_KEY": "b"}))
    monkeypatch.setenv("MAILLAGE_KEYS", str(path))
    done = run("comptes", "liste")
    assert done.exit_code == 5
    assert "clés illisibles" in done.output


def test_no_password_of_the_base_is_shown(run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAILLAGE_DATABASE_URL", "postgresql://moi:secret@127.0.0.1:1/x")
    done = run("base", "etat")
    assert done.exit_code == 9
    assert "La base ne répond pas" in done.output
    assert "secret" not in done.output


@pytest.mark.parametrize(
    "url", ["n’importe quoi", "postgresql://a@b:porte/c", "sqlite://", "sqlite:///:memory:"]
)
def test_an_address_of_a_base_that_cannot_be_read_is_told(run, monkeypatch, url: str) -> None:
    monkeypatch.setenv("MAILLAGE_DATABASE_URL", url)
    assert run("base", "etat").exit_code == 5


def test_the_log_is_checked(run, database: Database) -> None:
    created(run)
    done = run("journal", "verifier")
    assert done.exit_code == 0
    assert "Journal intact : 1 ligne." in done.output
    seal = done.output.split()[-1]
    created(run, "max@test.fr")
    assert run("journal", "verifier", "--empreinte", seal).exit_code == 0
    lost = run("journal", "verifier", "--empreinte", "0" * 64)
    assert lost.exit_code == 1
    assert "n’est plus dans le journal" in lost.output


def test_a_backup_is_made_and_restored(run, database: Database, tmp_path: Path) -> None:
    created(run)
    path = tmp_path / "base.sauvegarde"
    done = run("sauvegarde", path)
    assert done.exit_code == 0, done.output
    created(run, "max@test.fr")
    assert run("restauration", path).exit_code == 5
    done = run("restauration", path, "--remplacer")
    if database.is_sqlite:
        assert done.exit_code == 0, done.output
        assert "max@test.fr" not in run("comptes", "liste").output
    else:  # into another, empty base only: see test_backup
        assert done.exit_code == 5 and "base vide" in done.output
        assert "max@test.fr" in run("comptes", "liste").output
    path.write_text("rien")
    assert "abîmée" in run("restauration", path, "--remplacer").output


def test_retention_says_what_would_go_before_it_goes(
    run, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    reference = Inbox(database).receive(Request(RequestKind.INTRODUCTION, "un", NEED))
    assert "0 dossier," in run("conservation").output
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now.replace(year=now.year + 4, day=1))
    told = run("conservation")
    assert reference in told.output
    assert "Rien n’est effacé" in told.output
    done = run("conservation", "--executer")
    assert "Effacé : 1 dossier, 0 proposition, 1 contact sans" in done.output
    assert "0 dossier," in run("conservation").output


def test_a_contact_is_exported_then_erased(run, database: Database, tmp_path: Path) -> None:
    Inbox(database).receive(Request(RequestKind.INTRODUCTION, "un", NEED))
    path = tmp_path / "contact.json"
    assert run("contact", "exporter", "mairie@ville.fr", "-o", path).exit_code == 0
    assert json.loads(path.read_text(encoding="utf-8"))["dossiers"][0]["commune"] == "34142"
    assert path.stat().st_mode & 0o777 == 0o600
    assert (
        "1 contact, 0 texte corrigé, 0 pièce effacée."
        in run("contact", "effacer", "mairie@ville.fr").output
    )
    assert run("contact", "effacer", "mairie@ville.fr").exit_code == 6


def test_a_disk_that_is_full_leaves_the_file_that_was_there(
    run, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Inbox(database).receive(Request(RequestKind.INTRODUCTION, "un", NEED))
    path = tmp_path / "sorties" / "contact.json"
    path.parent.mkdir()
    export = ("contact", "exporter", "mairie@ville.fr", "-o", path)
    assert run(*export).exit_code == 0
    before = path.read_bytes()

    def full(_file: int) -> None:
        raise OSError(errno.ENOSPC, "disk full")

    monkeypatch.setattr(os, "fsync", full)
    done = run(*export)
    assert (done.exit_code, path.read_bytes()) == (7, before), done.output
    assert list(path.parent.iterdir()) == [path]


def test_decisions_are_written_as_calibration_reads_them(
    run, database: Database, tmp_path: Path
) -> None:
    fill(database)
    with database.writing() as session:
        for token in (1, 2):
            chosen(session, dossier(session, token=token), "disparue", Verdict.ADDED)
    path = tmp_path / "decisions.csv"
    done = run("decisions", "-o", path)
    assert done.exit_code == 0, done.output
    header, *rows = path.read_text(encoding="utf-8-sig").splitlines()
    assert header.startswith("commune;besoin;themes")
    assert len(rows) == 1 and "(1 décision)" in done.output
    gone = "la structure n’est plus au catalogue : 2 décisions de 2 dossiers."
    assert f"Laissé de côté, {gone}" in done.output


def test_it_runs_as_a_module_and_never_shows_a_traceback(tmp_path: Path) -> None:
    settings = {
        "MAILLAGE_DATABASE_URL": f"sqlite:///{tmp_path / 'x.sqlite'}",
        "MAILLAGE_KEYS": str(tmp_path / "cles.json"),
    }
    done = subprocess.run(
        [sys.executable, "-m", "web.admin", "comptes", "liste"],
        cwd=Path(__file__).parents[1],
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 5, done.stderr
    assert "La base n’existe pas" in done.stderr and "Traceback" not in done.stderr
    for arguments, code, said in (
        (["--help"], 0, "Affiche cette aide."),
        (["base", "maj"], 0, "Base passée"),
        (["restauration", "README.md"], 5, "n’est pas une sauvegarde"),
    ):
        told = CliRunner().invoke(main, arguments, env=settings)
        assert told.exit_code == code, (arguments, told.output)
        assert said in told.output and "Traceback" not in told.output


def test_of_two_processes_that_make_the_keys_the_first_ones_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "neuf" / "cles.json"
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(keys, [path] * 8))
    assert found == [json.loads(path.read_text())] * 8
    assert path.stat().st_mode & 0o777 == 0o600
    assert [p.name for p in path.parent.iterdir()] == [path.name]
