"""Working groups: the same need, near or alike; nobody is forced, and the centre is the centre."""

import csv
from pathlib import Path

import numpy as np
import pytest
from builders import CILAOS, DIE, LODEVE
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher import Matcher, Need, Theme
from matcher.__main__ import main
from matcher.cohorts.batch.demand import Demand
from matcher.cohorts.planning.closeness import (
    APART,
    LEAST_LIKENESS,
    alikeness,
    distances,
    kilometres,
    need_likeness,
)
from matcher.cohorts.planning.groups import (
    FEWEST,
    MOST,
    MOST_NEEDS,
    REACH,
    TooManyNeeds,
    form_groups,
    gather,
    reason,
)
from matcher.ranking.inspiration import commune_likeness

RECYCLERIE = "Ouvrir une recyclerie dans l’ancienne gare"
SANTE = "Pas de médecin depuis deux ans : un centre de santé est-il possible ?"
HERAULT = ("34142", "34079", "34028", "34114", "34199")
"""Lodève, Clermont-l'Hérault, Bédarieux, Gignac, Pézenas: within 32 km of Lodève."""


def demands(texts: dict[str, str]) -> list[Demand]:
    return [Demand(insee, Need(insee, text)) for insee, text in texts.items()]


# What an expert can check


def test_near_communes_with_the_same_need_are_a_group(matcher: Matcher):
    groups = form_groups(matcher, demands(dict.fromkeys(HERAULT, RECYCLERIE)))
    assert len(groups) == 1
    assert set(groups[0].communes) == set(HERAULT)
    assert Theme.ECONOMIE_CIRCULAIRE in groups[0].themes
    assert groups[0].near
    said = reason(groups[0], matcher.territory)
    assert said.startswith("5 communes, même")
    assert "Économie circulaire et réemploi" in said
    assert "elles peuvent se réunir sur place" in said


def test_near_communes_with_other_needs_are_not(matcher: Matcher):
    needs = demands({LODEVE: RECYCLERIE, "34079": SANTE, "34028": "Une micro-crèche"})
    assert form_groups(matcher, needs) == []


def test_two_needs_make_two_groups(matcher: Matcher):
    near = demands(dict.fromkeys(HERAULT[:3], RECYCLERIE))
    others = [Demand(f"s{i}", Need(i, SANTE)) for i in HERAULT[:4]]
    groups = form_groups(matcher, [*near, *others])
    assert [len(g.communes) for g in groups] == [4, 3]
    assert Theme.SANTE in groups[0].themes


def test_alike_communes_far_from_each_other_meet_by_screen(matcher: Matcher):
    far = (DIE, "29024", "52269")  # Die, Carhaix, Langres: Petites villes de demain
    groups = form_groups(matcher, demands(dict.fromkeys(far, RECYCLERIE)))
    assert len(groups) == 1
    assert not groups[0].near
    assert "à réunir à distance" in reason(groups[0], matcher.territory)


def test_communes_neither_near_nor_alike_are_not(matcher: Matcher):
    unlike = (LODEVE, "75056", "59350", "29024")  # Lodève, Paris, Lille, Carhaix
    questions = [matcher.question(d.need) for d in demands(dict.fromkeys(unlike, RECYCLERIE))]
    apart = distances(questions)
    assert apart[0, 1] == apart[0, 2] == APART
    assert apart[0, 3] < REACH, "two Petites villes de demain"
    assert form_groups(matcher, demands(dict.fromkeys(unlike, RECYCLERIE))) == []


def test_two_communes_are_not_a_group(matcher: Matcher):
    assert form_groups(matcher, demands(dict.fromkeys(HERAULT[:2], RECYCLERIE))) == []
    assert form_groups(matcher, []) == []


def test_two_needs_of_one_commune_count_once(matcher: Matcher):
    twice = [
        Demand(f"{insee}-{i}", Need(insee, RECYCLERIE)) for insee in HERAULT[:2] for i in (1, 2)
    ]
    assert form_groups(matcher, twice) == []


def test_a_crowd_is_cut_into_groups_that_can_talk(matcher: Matcher):
    crowd = [c.insee for c in matcher.territory.communes.values() if c.departement == "48"][:40]
    groups = form_groups(matcher, demands(dict.fromkeys(crowd, RECYCLERIE)))
    assert len(groups) > 2
    assert all(FEWEST <= len(g.communes) <= MOST for g in groups)


