"""The catalogue is what its manifest says, or it is not served: a table cut short is refused."""

import json
import logging
import os
from datetime import date
from pathlib import Path

import pytest
from builders import PROJECT
from casework import Space
from click.testing import CliRunner
from test_duplicates import cited

from matcher import DataError, Matcher
from matcher.catalogue import files, release
from matcher.catalogue.tables import write_rows
from matcher.commands import main
from matcher.upkeep import add_project
from matcher.upkeep.directory.joining import join
from web import create_app
from web.access import Role
from web.freshness import Freshness

TODAY = date(2026, 11, 24)


@pytest.fixture
def published(folder: Path) -> Path:
    """A data folder with its manifest."""
    release.publish(folder)
    return folder


@pytest.fixture
def fresh(published: Path, matcher: Matcher) -> Freshness:
    """What a site serves from it."""
    return Freshness(published, matcher)


def cut(folder: Path, share: float = 0.5, table: str = "structures.csv") -> bytes:
    """Cut a table at the end of a line, as a copy that stopped; gives what it held."""
    path = folder / "catalogue" / table
    whole = path.read_bytes()
    lines = whole.splitlines(keepends=True)
    path.write_bytes(b"".join(lines[: int(share * len(lines))]))
    return whole


def run(*arguments: str) -> tuple[int, str]:
    """A command: its exit code and what it said."""
    done = CliRunner().invoke(main, arguments)
    return done.exit_code, done.output


def test_the_embedded_catalogue_is_as_it_was_published() -> None:
    """Who changes a table of `data/catalogue` by hand: `python -m matcher publier data`."""
    assert release.faults(Matcher.embedded()) == []
    assert release.read(Matcher.embedded()) is not None


@pytest.mark.parametrize("share", [0.99, 0.9, 0.5])
def test_a_table_cut_at_the_end_of_a_row_is_not_served(
    fresh: Freshness, published: Path, share: float, caplog: pytest.LogCaptureFixture
) -> None:
    before = fresh.served
    whole = cut(published, share)
    with caplog.at_level(logging.ERROR):
        fresh.renew()
    assert fresh.served is before
    assert "catalogue/structures.csv" in fresh.refused and "950 attendues" in fresh.refused
    assert fresh.refused in caplog.text
    (published / "catalogue" / "structures.csv").write_bytes(whole)
    fresh.renew()
    assert fresh.served is not before and not fresh.refused


def test_a_table_cut_without_a_manifest_is_not_served_either(
    folder: Path, matcher: Matcher
) -> None:
    fresh = Freshness(folder, matcher)
    before = fresh.served
    cut(folder, 0.9)
    fresh.renew()
    assert fresh.served is before and "au lieu de 950" in fresh.refused


def test_a_release_far_smaller_than_what_is_served_is_refused_though_its_manifest_holds(
    fresh: Freshness, published: Path
) -> None:
    before = fresh.served
    cut(published, 0.5, "projects.csv")
    cut(published, 0.5, "resources.csv")
    release._write(published, release.found(published))  # as a smaller one, copied whole
    fresh.renew()
    assert fresh.served is before and "--moins" in fresh.refused


@pytest.mark.parametrize("text", ["{", "[" * 100_000, '{"format": 2}', "null", "x" * 2**17])
def test_a_manifest_that_cannot_be_read_is_refused_with_its_name(
    fresh: Freshness, published: Path, text: str
) -> None:
    before = fresh.served
    (published / "catalogue" / release.NAME).write_text(text)
    fresh.renew()
    assert fresh.served is before and "catalogue/manifeste.json" in fresh.refused


def test_a_manifest_taken_away_does_not_let_a_shorter_table_in(
    fresh: Freshness, published: Path
) -> None:
    (published / "catalogue" / release.NAME).unlink()
    cut(published, 0.98)
    before = fresh.served
    fresh.renew()
    assert fresh.served is before


def test_a_site_does_not_start_on_a_table_cut_short(published: Path, tmp_path: Path) -> None:
    cut(published, 0.9)
    config = {
        "DATA": published,
        "DATABASE_URL": f"sqlite:///{tmp_path / 'b.sqlite'}",
        "KEYS": tmp_path / "cles.json",
    }
    with pytest.raises(DataError, match=r"structures\.csv.*950 attendues"):
        create_app(config=config)


