"""The reference tables hold together, and are what their building step makes of their sources."""

import csv
import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
import shapely
from shapely.geometry import Point, Polygon, box, mapping, shape

from matcher import Matcher
from matcher.catalogue.tables import DataError
from matcher.territory.reference import contours, pvd
from matcher.territory.reference.contours import CommuneShape
from matcher.territory.reference.pinned import (
    GEOGRAPHY,
    Package,
    SourceError,
    fetch,
    note_vintages,
    packages,
    read_vintages,
)

DATA = Matcher.embedded()
REFERENCE = DATA / "reference"
LAYERS = {"departements": "departement", "regions": "region", "epci": "epci"}


def table(name: str) -> list[dict[str, str]]:
    with (REFERENCE / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


communes = {row["insee"]: row for row in table("communes")}


def test_the_known_figures_are_there() -> None:
    sources = [row["coord_source"] for row in communes.values()]
    assert len(communes) == 34_875
    assert sum(not row["epci"] for row in communes.values()) == 4
    assert len(table("epci")) == 1_255
    assert len(table("departements")) == 101
    assert len(table("regions")) == 18
    assert {source: sources.count(source) for source in set(sources)} == {
        "mairie": 33_743,
        "contour_mairie_ecartee": 1_082,
        "contour_sans_mairie": 50,
    }


def test_the_four_communes_of_cantal_that_came_apart_have_their_own_point_and_area() -> None:
    four = [communes[code] for code in ("15031", "15035", "15047", "15171")]
    assert {row["coord_source"] for row in four} == {"contour_sans_mairie"}
    assert len({(row["lon"], row["lat"]) for row in four}) == 4
    areas = [float(row["area_km2"]) for row in (*four, communes["15141"])]
    assert sum(areas) == pytest.approx(92.4, abs=0.5)  # Neussargues en Pinatelle, before 2025


@pytest.mark.parametrize(("insee", "km2"), [("46102", 35.7), ("75056", 105.3), ("13004", 757.5)])
def test_areas_are_those_of_the_land_register(insee: str, km2: float) -> None:
    assert float(communes[insee]["area_km2"]) == pytest.approx(km2, rel=0.02)


def test_the_communes_add_up_to_the_country() -> None:
    area = sum(float(row["area_km2"]) for row in communes.values())
    people = sum(int(row["population"]) for row in communes.values())
    assert area == pytest.approx(638_500, rel=0.005)  # with the five overseas départements
    assert people == pytest.approx(68_300_000, rel=0.01)


def test_density_is_population_by_area() -> None:
    for row in communes.values():
        density = int(row["population"]) / float(row["area_km2"])
        assert float(row["density"]) == pytest.approx(density, abs=0.06)


def test_rows_are_sorted_and_codes_once() -> None:
    for name in ("epci", "departements", "regions"):
        codes = [row["code"] for row in table(name)]
        assert codes == sorted(set(codes))
    assert list(communes) == sorted(communes)
    assert len(communes) == len(table("communes"))


def test_every_former_code_leads_to_a_commune_of_today() -> None:
    rows = table("former")
    assert {row["current"] for row in rows} <= set(communes)
    natures = {"deleguee", "associee", "arrondissement", "ancienne", "ancien_nom"}
    assert {row["nature"] for row in rows} == natures
    today = {row["nature"] for row in rows if row["code"] in communes}
    assert today == {"deleguee", "ancien_nom"}
    assert all(row["code"] == row["current"] for row in rows if row["code"] in communes)
    assert sum(row["nature"] == "arrondissement" for row in rows) == 45


def test_the_label_is_that_of_the_raw_list() -> None:
    raw = (DATA / "raw" / "pvd_2021-01.txt").read_text(encoding="utf-8")
    codes = sorted(code for line in raw.splitlines() for code in line.partition(":")[2].split())
    rows = table("pvd")
    assert [row["insee"] for row in rows] == codes
    assert {row["current"] for row in rows} <= set(communes)
    assert len(rows) == 1_606


@pytest.mark.parametrize(("layer", "column"), LAYERS.items())
def test_outlines_are_those_of_the_areas_and_hold_their_communes(layer: str, column: str) -> None:
    features = json.loads((REFERENCE / f"outlines/{layer}.geojson").read_text("utf-8"))["features"]
    names = {f["properties"]["code"]: f["properties"]["name"] for f in features}
    assert names == {row["code"]: row["name"] for row in table(layer)}
    shapes = {f["properties"]["code"]: shape(f["geometry"]) for f in features}
    assert all(s.is_valid and not s.is_empty for s in shapes.values())
    together = shapely.union_all(list(shapes.values()))
    assert sum(s.area for s in shapes.values()) == pytest.approx(together.area)  # no overlap
    holes = [Polygon(ring) for part in together.geoms for ring in part.interiors]
    true = [hole for hole in holes if hole.area > 2e-5]  # smaller: 0.1 km², from the rounding
    assert [hole.contains(Point(1.98, 42.47)) for hole in true] == [True]  # Llívia, in Spain
    inside = [row for row in communes.values() if row[column]]
    points = shapely.points([(float(row["lon"]), float(row["lat"])) for row in inside])
    areas = np.array([shapes[row[column]] for row in inside])
    shapely.prepare(areas)
    assert shapely.dwithin(points, areas, 0.04).all()  # smoothed by two or three kilometres


@pytest.mark.parametrize(
    ("layer", "limit"), [("departements", 160), ("regions", 80), ("epci", 800)]
)
def test_outlines_are_light_enough_for_a_page(layer: str, limit: int) -> None:
    assert (REFERENCE / f"outlines/{layer}.geojson").stat().st_size < limit * 1000


def test_the_readme_gives_the_sha256_of_each_file_and_of_each_source() -> None:
    readme = (DATA / "README.md").read_text(encoding="utf-8")
    files = [f"reference/{name}.csv" for name in ("former", "pvd", "communes", *LAYERS)]
    files += [f"reference/outlines/{layer}.geojson" for layer in LAYERS]
    for file in (*files, "raw/pvd_2021-01.txt"):
        line = next(line for line in readme.splitlines() if f"`{file}`" in line)
        assert hashlib.sha256((DATA / file).read_bytes()).hexdigest() in line
    pinned = packages(DATA)
    assert {read_vintages(DATA)[table] for table in GEOGRAPHY} == {pinned.year}
    for package in (pinned.administrative, pinned.history, pinned.contours, pinned.older_contours):
        assert f"`{package.name}` {package.version} | `{package.sha256}`" in readme


# The building step, on small things.


@pytest.mark.parametrize(
    ("point", "km"),
    [
        (Point(0.5, 60.5), 0),
        (Point(1.02, 60.5), 1.1),  # a degree of longitude is short at that latitude
        (Point(0.5, 61.02), 2.2),
    ],
)
def test_a_town_hall_is_measured_to_its_contour_in_kilometres(point: Point, km: float) -> None:
    assert contours.outside_km(box(0, 60, 1, 61), point) == pytest.approx(km, abs=0.05)


def test_the_point_of_a_bent_contour_is_inside_it() -> None:
    bent = Polygon([(0, 0), (3, 0), (3, 3), (2.9, 3), (2.9, 0.1), (0, 0.1)])
    assert not bent.contains(bent.centroid)
    assert bent.contains(contours.inner_point(bent))
    assert contours.inner_point(box(0, 0, 1, 1)) == Point(0.5, 0.5)


def test_outlines_share_their_border_and_keep_inhabited_islets(tmp_path: Path) -> None:
    wave = [(1 + 0.02 * np.sin(9 * y), y) for y in np.linspace(0, 2, 60)]
    west = Polygon([(0, 0), *wave, (0, 2)])
    east = Polygon([(2, 0), *wave, (2, 2)])
    inhabited, desert = box(3, 0, 3.01, 0.01), box(4, 0, 4.01, 0.01)
    land = shapely.union_all([east, desert])
    places = {
        "a": CommuneShape(west, 0.5, 1, "mairie", 1),
        "b": CommuneShape(land, 1.5, 1, "mairie", 1),
        "c": CommuneShape(inhabited, 3.005, 0.005, "mairie", 1),
        "d": CommuneShape(box(5, 0, 6, 1), 5.5, 0.5, "mairie", 1),
    }
    names = {"A": "a", "B": "b"}
    group = {"a": "A", "b": "B", "c": "B", "d": ""}
    layers = dict.fromkeys(LAYERS, group)
    said = list(contours.build(tmp_path, places, layers, dict.fromkeys(LAYERS, names)))
    assert len(said) == 3
    features = json.loads((tmp_path / "epci.geojson").read_text("utf-8"))["features"]
    a, b = (shape(f["geometry"]) for f in features)
    assert len(b.geoms) == 2 and b.intersects(inhabited) and not b.intersects(desert)
    assert a.intersection(b).area == 0 and a.intersection(b).length >= 2
    assert shapely.get_num_coordinates(a) < 30


def test_a_package_that_is_not_the_pinned_one_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.tgz").write_bytes(b"other")
    package = Package("npm", "x", "1", "x.tgz", "0" * 64)
    with pytest.raises(SourceError, match="n’est pas le fichier attendu"):
        fetch(package, tmp_path)


def test_the_geography_of_another_year_is_that_of_its_own_package(folder: Path) -> None:
    (folder / "raw").mkdir()
    (folder / "raw/packages.csv").write_bytes((DATA / "raw/packages.csv").read_bytes())
    assert packages(folder, "2025").administrative.version == "5.3.0"
    assert packages(folder).year == "2026"
    with pytest.raises(DataError, match=r"« 1999 » .*années connues : 2024, 2025, 2026"):
        packages(folder, "1999")
    for year in ("2026", "2025"):
        note_vintages(folder, year, ("communes", "epci") if year == "2026" else ("epci",))
    assert read_vintages(folder) == {"communes": "2026", "epci": "2025"}


HEADER = "insee_com,lib_com,id_pvd,date_signature\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "reference").mkdir()
    for name in ("communes", "former"):
        link = tmp_path / f"reference/{name}.csv"
        link.symlink_to((REFERENCE / f"{name}.csv").resolve())
    return tmp_path


def refresh(folder: Path, text: str, vintage: str = "2026-11") -> int:
    official = folder / "liste.csv"
    official.write_text(text, encoding="utf-8")
    return pvd.refresh(official, folder, vintage)


def test_the_official_list_replaces_the_label_and_its_month(folder: Path) -> None:
    text = HEADER + "34142,Lodève,pvd-34-1,2021-05-12\n01091,Châtillon-en-Michaille,pvd-01-1,\n"
    assert refresh(folder, text) == 2
    written = (folder / "reference/pvd.csv").read_text("utf-8").splitlines()
    assert written == [
        "insee,current,vintage",
        "01091,01033,2026-11",
        "34142,34142,2026-11",
    ]


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("1033,Valserhône,x,", "ligne 2, colonne « insee_com » : « 1033 » : un code Insee a cinq"),
        ("99999,Nulle part,x,", "ligne 2, colonne « insee_com » : « 99999 » : ce code n’est celui"),
        (
            "34142,Lodève,x,\n34142,Lodève,x,",
            "ligne 3, colonne « insee_com » : « 34142 » : commune",
        ),
        ("34142,Lodève", "2 valeurs au lieu de 4"),
        ("", "aucune commune"),
    ],
)
def test_a_fault_in_the_official_list_is_named_and_nothing_is_written(
    folder: Path, row: str, says: str
) -> None:
    with pytest.raises(DataError, match=says) as refusal:
        refresh(folder, HEADER + row + "\n")
    assert "liste.csv" in str(refusal.value)
    assert not (folder / "reference/pvd.csv").exists()


