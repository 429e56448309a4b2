"""Edits of the catalogue: one record, checked, whole or not at all, nothing else moved."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from unittest.mock import patch

import pytest

from matcher import DataError, Matcher
from matcher.catalogue import release
from matcher.territory.nest import Territory
from matcher.upkeep import ChangedRecord, UnknownRecord, add_project, change_record, find_record
from matcher.upkeep.audit import check

DATA = Matcher.embedded()
TODAY = date(2026, 11, 1)
PROJECT = {
    "title": "L'épicerie  du pont",
    "insee": "34142",
    "themes": "alimentation|lien_social",
    "description": "Une épicerie coopérative, dans l'ancienne poste.",
    "annee": "2024",
    "source_url": "https://exemple.fr/epicerie",
    "structure_ids": "cress-occitanie",
}


@pytest.fixture(autouse=True)
def territory(matcher: Matcher, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each copy has the communes of the embedded data: reading them is most of the work."""
    monkeypatch.setattr(Territory, "open", lambda folder: matcher.territory)


def table(folder: Path, name: str) -> Path:
    return folder / "catalogue" / f"{name}.csv"


def test_a_project_is_added_after_the_others_and_tells_its_place_and_its_source(
    folder: Path,
) -> None:
    before = table(folder, "projects").read_bytes()
    add_project(folder, "PR-AAAA", PROJECT, TODAY)
    after = table(folder, "projects").read_bytes()
    assert after.startswith(before) and after.count(b"\n") == before.count(b"\n") + 1
    fields = find_record(folder, "PR-AAAA").fields
    assert (fields["commune"], fields["region"], fields["pvd"]) == ("Lodève", "Occitanie", "oui")
    assert fields["title"] == "L’épicerie du pont"
    assert fields["note"] == "Source vue le 1er novembre 2026."
    assert [fault for fault in check(folder) if fault.level == "erreur"] == []
    assert "PR-AAAA" in {project.id for project in Matcher.open(folder).catalogue.projects}


def test_adding_twice_adds_once_and_other_words_replace_the_first(folder: Path) -> None:
    add_project(folder, "PR-AAAA", PROJECT, TODAY)
    once = table(folder, "projects").read_bytes()
    add_project(folder, "PR-AAAA", PROJECT, date(2026, 12, 2))
    assert table(folder, "projects").read_bytes() == once
    add_project(folder, "PR-AAAA", PROJECT | {"title": "Épicerie"}, TODAY)
    assert find_record(folder, "PR-AAAA").fields["title"] == "Épicerie"
    assert table(folder, "projects").read_bytes().count(b"PR-AAAA") == 1


