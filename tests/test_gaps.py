"""Gaps: each commune and theme has the level that the coverage says; what would close most."""

import csv
import json
import re
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from builders import (
    CILAOS,
    DIE,
    FRANCE,
    LE_MOULE,
    LODEVE,
    ONE_A_REGION,
    WITHOUT_EPCI,
    a_matcher,
    a_structure,
)
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher import Matcher, Need, Structure, Theme
from matcher.__main__ import main
from matcher.catalogue import Area, Radius, Scale
from matcher.cohorts.batch.wording import Cohort, parse_cohort
from matcher.cohorts.gaps.covered import SATURATED_BELOW, Gaps, Level, reaches, survey
from matcher.cohorts.gaps.covering import Site, cover, epci_sites, radius_sites
from matcher.cohorts.planning.introductions import Capacity
from matcher.reports.pack.choropleth import PALETTE, colour
from matcher.reports.pack.records import STATES

THEMES = list(Theme)
MOBILITE = THEMES.index(Theme.MOBILITE)
SAMPLE = (*ONE_A_REGION.values(), *WITHOUT_EPCI.values())


@pytest.fixture(scope="module")
def france(matcher: Matcher) -> Gaps:
    cohort = parse_cohort("france", matcher.territory)
    return survey(list(matcher.structures.values()), matcher.territory, cohort, Capacity({}))


def seen(matcher: Matcher, structures: list[Structure], insee: str, each: int | None = 10) -> Gaps:
    """What is seen from a commune; `each`: what each structure said that it takes on."""
    cohort = Cohort("essai", "Essai", (insee,))
    said = {} if each is None else {structure.id: each for structure in structures}
    return survey(structures, matcher.territory, cohort, Capacity(said))


def mobility(matcher: Matcher, insee: str, *coverage: Area | Radius, seat: str = LODEVE) -> Level:
    one = a_structure(themes=(Theme.MOBILITE,), coverage=coverage, seat=seat)
    return Level(seen(matcher, [one], insee).levels[MOBILITE, 0])


# What an expert can check


@pytest.mark.parametrize(
    ("scale", "code", "level"),
    [
        (Scale.COMMUNE, LODEVE, Level.LOCAL),
        (Scale.EPCI, "200017341", Level.LOCAL),
        (Scale.DEPARTEMENT, "34", Level.LOCAL),
        (Scale.REGION, "76", Level.REGIONAL),
        (Scale.NATIONAL, "FR", Level.NATIONAL),
        (Scale.REGION, "84", Level.NOBODY),
    ],
)
def test_the_level_of_lodeve_is_that_of_the_only_structure(
    matcher: Matcher, scale: Scale, code: str, level: Level
):
    assert mobility(matcher, LODEVE, Area(scale, code)) == level


def test_the_nearest_answer_counts(matcher: Matcher):
    areas = (FRANCE, Area(Scale.REGION, "76"), Area(Scale.DEPARTEMENT, "34"))
    for order in (areas, areas[::-1]):
        assert mobility(matcher, LODEVE, *order) == Level.LOCAL
        assert mobility(matcher, DIE, *order) == Level.NATIONAL


def test_a_radius_is_local_and_stops_at_its_end(matcher: Matcher):
    km = matcher.territory.distance_km(LODEVE, "34079")
    assert mobility(matcher, "34079", Radius(km + 0.1)) == Level.LOCAL
    assert mobility(matcher, "34079", Radius(km - 0.1)) == Level.NOBODY
    assert mobility(matcher, LODEVE, Radius(0.0)) == Level.LOCAL


def test_a_radius_around_an_unknown_seat_reaches_nobody(matcher: Matcher):
    one = a_structure(themes=(Theme.MOBILITE,), coverage=(Radius(50),), seat=None)
    assert seen(matcher, [one], LODEVE).levels[MOBILITE, 0] == Level.NOBODY


def test_overseas_a_structure_of_the_region_is_local(matcher: Matcher):
    assert mobility(matcher, LE_MOULE, Area(Scale.REGION, "01")) == Level.LOCAL
    assert mobility(matcher, CILAOS, FRANCE) == Level.NATIONAL