def test_what_the_product_writes_is_published(fresh: Freshness, published: Path) -> None:
    add_project(published, "PR-AAAA", PROJECT, TODAY)
    assert release.faults(published) == []
    fresh.renew()
    assert "PR-AAAA" in fresh.served.shelves.projects
    kept, gone = cited(published)
    join(published, kept, gone, TODAY)
    assert release.faults(published) == []
    fresh.renew()
    assert not fresh.refused and fresh.served.former[gone] == kept


def test_the_product_does_not_make_good_a_table_that_was_cut(published: Path) -> None:
    cut(published, 0.9, "projects.csv")
    held = (published / "catalogue" / "projects.csv").read_bytes()
    with pytest.raises(DataError, match="publier"):
        add_project(published, "PR-AAAA", PROJECT, TODAY)
    assert (published / "catalogue" / "projects.csv").read_bytes() == held
    assert release.faults(published)


@pytest.mark.parametrize("killed", ["before", "after"])
def test_a_writer_killed_beside_its_table_leaves_a_catalogue_that_is_served(
    published: Path, monkeypatch: pytest.MonkeyPatch, killed: str
) -> None:
    """The manifest names both states while the table changes."""
    path = published / "catalogue" / "venues.csv"
    write = files.write

    def dying(target: Path, *arguments: object) -> object:
        if target == path:
            if killed == "after":
                write(target, *arguments)  # type: ignore[arg-type]
            raise KeyboardInterrupt
        return write(target, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(files, "write", dying)
    with pytest.raises(KeyboardInterrupt):
        write_rows(path, ("id",), [{"id": "un"}])
    assert release.faults(published) == []


def test_check_tells_a_table_that_differs_and_publier_accepts_it(published: Path) -> None:
    path = published / "catalogue" / "projects.csv"
    changed = path.read_text().replace("2021", "2022", 1)
    path.write_text(changed)
    code, said = run("check", str(published))
    assert code == 5 and "catalogue/projects.csv : ce fichier a changé hors de l’outil" in said
    assert run("publier", str(published))[0] == 0
    assert run("check", str(published))[0] == 0


def test_publier_asks_before_it_accepts_fewer_rows(fresh: Freshness, published: Path) -> None:
    (published / "catalogue" / "venues.csv").write_bytes(
        b"".join((published / "catalogue" / "venues.csv").read_bytes().splitlines(True)[:500])
    )
    code, said = run("publier", str(published))
    assert code == 5 and "venues.csv : 1057 → 499 lignes" in said
    assert release.faults(published)
    assert run("publier", "--moins", str(published))[0] == 0
    before = fresh.served
    fresh.renew()
    assert fresh.served is not before and not fresh.refused


def test_publier_refuses_what_cannot_be_read(published: Path) -> None:
    (published / "catalogue" / "projects.csv").write_text("id\nun\n")
    code, said = run("publier", str(published))
    assert code == 5 and "colonne absente" in said


@pytest.mark.parametrize("name", ["structures.csv", "de-trop.csv", release.NAME])
def test_a_pipe_in_the_catalogue_is_refused_and_hangs_nobody(
    fresh: Freshness, published: Path, name: str
) -> None:
    before, path = fresh.served, published / "catalogue" / name
    whole = path.read_bytes() if path.exists() else None
    path.unlink(missing_ok=True)
    os.mkfifo(path)
    fresh.renew()
    assert fresh.served is before and f"catalogue/{name}" in fresh.refused
    with pytest.raises(DataError):
        Freshness(published)
    path.unlink()
    if whole is not None:
        path.write_bytes(whole)
        fresh.renew()
        assert fresh.served is not before


def test_who_runs_the_site_reads_why_on_each_page_of_the_space(
    space: Space, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages = {role: space.client(role.value, role) for role in Role}
    said = "l’ancien reste servi"
    assert all(said not in client.get("/espace/").text for client in pages.values())
    space.app.extensions["freshness"].refused = "catalogue/structures.csv : coupée"
    told = {role for role, client in pages.items() if said in client.get("/espace/").text}
    assert told == {Role.LEAD, Role.ADMIN}
    assert "catalogue/structures.csv : coupée" in pages[Role.LEAD].get("/espace/").text


def test_the_manifest_says_rows_and_digests_and_nothing_else(published: Path) -> None:
    told = json.loads((published / "catalogue" / release.NAME).read_text())
    assert set(told["tables"]) == {path.name for path in published.glob("catalogue/*.csv")}
    assert {key for states in told["tables"].values() for state in states for key in state} == {
        "rows",
        "sha256",
        "smaller",
    }