@pytest.mark.parametrize("record", ["avise", "1000-cafes", "P002", "P248"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_change_leaves_every_other_line_as_it_was(folder: Path, record: str, end: str) -> None:
    name = "projects" if record.startswith("P") else "structures"
    path = table(folder, name)
    text = path.read_text(encoding="utf-8").replace("\n", end).removesuffix(end)
    path.write_bytes(b"\xef\xbb\xbf" + text.encode())
    before = path.read_bytes().split(end.encode())
    change_record(folder, record, {"description": "Ce qu'elle fait, en mieux."}, TODAY)
    after = path.read_bytes().split(end.encode())
    changed = [i for i, (a, b) in enumerate(zip(before, after, strict=True)) if a != b]
    assert len(changed) == 1 and after[changed[0]].startswith(record.encode())
    assert "Ce qu’elle fait, en mieux.".encode() in after[changed[0]]
    assert find_record(folder, record).fields["description"] == "Ce qu’elle fait, en mieux."


def test_the_day_of_the_last_check_replaces_the_former_one_and_keeps_the_note(
    folder: Path,
) -> None:
    note = find_record(folder, "alec-07").fields["note"]
    change_record(folder, "alec-07", {"website": "https://exemple.fr/a"}, TODAY)
    change_record(folder, "alec-07", {"website": "https://exemple.fr/b"}, date(2026, 12, 24))
    fields = find_record(folder, "alec-07").fields
    assert fields["note"] == f"{note} Source vue le 24 décembre 2026."
    assert fields["confidence"] == "seen_on_page"


@pytest.mark.parametrize(
    ("record", "changes", "column", "rule"),
    [
        ("avise", {"kind": "agence"}, "kind", "type inconnu"),
        ("avise", {"source_url": ""}, "source_url", "cite sa source"),
        ("avise", {"source_url": "avise.org"}, "source_url", "adresse attendue"),
        ("avise", {"coverage_codes": "76"}, "coverage_codes", "n’est pas un code de territoire"),
        ("avise", {"name": ""}, "name", "valeur obligatoire"),
        ("avise", {"name": "Avise\u202e"}, "name", "invisible"),
        ("avise", {"name": "Avise\ud800"}, "name", "invisible"),
        ("avise", {"seat_insee": "99999"}, "seat_insee", "n’est pas celui d’une commune"),
        ("avise", {"to_verify": "oui", "note": ""}, "note", "la raison de"),
        ("avise", {"inventee": "x"}, "inventee", "colonne inconnue"),
        ("avise", {"aliases": "Ronalpia"}, "aliases", "désigne aussi ronalpia"),
        ("ronalpia", {"aliases": "Avise centrale|CRESS Occitanie"}, "aliases", "désigne aussi"),
        ("P001", {"structure_ids": "personne"}, "structure_ids", "n’est pas dans structures.csv"),
        ("P001", {"themes": "peche"}, "themes", "thème inconnu"),
        ("P001", {"annee": "²"}, "annee", "nombre entier"),
        ("P001", {"description": "x" * 2_001}, "description", "plus de 2000"),
        ("P001", {"insee": ""}, "territoire", "ni commune ni territoire"),
    ],
)
def test_what_breaks_a_rule_is_named_and_nothing_is_written(
    folder: Path, record: str, changes: dict[str, str], column: str, rule: str
) -> None:
    name = "projects" if record.startswith("P") else "structures"
    before = table(folder, name).read_bytes()
    with pytest.raises(DataError) as refused:
        change_record(folder, record, changes, TODAY)
    line = next(
        i
        for i, text in enumerate(before.split(b"\n"), 1)
        if text.startswith(b"%b," % record.encode())
    )
    found = [f for f in refused.value.faults if f.column == column and rule in f.rule]
    assert found and (found[0].file, found[0].line) == (f"catalogue/{name}.csv", line)
    assert table(folder, name).read_bytes() == before


def test_a_change_that_makes_another_row_faulty_is_refused(folder: Path) -> None:
    """The CRESS share the country out: the fault shows at the other one."""
    with pytest.raises(DataError, match="a déjà une CRESS"):
        change_record(folder, "cress-occitanie", {"coverage_codes": "76|84"}, TODAY)


def test_a_check_only_writes_nothing(folder: Path) -> None:
    before = table(folder, "projects").read_bytes()
    record = add_project(folder, "PR-AAAA", PROJECT, TODAY, write=False)
    assert record.fields["departement"] == "Hérault"
    assert table(folder, "projects").read_bytes() == before


def test_who_read_an_older_record_is_told_unless_the_change_is_there_already(folder: Path) -> None:
    read = find_record(folder, "avise").version
    change_record(folder, "avise", {"website": "https://exemple.fr/a"}, TODAY, read)
    change_record(folder, "avise", {"website": "https://exemple.fr/a"}, TODAY, read)
    with pytest.raises(ChangedRecord, match="Rien n’a été écrasé"):
        change_record(folder, "avise", {"website": "https://exemple.fr/b"}, TODAY, read)
    assert find_record(folder, "avise").fields["website"] == "https://exemple.fr/a"


def test_an_unknown_record_is_said(folder: Path) -> None:
    with pytest.raises(UnknownRecord):
        change_record(folder, "personne", {"name": "x"}, TODAY)
    with pytest.raises(UnknownRecord):
        find_record(folder, "P999")


def test_changes_at_the_same_time_are_all_kept(folder: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        ids = [f"PR-{i}" for i in range(4)]
        list(pool.map(lambda i: add_project(folder, i, PROJECT | {"title": i}, TODAY), ids))
    assert {find_record(folder, i).fields["title"] for i in ids} == set(ids)


def test_a_write_that_fails_leaves_the_table_whole(folder: Path) -> None:
    release.publish(folder)
    before = table(folder, "projects").read_bytes()
    with (
        patch("matcher.catalogue.files.os.replace", side_effect=OSError(28, "plein")),
        pytest.raises(OSError, match="plein"),
    ):
        add_project(folder, "PR-AAAA", PROJECT, TODAY)
    assert table(folder, "projects").read_bytes() == before
    assert sorted(p.name for p in (folder / "catalogue").iterdir()) == sorted(
        p.name for p in (DATA / "catalogue").iterdir()
    )


def test_a_damaged_catalogue_is_not_edited(folder: Path) -> None:
    path = table(folder, "structures")
    path.write_bytes(path.read_bytes()[:100_000])
    with pytest.raises(DataError, match=r"structures\.csv"):
        add_project(folder, "PR-AAAA", PROJECT, TODAY)
