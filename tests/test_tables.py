"""The catalogue is read as nouns, or refused with all that is wrong in its values."""

import random
import shutil
from dataclasses import fields
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher import DataError, Kind, Matcher, Stage, Structure, Theme
from matcher.catalogue import Radius, Scale
from matcher.catalogue.model import Area
from matcher.catalogue.rows import Row, read_rows
from matcher.catalogue.schemas import (
    CONDITIONS,
    CONTACTS,
    PROJECTS,
    RESOURCES,
    STRUCTURES,
    TRADES,
    VENUES,
)
from matcher.catalogue.tables import read_catalogue, structure_of, value_faults, write_rows

DATA = Matcher.embedded()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the catalogue, to spoil."""
    shutil.copytree(DATA / "catalogue", tmp_path / "catalogue")
    return tmp_path


def test_a_row_becomes_a_structure_with_its_lists_and_codes() -> None:
    structures = {s.id: s for s in read_catalogue(DATA).structures}
    larban = structures["larban"]
    assert larban.name == "L’Arban"
    assert larban.kind is Kind.FONCIERE_SOLIDAIRE
    assert Theme.HABITAT in larban.themes and not larban.generalist
    assert larban.coverage == tuple(Area(Scale.DEPARTEMENT, code) for code in ("19", "23", "87"))
    assert larban.scale is Scale.DEPARTEMENT
    assert larban.source_year == 2025 and not larban.to_verify
    assert structures["pnr-pilat"].coverage == (Radius(35.0),)
    assert structures["pnr-pilat"].scale is None
    assert structures["avise"].generalist and structures["avise"].themes == ()
    assert Stage.ETUDE_OPPORTUNITE in structures["avise"].stages


def test_rows_of_one_body_say_so_and_the_others_are_their_own() -> None:
    structures = {s.id: s for s in read_catalogue(DATA).structures}
    assert structures["dla-33-france-active"].body == "france-active-nouvelle-aquitaine"
    assert structures["france-active-nouvelle-aquitaine"].body == "france-active-nouvelle-aquitaine"
    assert structures["msa-gironde"].network == structures["msa-corse"].network == "msa"
    assert structures["avise"].network == ""


def test_the_faults_of_the_three_tables_come_together(folder: Path) -> None:
    for name, old, new in (
        ("structures", "\navise,Avise,,acteur_national,", "\navise,Avise,,agence,"),
        ("projects", ",mobilite|insertion_emploi,", ",transport|insertion_emploi,"),
        ("resources", ",inventaire,", ",roman,"),
    ):
        path = folder / "catalogue" / f"{name}.csv"
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(DataError) as refusal:
        read_catalogue(folder)
    faults = refusal.value.faults
    assert [(fault.file, fault.column, fault.value) for fault in faults] == [
        ("catalogue/structures.csv", "kind", "agence"),
        ("catalogue/projects.csv", "themes", "transport|insertion_emploi"),
        ("catalogue/resources.csv", "type", "roman"),
    ]
    assert all(fault.line for fault in faults)


def test_a_table_that_cannot_be_read_does_not_hide_the_faults_of_the_others(folder: Path) -> None:
    (folder / "catalogue" / "structures.csv").unlink()
    path = folder / "catalogue" / "resources.csv"
    path.write_text(path.read_text(encoding="utf-8").replace(",guide,", ",roman,"))
    with pytest.raises(DataError, match=r"structures\.csv : fichier introuvable") as refusal:
        read_catalogue(folder)
    assert any(fault.file == RESOURCES.file for fault in refusal.value.faults)


def test_a_table_without_a_column_is_refused(folder: Path) -> None:
    rows = read_rows(folder / PROJECTS.file)
    write_rows(
        folder / PROJECTS.file,
        [n for n in PROJECTS.names if n != "insee"],
        [{k: v for k, v in row.items() if k != "insee"} for row in rows],
    )
    with pytest.raises(DataError, match="colonne « insee » : colonne absente"):
        read_catalogue(folder)


def test_a_project_less_leaves_a_catalogue_that_opens(folder: Path) -> None:
    rows = [row for row in read_rows(folder / PROJECTS.file) if row["insee"] != "23079"]
    write_rows(folder / PROJECTS.file, PROJECTS.names, rows)
    assert len(read_catalogue(folder).projects) == len(read_catalogue(DATA).projects) - 2


def test_another_order_of_rows_and_columns_changes_the_order_only(folder: Path) -> None:
    before = read_catalogue(DATA)
    shuffle = random.Random(1).shuffle
    for table in (STRUCTURES, PROJECTS, RESOURCES, VENUES):
        rows, names = read_rows(folder / table.file), list(table.names)
        shuffle(rows)
        shuffle(names)
        write_rows(folder / table.file, names, rows)
    after = read_catalogue(folder)
    for field in fields(before):
        old, new = getattr(before, field.name), getattr(after, field.name)
        assert old != new
        assert sorted(old, key=lambda noun: noun.id) == sorted(new, key=lambda noun: noun.id)


def test_a_value_longer_than_its_column_allows_is_refused_before_any_expression_runs() -> None:
    row = Row(dict.fromkeys(STRUCTURES.names, "") | {"id": "a" * 100_000}, 2)
    faults = [fault for fault in value_faults([row], STRUCTURES, "t.csv") if fault.column == "id"]
    assert [fault.rule for fault in faults] == ["plus de 100 caractères"]


def _code(column: str) -> st.SearchStrategy[str]:
    (codes,) = (c.codes for c in STRUCTURES.columns if c.name == column)
    return st.sampled_from(sorted(codes or {}))


def _codes(column: str) -> st.SearchStrategy[str]:
    return st.lists(_code(column), min_size=1, max_size=3, unique=True).map("|".join)


prose = (
    st.text(
        st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cf", "Zl", "Zp"]),
        min_size=1,
        max_size=80,
    )
    .map(str.strip)
    .filter(bool)
)

structure_rows = st.fixed_dictionaries(
    dict.fromkeys(STRUCTURES.names, st.just(""))
    | {
        "id": st.from_regex(r"[a-z0-9]{1,8}(-[a-z0-9]{1,8}){0,2}", fullmatch=True),
        "name": prose,
        "kind": _code("kind"),
        "other_kinds": _codes("other_kinds"),
        "coverage_level": st.just("departement"),
        "coverage_codes": st.sampled_from(["34", "34|12", "2A|2B", "974"]),
        "themes": _codes("themes"),
        "stages": _codes("stages"),
        "audiences": _codes("audiences"),
        "description": prose,
        "source_year": st.sampled_from(["", "1999", "2026"]),
        "confidence": _code("confidence"),
        "to_verify": _code("to_verify"),
        "note": prose,
    }
)


@given(rows=st.lists(structure_rows, min_size=1, max_size=5, unique_by=lambda row: row["id"]))
def test_a_written_structure_is_read_back_the_same(
    rows: list[dict[str, str]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("data")
    (folder / "catalogue").mkdir()
    for table in (PROJECTS, RESOURCES, CONDITIONS, CONTACTS, TRADES, VENUES):
        write_rows(folder / table.file, table.names, [])
    write_rows(folder / STRUCTURES.file, STRUCTURES.names, rows)
    read: tuple[Structure, ...] = read_catalogue(folder).structures
    assert read == tuple(map(structure_of, rows))