def test_overseas_a_structure_of_several_regions_is_of_none(matcher: Matcher):
    regions = tuple(Area(Scale.REGION, code) for code in ("01", "02", "03"))
    one = a_structure(themes=(Theme.MOBILITE,), coverage=regions)
    assert seen(matcher, [one], LE_MOULE).levels[MOBILITE, 0] == Level.REGIONAL


def test_a_cover_by_rows_to_verify_only_is_unsure(matcher: Matcher):
    near = Area(Scale.DEPARTEMENT, "34")
    doubtful, sure = (
        a_structure(id=name, themes=(Theme.MOBILITE,), coverage=(near,), to_verify=doubt)
        for name, doubt in (("douteuse", True), ("sure", False))
    )
    far = replace(sure, id="loin", coverage=(Area(Scale.NATIONAL, "FR"),))
    for structures, unsure in (
        ([doubtful], True),
        ([doubtful, far], True),
        ([doubtful, sure], False),
        ([far], False),
    ):
        assert seen(matcher, structures, LODEVE).unsure[MOBILITE, 0] == unsure


def test_a_generalist_is_counted_beside_and_closes_no_gap(matcher: Matcher):
    general = a_structure(themes=(), generalist=True, coverage=(Area(Scale.DEPARTEMENT, "34"),))
    found = seen(matcher, [general], LODEVE)
    assert not found.levels.any()
    assert found.generalists[Level.LOCAL, 0] == 1


def test_local_structures_that_too_many_share_are_saturated(matcher: Matcher):
    herault = a_structure(themes=(Theme.MOBILITE,), coverage=(Area(Scale.DEPARTEMENT, "34"),))
    towns = parse_cohort("departement:34", matcher.territory).members
    asking = sum("pvd" in matcher.territory.communes[i].labels for i in towns)
    enough = int(np.ceil(SATURATED_BELOW * asking))
    for capacity, level in ((enough, Level.LOCAL), (enough - 1, Level.SATURATED)):
        found = seen(matcher, [herault], LODEVE, capacity)
        assert found.levels[MOBILITE, 0] == level
        assert found.places[MOBILITE, 0] == pytest.approx(capacity / asking)


def test_nobody_is_said_to_be_saturated_whose_capacity_is_not_known(matcher: Matcher):
    areas = tuple(Area(Scale.DEPARTEMENT, code) for code in matcher.territory.region_of)
    wide = a_structure(themes=(Theme.MOBILITE,), coverage=areas)
    assert seen(matcher, [wide], LODEVE, 1).levels[MOBILITE, 0] == Level.SATURATED
    found = seen(matcher, [wide], LODEVE, None)
    assert found.levels[MOBILITE, 0] == Level.LOCAL
    assert not found.told[MOBILITE, 0]