def test_a_wrong_date_costs_no_commune_its_label_and_is_told(folder: Path) -> None:
    official = folder / "liste.csv"
    official.write_text(HEADER + "34142,Lodève,x,mai 2021\n26113,Die,y,\n", encoding="utf-8")
    told: list[str] = []
    assert pvd.refresh(official, folder, "2026-11", tell=lambda fault: told.append(str(fault))) == 2
    assert len(told) == 1 and "« mai 2021 » : une date" in told[0]


def test_the_month_of_the_official_list_is_asked_for_in_one_form(folder: Path) -> None:
    with pytest.raises(DataError, match="millésime"):
        refresh(folder, HEADER + "34142,Lodève,x,\n", vintage="novembre 2026")


def test_the_label_of_a_merged_commune_goes_to_the_commune_of_today(folder: Path) -> None:
    (folder / "raw").mkdir()
    (folder / "raw/pvd_2021-01.txt").write_text("01: 01091 01034\n34: 34142\n", encoding="utf-8")
    assert "dont 1 fusionnées (01091 -> 01033)" in pvd.build(folder)
    assert "01091,01033,2021-01" in (folder / "reference/pvd.csv").read_text("utf-8")


def test_geometry_is_written_with_three_digits() -> None:
    text = (REFERENCE / "outlines/regions.geojson").read_text("utf-8")
    first = json.loads(text)["features"][0]["geometry"]
    numbers = np.concatenate([np.ravel(c) for c in shape(first).geoms[0].exterior.coords])
    assert np.allclose(numbers, np.round(numbers, 3))
    assert first["type"] == mapping(shape(first))["type"]
