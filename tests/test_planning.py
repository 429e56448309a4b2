"""Introductions: within capacity, as many communes as can be, the best shares, and why not."""

import csv
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest
from builders import FRANCE, LODEVE, a_matcher, a_structure, plan_demands
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher import Matcher, Need, Theme
from matcher.__main__ import main
from matcher.catalogue import Area, Scale
from matcher.cohorts.batch.demand import Demand, read_demands
from matcher.cohorts.planning.introductions import Capacity, ListedStructure, Plan, shared
from matcher.cohorts.planning.plan import plan
from matcher.cohorts.planning.report import explain
from matcher.cohorts.planning.told import read_told

NEED = "Ouvrir une recyclerie dans l’ancienne gare"


def choices(table: str) -> list[ListedStructure]:
    """`a: x 0.9, y 0.5` is commune and need `a` with its list, best first."""
    found = []
    for line in table.strip().splitlines():
        need, listed = line.strip().split(": ")
        for rank, item in enumerate(listed.split(", "), 1):
            structure, score = item.split()
            found.append(ListedStructure(need[0], need, structure, structure, rank, float(score)))
    return found


def planned(table: str, default: int = 1, per_commune: int = 1, **said: int) -> Plan:
    found = choices(table)
    needs = {choice.need: choice.commune for choice in found}
    return plan(needs, found, Capacity(said, default), per_commune)


def pairs(made: Plan) -> set[tuple[str, str]]:
    return {(c.need, c.structure) for answer in made.answers for c in answer.given}


# What an expert can check by hand


def test_with_room_for_all_each_commune_has_its_first_choice():
    made = planned("a: x 0.9, y 0.5\nb: x 0.8, y 0.7", default=2)
    assert pairs(made) == {("a", "x"), ("b", "x")}
    assert [answer.rank_lost for answer in made.answers] == [0, 0]


def test_the_one_place_goes_where_the_whole_cohort_gains_most():
    # A greedy loop would give x to a (all of its best score), and b would fall to an eighth of its
    # own: 1.125 in all against 0.8 / 0.9 + 1.
    made = planned("a: x 0.9, y 0.8\nb: x 0.8, y 0.1")
    assert pairs(made) == {("a", "y"), ("b", "x")}
    assert made.share == pytest.approx(0.8 / 0.9 + 1)


def test_what_capacity_cost_is_told_in_ranks_and_share():
    made = planned("a: x 0.9, y 0.8\nb: x 0.8, y 0.1")
    cost = {answer.need: (answer.rank_lost, answer.share_lost) for answer in made.answers}
    assert cost == {"a": (1, pytest.approx(0.1 / 0.9)), "b": (0, 0.0)}


def test_a_need_whose_scores_are_all_high_does_not_win_the_place_for_that():
    # In raw scores x would go to a (0.9 + 0.2 against 0.6 + 0.4); but b would lose half of its
    # best score there, and a loses a third of its own here.
    made = planned("a: x 0.9, y 0.6\nb: x 0.4, z 0.2")
    assert pairs(made) == {("a", "y"), ("b", "x")}


def test_a_need_whose_scores_are_all_zero_is_planned_like_another():
    made = planned("a: x 0, y 0\nb: x 0.4, z 0.2")
    assert pairs(made) == {("a", "y"), ("b", "x")}


def test_a_commune_gives_its_best_answer_up_so_that_another_has_one():
    # 0.9 alone is worth more than 0.2 + 0.1, yet both communes are served.
    made = planned("a: x 0.9, y 0.1\nb: x 0.2")
    assert pairs(made) == {("a", "y"), ("b", "x")}


def test_no_commune_is_left_out_while_another_has_three():
    made = planned("a: x 0.9, y 0.8, z 0.7\nb: z 0.1", per_commune=3)
    assert pairs(made) == {("a", "x"), ("a", "y"), ("b", "z")}