def test_the_centre_is_the_member_nearest_to_all(matcher: Matcher):
    group = form_groups(matcher, demands(dict.fromkeys(HERAULT, RECYCLERIE)))[0]
    total = {
        one: sum(matcher.territory.distance_km(one, other) for other in group.communes)
        for one in group.communes
    }
    assert group.centre == min(total, key=total.__getitem__)
    assert group.communes[0] == group.centre
    assert group.km[0] == 0
    assert list(group.km) == sorted(group.km)
    assert group.km[-1] == pytest.approx(
        max(matcher.territory.distance_km(group.centre, c) for c in group.communes), abs=0.1
    )


def test_too_many_needs_are_refused_in_french(matcher: Matcher):
    many = [Demand(str(i), Need(LODEVE, RECYCLERIE)) for i in range(MOST_NEEDS + 1)]
    with pytest.raises(TooManyNeeds, match="4001 besoins, 4000 au plus"):
        form_groups(matcher, many)


# The distance


def test_the_distance_is_that_of_its_definition(matcher: Matcher):
    texts = {LODEVE: RECYCLERIE, "34079": RECYCLERIE, DIE: SANTE, CILAOS: RECYCLERIE}
    questions = [matcher.question(d.need) for d in demands(texts)]
    apart, likeness = distances(questions), need_likeness(questions)
    assert np.allclose(apart, apart.T)
    assert not apart.diagonal().any()
    assert likeness[0, 1] == pytest.approx(1, abs=1e-5)
    assert likeness[0, 2] < LEAST_LIKENESS
    assert apart[0, 2] == APART
    assert 0 < apart[0, 1] < apart[0, 3] < APART


def test_kilometres_and_alikeness_are_those_of_one_pair(matcher: Matcher):
    places = [matcher.commune(i, "insee") for i in (LODEVE, DIE, CILAOS, "75056", "34079")]
    km, alike = kilometres(places), alikeness(places)
    for i, one in enumerate(places):
        for j, other in enumerate(places):
            plain = matcher.territory.distance_km(one.insee, other.insee)
            assert km[i, j] == pytest.approx(plain, rel=1e-3, abs=0.01)
            assert alike[i, j] == pytest.approx(commune_likeness(one, other), abs=1e-4)


def test_needs_without_a_subject_are_compared_by_their_themes(matcher: Matcher):
    needs = [Need(i, themes=(Theme.MOBILITE,)) for i in HERAULT[:2]]
    assert need_likeness([matcher.question(n) for n in needs])[0, 1] == pytest.approx(1)


# Invariants


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=3, max_size=30))
@settings(max_examples=40)
def test_any_two_members_of_a_group_are_within_reach(points):
    places = np.array(points)
    apart = np.abs(places[:, None] - places).max(axis=2)
    communes = [str(i // 2) for i in range(len(points))]
    groups = gather(apart, communes)
    members = [i for group in groups for i in group]
    assert len(members) == len(set(members))
    for group in groups:
        assert FEWEST <= len({communes[i] for i in group}) <= MOST
        assert apart[np.ix_(group, group)].max() <= REACH + 1e-9


@given(st.randoms())
@settings(max_examples=5)
def test_the_order_of_the_needs_does_not_matter(matcher: Matcher, random):
    texts = {**dict.fromkeys(HERAULT, RECYCLERIE), DIE: SANTE, "48009": RECYCLERIE}
    listed = demands(texts)
    shuffled = list(listed)
    random.shuffle(shuffled)
    assert form_groups(matcher, listed) == form_groups(matcher, shuffled)


# The command


def test_the_command_writes_groups_and_who_stays_alone(
    tmp_path: Path, matcher: Matcher, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(Matcher, "open", classmethod(lambda cls, folder=None: matcher))
    needs = tmp_path / "besoins.csv"
    rows = [f"{insee};{RECYCLERIE}" for insee in HERAULT] + [f"{DIE};{SANTE}", f"99999;{SANTE}"]
    needs.write_text("\n".join(["commune;besoin", *rows]) + "\n", encoding="utf-8")
    out = tmp_path / "groupes.csv"
    result = CliRunner().invoke(main, ["groups", str(needs), "--out", str(out)])
    assert result.exit_code == 0, result.output
    assert "1 groupe pour 5 besoins sur 6" in result.stdout
    assert "Lignes refusées : 1" in result.stderr
    assert out.read_bytes().startswith(b"\xef\xbb\xbf")
    with out.open(encoding="utf-8-sig", newline="") as file:
        found = list(csv.DictReader(file, delimiter=";"))
    assert [row["groupe"] for row in found] == ["1"] * 5 + [""]
    assert found[-1]["commune"] == "Die"
    assert found[-1]["pourquoi"].startswith("Aucun groupe")
    assert all("," in row["distance_au_centre_km"] for row in found[:5])
