"""The tables of subjects, situations and roles: a wrong value is named when they are opened."""

import shutil
from pathlib import Path

import pytest

from matcher import DataError, Kind, Matcher, Stage
from matcher.reading.knowledge import TABLES, Knowledge, check_reference
from matcher.reading.named import open_actors
from matcher.reading.words import content


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The tables as they are published, to be made wrong."""
    shutil.copytree(Matcher.embedded() / "reference", tmp_path / "reference")
    return tmp_path


def replace_line(folder: Path, name: str, line: int, text: str) -> None:
    path = folder / "reference" / name
    lines = path.read_text(encoding="utf-8").splitlines()
    lines[line - 1] = text
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def test_the_published_tables_have_no_fault():
    assert check_reference(Matcher.embedded()) == []


@pytest.mark.parametrize(
    ("name", "text", "column", "value"),
    [
        ("roles.csv", "emergence,generateur,beaucoup,il repère", "score", "beaucoup"),
        ("roles.csv", "emergence,generateur,1.5,il repère", "score", "1.5"),
        ("roles.csv", "emergence,generateur,nan,il repère", "score", "nan"),
        ("roles.csv", "emergence,banque,1,elle prête", "kind", "banque"),
        ("roles.csv", "sieste,cress,1,elle connaît les acteurs", "stage", "sieste"),
        ("situations.csv", "sieste,dormir|se reposer", "stage", "sieste"),
    ],
)
def test_a_wrong_value_is_refused_at_opening_with_its_place(
    folder: Path, name: str, text: str, column: str, value: str
):
    replace_line(folder, name, 3, text)
    with pytest.raises(DataError) as refused:
        Knowledge.open(folder)
    found = [(f.file, f.line, f.column, f.value) for f in refused.value.faults]
    assert found == [(f"reference/{name}", 3, column, value)]
    assert list(refused.value.faults) == check_reference(folder)


@pytest.mark.parametrize("name", TABLES)
def test_a_missing_table_is_named(folder: Path, name: str):
    (folder / "reference" / name).unlink()
    with pytest.raises(DataError, match=f"reference/{name}"):
        Knowledge.open(folder)


@pytest.mark.parametrize(
    ("name", "text", "rule"),
    [
        ("roles.csv", "emergence,generateur,1,", "raison"),
        ("roles.csv", "emergence,fabrique_a_initiatives,1,déjà à la ligne 2", "déjà un rôle"),
        ("subjects.csv", "cafe,café,,troquet", "déjà présent"),
        ("subjects.csv", "sieste,,,hamac", "libellé"),
        ("subjects.csv", "sieste,sieste,,hamac|de la", "sans mot utile"),
        ("subjects.csv", "sieste,sieste,sante|repos,hamac", "thèmes séparés par « | »"),
        ("situations.csv", "etude_opportunite,étude|", "sans mot utile"),
        ("subjects_near.csv", "cafe,cafe,0.5", "deux sujets différents"),
        ("subjects_near.csv", "cafe,convivialite,0.5", "deux sujets différents"),
        ("subjects_near.csv", "cafe,sieste,0.5", "sujet absent"),
        ("subjects_near.csv", "cafe,sport,1", "sans 0 ni 1"),
        ("subjects_near.csv", "cafe,sport,0", "sans 0 ni 1"),
        ("subjects_near.csv", "cafe,sport,un peu", "sans 0 ni 1"),
        ("actors.csv", "dla,kind,dla", "déjà donnés à la ligne 2"),
        ("actors.csv", "…,kind,dla", "au moins un mot"),
        ("actors.csv", "Airelle,sorte,dla", "valeur attendue parmi"),
        ("actors.csv", "Airelle,structure,dla", "valeur attendue parmi"),
        ("actors.csv", "Airelle,kind,banque", "valeur attendue parmi"),
        ("actors.csv", "Airelle,network,", "un réseau a un code"),
    ],
)
def test_what_the_ranking_could_bear_is_a_fault_all_the_same(
    folder: Path, name: str, text: str, rule: str
):
    replace_line(folder, name, 3, text)
    assert any(rule in fault.rule and fault.line == 3 for fault in check_reference(folder))


def test_only_the_table_of_actors_may_be_left_out(folder: Path):
    (folder / "reference" / "actors.csv").unlink()
    assert check_reference(folder) == []
    assert open_actors(folder) == open_actors(None) == []


def test_a_kind_without_a_role_is_a_fault(folder: Path):
    """It would silently count 0 everywhere."""
    path = folder / "reference" / "roles.csv"
    rows = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(row for row in rows if ",generateur," not in row), encoding="utf-8")
    assert [str(fault.value) for fault in check_reference(folder)] == ["generateur"]


def test_situations_are_read_as_stages(matcher: Matcher):
    (hit,) = matcher.knowledge.situations.find(content("Faire émerger"))
    assert hit.label is Stage.EMERGENCE
    assert matcher.knowledge.roles[Stage.EMERGENCE, Kind.GENERATEUR].score == 1