def test_second_introductions_come_before_third_ones():
    made = planned("a: w 0.9, x 0.9, y 0.9\nb: z 0.2, y 0.1", per_commune=3)
    assert pairs(made) == {("a", "w"), ("a", "x"), ("b", "z"), ("b", "y")}


def test_two_needs_of_a_commune_are_both_answered_before_one_is_answered_twice():
    made = planned("a1: x 0.9, y 0.8\na2: z 0.1", per_commune=2)
    assert pairs(made) == {("a1", "x"), ("a2", "z")}


def test_a_commune_meets_a_body_once():
    found = [ListedStructure("a", "a", s, "réseau", r, 0.9) for r, s in enumerate("xy", 1)]
    made = plan({"a": "a"}, found, Capacity({}, 5), 3)
    assert pairs(made) == {("a", "x")}


def test_a_need_that_waits_is_not_a_commune_left_out():
    made = planned("a1: x 0.9\na2: x 0.8", default=5)
    (answer,) = made.answers
    assert {answer.need, *made.waiting} == {"a1", "a2"}
    assert made.left_out == ()


# Why a commune has none


def test_a_commune_that_nobody_covers_is_told_so():
    made = plan({"a": "a"}, [], Capacity({}, 1))
    assert explain(made.left_out[0]) == "Aucune structure du catalogue ne couvre cette commune."


def test_a_commune_whose_structures_are_full_is_told_who_shares_them():
    made = planned("a: x 0.9, y 0.8\nb: x 0.8\nc: y 0.7\nd: z 0.1")
    left = made.left_out[0]
    assert set(left.rivals) == {"a", "b", "c"}, "d has a place of its own"
    assert (set(left.structures), left.places) == ({"x", "y"}, 2)
    assert "au complet" in explain(left)
    assert "3 communes n’ont ensemble que 2 places, auprès de 2 structures" in explain(left)


def test_rivals_are_followed_from_place_to_place():
    made = planned("a: x 0.1\nb: x 0.2, y 0.9\nc: y 0.9, z 0.2\nd: z 0.9\ne: v 0.9")
    left = made.left_out[0]
    assert set(left.rivals) == {"a", "b", "c", "d"}
    assert (set(left.structures), left.places) == ({"x", "y", "z"}, 3)


def test_a_structure_that_takes_nobody_is_not_said_to_be_full():
    made = planned("a: x 0.9", x=0)
    assert explain(made.left_out[0]) == "Sa seule structure ne prend aucune introduction."


# Against brute force


@st.composite
def cohorts(draw: st.DrawFn) -> tuple[list[ListedStructure], dict[str, int], int]:
    """At most four communes, four structures in three bodies, two needs in a commune."""
    bodies = {"w": "w", "x": "x", "y": "y", "z": "y"}
    found = []
    for commune in "abcd"[: draw(st.integers(1, 4))]:
        for need in (commune + n for n in "12"[: draw(st.integers(1, 2)) if commune == "a" else 1]):
            listed = draw(st.lists(st.sampled_from("wxyz"), unique=True, max_size=3))
            scores = sorted(draw(st.lists(st.integers(1, 99), min_size=3, max_size=3)))[::-1]
            found += [
                ListedStructure(commune, need, s, bodies[s], rank, scores[rank - 1] / 100)
                for rank, s in enumerate(listed, 1)
            ]
    said = {s: draw(st.integers(0, 2)) for s in "wxyz"}
    return found, said, draw(st.integers(1, 3))


def worth(taken: list[ListedStructure], per_commune: int) -> tuple[float, ...]:
    """What is compared, in order: communes with one, two, three; needs answered; total share."""
    communes = [c.commune for c in taken]
    levels = [
        sum(communes.count(c) >= level for c in set(communes))
        for level in range(1, per_commune + 1)
    ]
    return (*levels, len({c.need for c in taken}), round(sum(c.share for c in taken), 6))


