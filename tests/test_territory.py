"""The communes nest, and their distances are those of the globe."""

import doctest
import shutil
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from matcher import Matcher
from matcher.catalogue.model import Area
from matcher.catalogue.tables import DataError
from matcher.catalogue.vocabulary import Scale
from matcher.reports.answer.records import travel_minutes
from matcher.territory import nest as distance
from matcher.territory.nest import COUNTRY, Territory

DATA = Matcher.embedded()
ISLANDS = {"22016", "29083", "29155", "85113"}
PARIS, MARSEILLE, FIGEAC, SAINT_DENIS_REUNION, AJACCIO = "75056 13055 46102 97411 2A004".split()

territory = Territory.open(DATA)
codes = st.sampled_from(list(territory.communes))


def test_the_examples_of_the_distances_hold() -> None:
    assert doctest.testmod(distance).attempted and not doctest.testmod(distance).failed


def test_every_commune_is_a_member_of_each_of_its_areas() -> None:
    members = {}
    for insee, commune in territory.communes.items():
        areas = territory.areas_of(insee)
        assert areas == territory.areas_of(commune)
        for area in areas[1:]:
            if area not in members:
                assert territory.exists(area)
                assert territory.name(area)
                members[area] = set(territory.members(area))
            assert insee in members[area]


def test_every_commune_but_four_islands_has_an_epci_a_departement_a_region_and_the_country() -> (
    None
):
    nest = [Scale.COMMUNE, Scale.EPCI, Scale.DEPARTEMENT, Scale.REGION, Scale.NATIONAL]
    for insee in territory.communes:
        scales = [area.scale for area in territory.areas_of(insee)]
        assert scales == [s for s in nest if s is not Scale.EPCI or insee not in ISLANDS]


@pytest.mark.parametrize("scale", [Scale.EPCI, Scale.DEPARTEMENT, Scale.REGION])
def test_the_areas_of_a_level_share_out_the_communes(scale: Scale) -> None:
    areas = {
        a for insee in territory.communes for a in territory.areas_of(insee) if a.scale is scale
    }
    shared = [insee for area in areas for insee in territory.members(area)]
    missing = ISLANDS if scale is Scale.EPCI else set()
    assert sorted(shared) == sorted(set(territory.communes) - missing)


def test_a_departement_is_in_one_region() -> None:
    regions = {(c.departement, c.region) for c in territory.communes.values()}
    assert len(regions) == 101


def test_the_same_code_is_another_area_at_another_level() -> None:
    ain, guadeloupe = Area(Scale.DEPARTEMENT, "01"), Area(Scale.REGION, "01")
    assert (territory.name(ain), territory.name(guadeloupe)) == ("Ain", "Guadeloupe")
    assert not set(territory.members(ain)) & set(territory.members(guadeloupe))


def test_the_country_is_an_area_and_what_is_no_area_is_not() -> None:
    assert territory.exists(COUNTRY) and territory.name(COUNTRY) == "France entière"
    assert len(territory.members(COUNTRY)) == len(territory.communes)
    for area in (
        Area(Scale.NATIONAL, "DE"),
        Area(Scale.COMMUNE, "01091"),
        Area(Scale.EPCI, "000000000"),
        Area(Scale.DEPARTEMENT, "20"),
        Area(Scale.REGION, "2A"),
    ):
        assert not territory.exists(area)
        assert territory.members(area) == ()
        with pytest.raises(KeyError):
            territory.name(area)


@pytest.mark.parametrize(
    ("code", "today"),
    [
        ("01033", "01033"),
        ("01091", "01033"),
        ("75112", "75056"),
        ("69383", "69123"),
        ("13201", "13055"),
        ("20004", "2A004"),
        ("60455", "60694"),
        ("99999", None),
        ("", None),
    ],
)
def test_a_code_of_former_days_leads_to_the_commune_of_today(code: str, today: str | None) -> None:
    assert territory.resolve(code) == today