def test_no_new_structure_is_advised_where_the_ground_was_not_surveyed(
    tmp_path: Path, matcher: Matcher, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(Matcher, "open", classmethod(lambda cls, folder=None: matcher))
    for code in ("51", "48", "974"):
        out = tmp_path / f"g{code}.csv"
        done = CliRunner().invoke(
            main, ["gaps", "--cohort", f"departement:{code}", "--out", str(out)]
        )
        assert done.exit_code == 0, done.output
        rows = {(r["insee"], r["theme"]): r for r in read(out)}
        for row in rows.values():
            unknown = [door for door in row["portes_non_recensees"].split("|") if door]
            assert int(row["portes_attendues"]) >= int(row["portes_connues"]) + len(unknown)
        for site in read(tmp_path / f"g{code}-sites.csv"):
            assert rows[site["insee"], site["theme"]]["releve"] == "oui"
            assert site["portes"] and site["ce_qui_le_rendrait_faux"]
        assert (code == "51") <= ("Reims" not in done.stdout)


def test_exactly_the_threshold_is_not_saturated(matcher: Matcher):
    four = [i for i, c in matcher.territory.communes.items() if "pvd" in c.labels][:4]
    areas = tuple(Area(Scale.COMMUNE, insee) for insee in four)
    one = a_structure(themes=(Theme.MOBILITE,), coverage=areas)
    found = seen(matcher, [one], four[0], 1)
    assert found.places[MOBILITE, 0] == SATURATED_BELOW
    assert found.levels[MOBILITE, 0] == Level.LOCAL


def test_two_structures_add_their_places_up(matcher: Matcher):
    pair = [
        a_structure(i, themes=(Theme.MOBILITE,), coverage=(Area(Scale.COMMUNE, LODEVE),))
        for i in ("une", "autre")
    ]
    assert seen(matcher, pair, LODEVE, 3).places[MOBILITE, 0] == pytest.approx(6)


# The same as the coverage says


def plainly(matcher: Matcher, insee: str, theme: Theme) -> Level:
    """The definition, read off the eligible structures one by one."""
    commune = matcher.commune(insee, "insee")
    level = Level.NOBODY
    for structure, reach in matcher.coverage.eligible(commune):
        if theme in structure.themes:
            if isinstance(reach, Radius):
                near = Level.LOCAL
            elif reach.scale is Scale.NATIONAL:
                near = Level.NATIONAL
            elif reach.scale is Scale.REGION:
                alone = sum(getattr(a, "scale", None) is Scale.REGION for a in structure.coverage)
                near = Level.LOCAL if commune.overseas and alone == 1 else Level.REGIONAL
            else:
                near = Level.LOCAL
            level = max(level, near)
    return level


def agree(matcher: Matcher, france: Gaps, insee: str) -> None:
    i = france.cohort.members.index(insee)
    for t, theme in enumerate(THEMES):
        level = Level(france.levels[t, i])
        plain = plainly(matcher, insee, theme)
        assert (Level.LOCAL if level is Level.SATURATED else level) == plain, (insee, theme)


@pytest.mark.parametrize("insee", SAMPLE)
def test_each_region_and_each_island_reads_as_the_coverage_says(
    matcher: Matcher, france: Gaps, insee: str
):
    agree(matcher, france, insee)


@given(st.data())
@settings(max_examples=60)
def test_any_commune_reads_as_the_coverage_says(
    matcher: Matcher, france: Gaps, data: st.DataObject
):
    agree(matcher, france, data.draw(st.sampled_from(france.cohort.members)))


def test_every_commune_and_theme_has_a_level(france: Gaps):
    assert france.levels.shape == (18, 34875)
    assert set(np.unique(france.levels)) <= set(Level)


def test_the_counts_are_those_of_the_coverage(matcher: Matcher, france: Gaps):
    for insee in SAMPLE:
        i = france.cohort.members.index(insee)
        eligible = [s for s, _ in matcher.coverage.eligible(matcher.commune(insee, "insee"))]
        assert france.generalists[:, i].sum() == sum(s.generalist for s in eligible)
        for t, theme in enumerate(THEMES):
            assert france.counts[:, t, i].sum() == sum(theme in s.themes for s in eligible)


@st.composite
def catalogues(draw: st.DrawFn) -> list[Structure]:
    """A few structures of all scales; some reach a sampled commune, some do not."""
    areas = (
        FRANCE, Area(Scale.REGION, "76"), Area(Scale.REGION, "01"), Area(Scale.DEPARTEMENT, "34"),
        Area(Scale.EPCI, "200017341"), Area(Scale.COMMUNE, LODEVE), Radius(40.0), Radius(900.0),
    )  # fmt: skip
    return [
        a_structure(
            f"s{i}",
            themes=tuple(draw(st.lists(st.sampled_from(THEMES[:3]), unique=True))),
            coverage=tuple(draw(st.lists(st.sampled_from(areas), min_size=1, max_size=3))),
            seat=draw(st.sampled_from((LODEVE, DIE, CILAOS, None))),
            population_below=draw(st.sampled_from((None, None, 5_000))),
        )
        for i in range(draw(st.integers(0, 4)))
    ]


@given(catalogues())
@settings(max_examples=12)
def test_a_gap_is_where_the_matcher_finds_nobody(matcher: Matcher, structures: list[Structure]):
    small = a_matcher(matcher, structures)
    for insee in (LODEVE, DIE, LE_MOULE, CILAOS, "29155"):
        found = seen(matcher, structures, insee)
        for t, theme in enumerate(THEMES[:3]):
            answers = [
                s for s in small.match(Need(insee, themes=(theme,)), top=50)
                if theme in s.structure.themes
            ]  # fmt: skip
            assert (found.levels[t, 0] == Level.NOBODY) == (not answers)
            assert min(Level.LOCAL, found.levels[t, 0]) == plainly(small, insee, theme)


def test_the_reach_is_never_of_a_structure_that_is_not_eligible(matcher: Matcher):
    structures = list(matcher.structures.values())
    reach = reaches(structures, matcher.territory)
    position = {insee: i for i, insee in enumerate(matcher.territory.communes)}
    for insee in SAMPLE:
        eligible = {s.id for s, _ in matcher.coverage.eligible(matcher.commune(insee, "insee"))}
        reached = {s.id for s, r in zip(structures, reach[:, position[insee]], strict=True) if r}
        assert reached == eligible


# Where one more structure closes most


def test_a_greedy_choice_is_not_enough_and_the_exact_one_is_found():
    # The first site alone closes most, yet the two others together close all.
    sites = [Site("a", (1, 2, 3, 4)), Site("b", (0, 1, 2)), Site("c", (3, 4, 5))]
    found = cover(sites, np.ones(6, dtype=bool), np.zeros(6), 2)
    assert {site.commune for site in found.sites} == {"b", "c"}
    assert (found.total, found.bound, found.exact) == (6, 6, True)


def test_inhabitants_only_choose_between_equals():
    sites = [Site("a", (0, 1)), Site("b", (1, 2)), Site("c", (3,))]
    people = np.array([10.0, 20.0, 30.0, 1_000_000.0])
    found = cover(sites, np.ones(4, dtype=bool), people, 1)
    assert found.sites[0].commune == "b"


def test_nothing_is_placed_where_nothing_is_wanted():
    assert cover([Site("a", (0,))], np.zeros(1, dtype=bool), np.ones(1), 3).sites == ()


@given(
    st.lists(st.sets(st.integers(0, 7), min_size=1, max_size=4), min_size=1, max_size=7),
    st.sets(st.integers(0, 7)),
    st.integers(1, 4),
)
@settings(max_examples=60)
def test_the_sites_are_the_best_of_all_choices(areas, wanted, count):
    wanting = np.isin(np.arange(8), list(wanted))
    sites = [Site(f"s{i}", tuple(sorted(area))) for i, area in enumerate(areas)]
    found = cover(sites, wanting, np.arange(8.0), count)
    best = max(
        len(wanted & set().union(*some)) for some in combinations(areas, min(count, len(areas)))
    )
    assert found.total == best
    assert found.exact
    assert len(found.sites) <= count


@given(
    st.lists(st.sets(st.integers(0, 9), min_size=1, max_size=5), min_size=5, max_size=8),
    st.integers(2, 3),
)
@settings(max_examples=40)
def test_past_the_exact_size_the_bound_is_never_below_the_best(areas, count):
    wanting = np.ones(10, dtype=bool)
    sites = [Site(f"s{i}", tuple(sorted(area))) for i, area in enumerate(areas)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("matcher.cohorts.gaps.covering.EXACT_SITES", 0)
        found = cover(sites, wanting, np.zeros(10), count)
    best = max(len(set().union(*some)) for some in combinations(areas, count))
    assert found.total <= best <= found.bound
    assert found.total >= (1 - 1 / np.e) * best


def test_a_service_area_of_so_many_km_is_that_of_the_territory(matcher: Matcher):
    cohort = parse_cohort("departement:48", matcher.territory)
    for site in radius_sites(cohort, matcher.territory, 15)[::20]:
        near = set(matcher.territory.within(site.commune, 15)) & set(cohort.members)
        assert {cohort.members[i] for i in site.serves} == near


def test_a_service_area_of_an_epci_is_its_members_in_the_cohort(matcher: Matcher):
    islands = Cohort("îles", "Îles", tuple(sorted((*WITHOUT_EPCI.values(), LODEVE, "34189"))))
    served = {
        site.commune: {islands.members[i] for i in site.serves}
        for site in epci_sites(islands, matcher.territory)
    }
    assert all(served[island] == {island} for island in WITHOUT_EPCI.values())
    assert sum(map(len, served.values())) == len(islands.members)


# What people open


def test_each_bound_begins_a_class():
    assert [colour(v, (1, 3, 6, 9)) for v in (0, 1, 2.9, 6, 18)] == [
        PALETTE[i] for i in (0, 1, 2, 3, 4)
    ]


def test_the_command_writes_tables_points_and_a_map(
    tmp_path: Path, matcher: Matcher, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(Matcher, "open", classmethod(lambda cls, folder=None: matcher))
    out = tmp_path / "lacunes.csv"
    result = CliRunner().invoke(
        main, ["gaps", "--cohort", "departement:48", "--radius", "20", "--out", str(out)]
    )
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("Département : Lozère : 152 communes, 18 thèmes.")
    assert re.search(r"Portes d’entrée .* : \d+ connues ; .*\d+ pas connues de nous", result.stdout)
    rows = read(out)
    assert len(rows) == 152 * 18
    assert {row["niveau"] for row in rows} <= {level.label for level in Level}
    for row in read(tmp_path / "lacunes-themes.csv"):
        mine = [r for r in rows if r["theme"] == row["theme"]]
        for state in STATES:
            assert int(row[state]) == sum(r["etat"] == state for r in mine)
        doubts = sum(r["a_verifier"] == "oui" for r in mine)
        assert int(row["dont_couvert_a_verifier"]) == doubts <= int(row[STATES[0]])
    for site in read(tmp_path / "lacunes-sites.csv"):
        assert int(site["cumul_communes"]) <= int(site["maximum_possible"])
        assert int(site["maximum_possible"]) <= int(site["a_pourvoir"])
    points = json.loads((tmp_path / "lacunes.geojson").read_text(encoding="utf-8"))
    assert len(points["features"]) == 152
    wanting = {"non recensé", "national seulement"}
    for point in points["features"][:20]:
        said = point["properties"]
        assert said["themes_a_pourvoir"] == sum(said[theme] in wanting for theme in THEMES)
    areas = read(tmp_path / "lacunes-carte.csv")
    assert sum(int(row["communes"]) for row in areas) == 152
    drawn = ElementTree.parse(tmp_path / "lacunes.svg")
    titles = [t.text or "" for t in drawn.iter("{http://www.w3.org/2000/svg}title")]
    for row in areas:
        assert any(t.startswith(f"{row['territoire']} : ") for t in titles)


def test_the_map_of_france_shows_every_departement(
    tmp_path: Path, matcher: Matcher, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(Matcher, "open", classmethod(lambda cls, folder=None: matcher))
    out = tmp_path / "pvd.csv"
    result = CliRunner().invoke(main, ["gaps", "--theme", "mobilite", "--out", str(out)])
    assert result.exit_code == 0, result.output
    drawing = (tmp_path / "pvd.svg").read_text(encoding="utf-8")
    assert drawing.count("<path ") == 101
    assert "Mobilité : communes sans structure locale ni régionale connue de nous" in drawing
    assert "% des communes" in drawing


def test_an_unknown_cohort_is_refused_in_french(tmp_path: Path):
    out = tmp_path / "x.csv"
    result = CliRunner().invoke(main, ["gaps", "--cohort", "departement:99", "--out", str(out)])
    assert result.exit_code == 3
    assert "Cohorte inconnue : « departement:99 »" in result.stderr
    assert not out.exists()


def read(path: Path) -> list[dict[str, str]]:
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))


def test_the_doors_of_the_cohort_are_written_beside(
    tmp_path: Path, matcher: Matcher, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(Matcher, "open", classmethod(lambda cls, folder=None: matcher))
    out = tmp_path / "g.csv"
    result = CliRunner().invoke(main, ["gaps", "--cohort", "departement:48", "--out", str(out)])
    assert result.exit_code == 0, result.output
    rows = read(tmp_path / "g-portes.csv")
    assert {row["code_departement"] for row in rows} == {"48"}
    assert "pas connue de nous" in {row["etat"] for row in rows}