def allowed(taken: list[ListedStructure], said: dict[str, int], per_commune: int) -> bool:
    structures = [c.structure for c in taken]
    communes = [c.commune for c in taken]
    met = [(c.commune, c.body) for c in taken]
    return (
        all(structures.count(s) <= said[s] for s in structures)
        and all(communes.count(c) <= per_commune for c in communes)
        and len(met) == len(set(met))
    )


@given(cohorts())
@settings(max_examples=60)
def test_the_plan_is_as_good_as_the_best_of_all_plans(cohort):
    found, said, per_commune = cohort
    needs = {choice.need: choice.commune for choice in found}
    made = plan(needs, found, Capacity(said), per_commune)
    taken = [c for answer in made.answers for c in answer.given]
    assert allowed(taken, said, per_commune)
    own = shared(found)
    every = (
        [c for c, kept in zip(own, keep, strict=True) if kept]
        for keep in product((False, True), repeat=len(found))
    )
    best = max(worth(t, per_commune) for t in every if allowed(t, said, per_commune))
    assert worth(taken, per_commune) == best


@given(cohorts())
@settings(max_examples=60)
def test_whoever_is_left_out_had_too_few_places_with_its_rivals(cohort):
    found, said, per_commune = cohort
    needs = {choice.need: choice.commune for choice in found} | {"seul": "seul"}
    made = plan(needs, found, Capacity(said), per_commune)
    served = {answer.commune for answer in made.answers}
    for left in made.left_out:
        assert left.commune not in served
        assert left.places < len(left.rivals) or not left.asked
        asked = {c.structure for c in found if c.commune in left.rivals}
        assert asked == set(left.structures)
        assert left.places == sum(said[s] for s in asked)


@given(cohorts(), st.randoms())
@settings(max_examples=20)
def test_the_order_of_the_choices_does_not_matter(cohort, random):
    found, said, per_commune = cohort
    needs = {choice.need: choice.commune for choice in found}
    shuffled = list(found)
    random.shuffle(shuffled)
    capacity = Capacity(said)
    assert plan(needs, found, capacity, per_commune) == plan(needs, shuffled, capacity, per_commune)


@given(cohorts(), st.sampled_from([0.5, 0.25, 0.125]))
@settings(max_examples=40)
def test_scaling_all_scores_of_a_need_changes_no_plan(cohort, factor):
    found, said, per_commune = cohort
    needs = {choice.need: choice.commune for choice in found}
    scaled = [replace(c, score=c.score * factor) if c.need == "a1" else c for c in found]
    before = plan(needs, found, Capacity(said), per_commune)
    after = plan(needs, scaled, Capacity(said), per_commune)
    assert pairs(after) == pairs(before)
    assert after.share == before.share


# On real communes


def test_real_communes_have_structures_of_their_own_ranking(matcher: Matcher):
    lozere = matcher.territory.members(Area(Scale.DEPARTEMENT, "48"))[:12]
    demands = [Demand(insee, Need(insee, NEED)) for insee in lozere]
    made = plan_demands(matcher, demands, Capacity({}, 2), per_commune=2, depth=8)
    assert not made.left_out
    assert max(made.load.values()) <= 2
    for demand, answer in zip(demands, made.answers, strict=True):
        own = [s.structure.id for s in matcher.match(demand.need, top=8)]
        for choice in answer.given:
            assert own[choice.rank - 1] == choice.structure


def test_a_commune_that_nobody_covers_is_explained_beside_one_that_is(matcher: Matcher):
    local = a_structure("locale", coverage=(Area(Scale.COMMUNE, LODEVE),))
    small = a_matcher(matcher, [local])
    demands = [Demand(i, Need(i, NEED)) for i in (LODEVE, "26113")]
    made = plan_demands(small, demands, Capacity({}))
    assert [answer.commune for answer in made.answers] == [LODEVE]
    assert [left.commune for left in made.left_out] == ["26113"]