@pytest.mark.parametrize(
    ("one", "other", "km"),
    [
        (PARIS, MARSEILLE, 661),
        (PARIS, SAINT_DENIS_REUNION, 9_350),
        (MARSEILLE, AJACCIO, 315),
        (FIGEAC, "46042", 50),  # Cahors
    ],
)
def test_distances_are_those_of_an_atlas(one: str, other: str, km: float) -> None:
    assert territory.distance_km(one, other) == pytest.approx(km, rel=0.02)


@given(codes, codes)
def test_the_globe_is_near_enough_to_a_sphere(a: str, b: str) -> None:
    one, other = territory.communes[a], territory.communes[b]
    metres = Geod(ellps="WGS84").inv(one.lon, one.lat, other.lon, other.lat)[2]
    assert territory.distance_km(a, b) == pytest.approx(metres / 1000, rel=0.006)


@given(codes, codes, codes)
def test_distances_are_a_measure(a: str, b: str, c: str) -> None:
    ab, bc, ac = (territory.distance_km(*pair) for pair in ((a, b), (b, c), (a, c)))
    assert territory.distance_km(a, a) == 0
    assert ab == pytest.approx(territory.distance_km(b, a))
    assert 0 <= ac <= ab + bc + 1e-6
    assert ab <= 20_038  # half the way around


@given(codes, st.floats(0, 60))
def test_the_communes_within_a_radius_are_those_whose_distance_says_so(
    insee: str, km: float
) -> None:
    within = territory.within(insee, km)
    distances = dict(zip(territory.communes, territory.distances_km(insee), strict=True))
    assert within[0] == insee or distances[within[0]] == 0
    assert set(within) == {code for code, far in distances.items() if far <= km}
    assert all(distances[a] <= distances[b] for a, b in pairwise(within))


def test_nothing_is_near_across_an_ocean() -> None:
    near = territory.within(SAINT_DENIS_REUNION, 500)
    assert {territory.communes[insee].departement for insee in near} == {"974"}
    mainland = territory.within(PARIS, 2_000)
    assert not [insee for insee in mainland if insee.startswith("97")]


@given(st.floats(1, 200), st.floats(1, 200))
def test_a_longer_way_never_takes_less_time(one: float, other: float) -> None:
    near, far = (travel_minutes(km) for km in sorted((one, other)))
    assert near is not None and far is not None
    assert 0 < near <= far


@pytest.mark.parametrize("km", [0, 0.9, 200.1, 1_000, 9_000])
def test_nobody_is_told_how_long_it_takes_to_cross_the_street_or_the_country(km: float) -> None:
    assert travel_minutes(km) is None


def test_the_label_comes_with_the_month_of_its_list() -> None:
    labelled = [c for c in territory.communes.values() if "pvd" in c.labels]
    assert len(labelled) == 1_606
    assert territory.pvd_vintage == "2021-01"
    assert "pvd" in territory.communes["34142"].labels


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(DATA / "reference", tmp_path / "reference")
    return tmp_path


@pytest.mark.parametrize(
    ("file", "old", "new", "says"),
    [
        ("communes.csv", "insee,name", "code,name", "« insee » : colonne absente"),
        ("communes.csv", ",mairie,", ",mairie,,", "valeurs au lieu de 12"),
        ("communes.csv", "4.92007", "est", "« est » : longitude attendue"),
        ("former.csv", "code,name", "code;name", "colonne absente"),
        ("pvd.csv", "vintage", "date", "« vintage » : colonne absente"),
        ("epci.csv", "CC Faucigny", "CC Faucigny\0", "octet nul"),
    ],
)
def test_a_faulty_table_is_named(folder: Path, file: str, old: str, new: str, says: str) -> None:
    path = folder / "reference" / file
    path.write_text(path.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    with pytest.raises(DataError, match=says) as refusal:
        Territory.open(folder)
    assert file in str(refusal.value)


def test_a_missing_table_is_named(folder: Path) -> None:
    (folder / "reference" / "regions.csv").unlink()
    with pytest.raises(DataError, match=r"regions\.csv : fichier introuvable"):
        Territory.open(folder)
