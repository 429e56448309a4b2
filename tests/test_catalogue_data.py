"""The embedded catalogue: nothing lost, nothing broken, and each doubt has its reason."""

import re
from collections import Counter
from pathlib import Path

import pytest

from matcher import Kind, Matcher, Need
from matcher.catalogue import Scale
from matcher.catalogue.model import Area
from matcher.catalogue.rows import read_rows
from matcher.catalogue.schemas import PROJECTS, RESOURCES, STRUCTURES, THEMES_TABLE
from matcher.catalogue.tables import read_catalogue, write_rows
from matcher.upkeep.audit import check

DATA = Matcher.embedded()
CATALOGUE = read_catalogue(DATA)


@pytest.mark.parametrize(
    ("table", "count"), [(STRUCTURES, 701), (PROJECTS, 248), (RESOURCES, 66), (THEMES_TABLE, 18)]
)
def test_no_row_of_the_facts_is_lost(table, count: int) -> None:
    assert len(read_rows(DATA / table.file)) >= count


def test_projects_and_resources_keep_their_numbers() -> None:
    assert {f"P{n:03}" for n in range(1, 249)} <= {p.id for p in CATALOGUE.projects}
    assert {f"R{n:03}" for n in range(1, 67)} <= {r.id for r in CATALOGUE.resources}


def test_every_structure_covers_a_commune(matcher: Matcher) -> None:
    for structure in CATALOGUE.structures:
        for area in structure.coverage:
            if isinstance(area, Area):
                assert matcher.territory.members(area), structure.id
            else:
                assert structure.seat in matcher.territory.communes


def test_every_commune_has_its_cress_but_in_normandie(matcher: Matcher) -> None:
    cress = Counter(
        area.code for s in CATALOGUE.structures if s.kind is Kind.CRESS for area in s.coverage
    )
    regions = {commune.region for commune in matcher.territory.communes.values()}
    assert regions - cress.keys() == {"28"}
    assert set(cress.values()) == {1}


def test_every_region_has_its_union_of_cooperatives(matcher: Matcher) -> None:
    unions = [
        area.code for s in CATALOGUE.structures if s.kind is Kind.URSCOP for area in s.coverage
    ]
    assert sorted(unions) == sorted({c.region for c in matcher.territory.communes.values()})


def test_every_mainland_departement_has_its_msa(matcher: Matcher) -> None:
    msa = [
        area.code
        for s in CATALOGUE.structures
        if s.network == "msa" and s.scale is Scale.DEPARTEMENT
        for area in s.coverage
    ]
    departements = {c.departement for c in matcher.territory.communes.values()}
    assert sorted(msa) == sorted(d for d in departements if not d.startswith("97"))


def test_what_has_no_source_page_is_to_verify() -> None:
    without = [
        *(s for s in CATALOGUE.structures if not s.source),
        *(p for p in CATALOGUE.projects if not p.source),
        *(r for r in CATALOGUE.resources if not r.url),
    ]
    assert without, "no row to try the rule on"
    assert all(noun.to_verify for noun in without)


def test_every_flag_has_its_reason() -> None:
    for noun in (*CATALOGUE.structures, *CATALOGUE.projects, *CATALOGUE.resources):
        assert noun.note or not noun.to_verify, noun.id


def test_supporters_of_projects_are_in_the_catalogue() -> None:
    known = {s.id for s in CATALOGUE.structures}
    for noun in (*CATALOGUE.projects, *CATALOGUE.resources):
        assert set(noun.structures) <= known, noun.id


def test_schemes_of_one_body_are_one_answer() -> None:
    bodies = Counter(s.body for s in CATALOGUE.structures)
    for body in ("la-ruche", "france-active-alsace", "urscop-occitanie", "adefpat"):
        assert bodies[body] > 1
    known = {s.id: s for s in CATALOGUE.structures}
    assert all(known[s.body].body == s.body for s in CATALOGUE.structures)


def test_structures_with_one_text_are_of_one_network_or_local_poles() -> None:
    first: dict[str, str] = {}
    for s in CATALOGUE.structures:
        if s.kind is not Kind.PTCE:
            assert first.setdefault(s.description, s.network) == s.network, s.id


def test_the_readme_of_the_data_counts_what_is_to_verify() -> None:
    counts = (
        sum(noun.to_verify for noun in nouns)
        for nouns in (CATALOGUE.structures, CATALOGUE.projects, CATALOGUE.resources)
    )
    said = "{} structures, {} projets, {} ressources".format(*counts)
    assert said in (DATA / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "path",
    [path for path in sorted(DATA.rglob("*")) if path.is_file() and path.name != "README.md"],
    ids=lambda path: path.name,
)
def test_the_readme_of_the_data_names_every_file(path: Path) -> None:
    """A schema is named by its table."""
    name = path.name.replace(".json", ".csv") if path.parent.name == "schemas" else path.name
    assert name in (DATA / "README.md").read_text(encoding="utf-8"), (
        f"data/README.md : dire ce qu’est {name}, d’où il vient et sous quelle licence"
    )


@pytest.mark.parametrize(
    ("table", "number"),
    [("reference/subjects.csv", r"(\d+) sujets"), ("catalogue/themes.csv", r"(\d+) thèmes")],
)
def test_the_readme_of_the_data_counts_subjects_and_themes(table: str, number: str) -> None:
    said = re.findall(number, (DATA / "README.md").read_text(encoding="utf-8"))
    assert said
    assert set(map(int, said)) == {len(read_rows(DATA / table))}


def test_a_structure_added_breaks_nothing(folder: Path) -> None:
    """A row more, for each kind: it is checked, read, ranked where it covers, and nowhere else."""
    path = folder / STRUCTURES.file
    rows = read_rows(path)
    first = {}
    for row in rows:
        if row["coverage_level"] == "departement" and row["themes"]:
            first.setdefault(row["kind"], row)
    added = [
        {
            **row,
            "id": f"essai-{kind.replace('_', '-')}",
            "name": f"Essai {kind}",
            "aliases": "",
            "body": "",
            "network": "",
            "coverage_codes": "48",
        }
        for kind, row in first.items()
    ]
    write_rows(path, STRUCTURES.names, [*rows, *added])

    assert [str(fault) for fault in check(folder) if fault.level == "erreur"] == []
    matcher = Matcher.open(folder)
    text = "Ouvrir une épicerie, un tiers-lieu, une recyclerie"
    mende, die = (Need(matcher.commune(name).insee, text) for name in ("Mende", "Die"))
    here = {s.structure.id for s in matcher.match(mende, top=1000)}
    there = {s.structure.id for s in matcher.match(die, top=1000)}
    ids = {row["id"] for row in added}
    assert len(ids) > 5
    assert ids - here == {i for i in ids if not matcher.structures[i].accompanies}
    assert not ids & there