def test_a_plan_of_nothing_is_empty(matcher: Matcher):
    assert plan_demands(matcher, [], Capacity({})).answers == ()


# Tables that people hand over


@pytest.fixture
def open_once(matcher: Matcher, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Matcher, "open", classmethod(lambda cls, folder=None: matcher))


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_bad_rows_of_needs_are_told_and_the_others_read(tmp_path: Path, matcher: Matcher):
    path = write(
        tmp_path / "besoins.csv",
        "commune;besoin;themes;etape;id\n"
        f"Lodève;{NEED};;;a\n"
        "Trifouillis;Un café;;;b\n"
        "26113;;café;;c\n"
        "26113;;;demain;d\n"
        "26113;;;;e\n"
        "26113;;mobilite|habitat;immobilier;a\n"
        "26113;;mobilite|habitat;immobilier;\n",
    )
    demands, faults = read_demands(path, matcher.territory)
    assert [(d.id, d.need.commune) for d in demands] == [("a", LODEVE), ("ligne-8", "26113")]
    assert list(demands[1].need.themes) == [Theme.MOBILITE, Theme.HABITAT]
    assert [(f.line, f.column) for f in faults] == [
        (3, "commune"), (4, "themes"), (5, "etape"), (6, "besoin"), (7, "id"),
    ]  # fmt: skip
    assert all(fault.file == "besoins.csv" and fault.rule for fault in faults)


def test_bad_rows_of_capacities_are_told_and_the_others_read(tmp_path: Path):
    path = write(
        tmp_path / "capacites.csv",
        "structure_id,capacite\nx,3\nnulle-part,1\ny,beaucoup\nz,-1\nx,4\nw,0\nv,1000000000000\n",
    )
    told, faults = read_told(path, set("vwxyz"))
    assert told.capacity == {"x": 3, "w": 0}
    assert [(f.line, f.column) for f in faults] == [
        (3, "structure_id"), (4, "capacite"), (5, "capacite"), (6, "structure_id"), (8, "capacite"),
    ]  # fmt: skip


def test_the_command_writes_the_plan_the_loads_and_the_refusals(
    tmp_path: Path, matcher: Matcher, monkeypatch: pytest.MonkeyPatch
):
    structures = [
        a_structure("pres", coverage=(Area(Scale.DEPARTEMENT, "34"),)),
        a_structure("loin", coverage=(FRANCE,), seat="75056"),
    ]
    small = a_matcher(matcher, structures)
    monkeypatch.setattr(Matcher, "open", classmethod(lambda cls, folder=None: small))
    needs = write(
        tmp_path / "besoins.csv",
        f"commune,besoin\n34142,{NEED}\n34079,{NEED}\n34003,{NEED}\n99999,{NEED}\n",
    )
    capacity = write(tmp_path / "capacites.csv", "structure_id,capacite\npres,1\n")
    out = tmp_path / "plan.csv"
    result = CliRunner().invoke(
        main,
        ["plan", str(needs), "--capacity", str(capacity), "--default-capacity", "1",
         "--out", str(out)],
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    assert "2 introductions pour 2 communes sur 3" in result.stdout
    assert "Lignes refusées : 1" in result.stderr
    rows = [row for row in read(out) if row["statut"] != "recours"]
    assert len(rows) == 3
    assert sorted(row["structure_id"] for row in rows) == ["", "loin", "pres"]
    left = next(row for row in rows if not row["structure_id"])
    assert left["statut"] == "commune sans introduction"
    assert "3 communes n’ont ensemble que 2 places" in left["explication"]
    assert "CRESS" in left["portes_pas_connues_de_nous"].split("|"), "it has no structure of ours"
    assert left["portes_connues"] == left["portes_a_verifier"] == ""
    assert "Pas connues de nous, mais qui existent peut-être : CRESS" in result.stdout
    second = next(row for row in rows if row["structure_id"] == "loin")
    assert second["rang_perdu"] == "1"
    assert "," in second["part_perdue"]
    assert "% du meilleur score du besoin" in second["explication"]
    first = next(row for row in rows if row["structure_id"] == "pres")
    assert first["part_du_meilleur_score_du_besoin"] == "1,0"
    assert "ne se comparent pas d’un besoin à l’autre" in result.stdout
    assert {row["au_complet"] for row in read(tmp_path / "plan-charge.csv")} == {"oui"}
    assert [row["valeur"] for row in read(tmp_path / "plan-refus.csv")] == ["99999"]


def test_who_declines_is_followed_by_the_next_one_with_a_place_left():
    made = planned("a: x 0.9, y 0.8, z 0.7\nb: y 0.8")
    (first,) = (answer for answer in made.answers if answer.need == "a")
    assert [one.structure for one in first.given] == ["x"]
    assert [one.structure for one in first.alternates] == ["z"], "y has no place left"


def test_a_forbidden_pair_never_meets_and_each_commune_is_explained(
    tmp_path: Path, matcher: Matcher, monkeypatch: pytest.MonkeyPatch
):
    structures = [
        a_structure("pres", coverage=(Area(Scale.DEPARTEMENT, "34"),)),
        a_structure("loin", coverage=(FRANCE,), seat="75056"),
    ]
    small = a_matcher(matcher, structures)
    monkeypatch.setattr(Matcher, "open", classmethod(lambda cls, folder=None: small))
    needs = write(tmp_path / "besoins.csv", f"commune,besoin\n34142,{NEED}\n34079,{NEED}\n")
    pairs = "insee,structure_id\n34142,pres\n34142,inconnue\n00000,pres\n"
    forbidden = write(tmp_path / "interdits.csv", pairs)
    out = tmp_path / "plan.csv"
    result = CliRunner().invoke(
        main, ["plan", str(needs), "--interdits", str(forbidden), "--out", str(out)]
    )
    assert result.exit_code == 0, result.output
    assert "Lignes refusées : 2" in result.stderr
    rows = {row["insee"]: row for row in read(out) if row["statut"] != "recours"}
    assert rows["34142"]["structure_id"] == "loin" and not rows["34142"]["recours"]
    assert rows["34079"]["structure_id"] == "pres" and rows["34079"]["recours"]
    for row in rows.values():
        assert row["phrase"].startswith(f"{row['commune']} rencontre « {row['structure']} »")
    assert "En cas de refus" in rows["34079"]["phrase"]


@pytest.mark.usefixtures("open_once")
@pytest.mark.parametrize("command", ["plan", "groups"])
@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("commune,besoin\n", "Aucun besoin lisible"),
        (f"commune,besoin\n99999,{NEED}\n", "Aucun besoin lisible"),
        (f"lieu-dit,besoin\n34142,{NEED}\n", "colonne « commune »"),
        ("", "fichier vide"),
    ],
)
def test_a_table_without_a_need_is_refused(tmp_path: Path, command: str, table: str, said: str):
    needs = write(tmp_path / "besoins.csv", table)
    out = tmp_path / "x.csv"
    result = CliRunner().invoke(main, [command, str(needs), "--out", str(out)])
    assert result.exit_code == 5
    assert said in result.stderr
    assert not out.exists()


@pytest.mark.usefixtures("open_once")
@pytest.mark.parametrize("command", ["plan", "groups"])
def test_a_place_where_nothing_can_be_written_is_refused_at_once(tmp_path: Path, command: str):
    needs = write(tmp_path / "besoins.csv", f"commune,besoin\n34142,{NEED}\n")
    out = tmp_path / "nulle" / "part.csv"
    result = CliRunner().invoke(main, [command, str(needs), "--out", str(out)])
    assert result.exit_code == 5
    assert "part.csv" in result.stderr


def read(path: Path) -> list[dict[str, str]]:
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))
