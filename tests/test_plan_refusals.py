"""A plan counts with refusals: what is expected, what is kept, who is not asked, what it gains."""

import csv
import math
import re
from io import BytesIO
from itertools import product
from pathlib import Path

import openpyxl
import pytest
from builders import FRANCE, a_matcher, a_structure
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from test_planning import NEED, choices, cohorts, pairs, write

from matcher import Matcher
from matcher.__main__ import main
from matcher.catalogue import Area, Scale
from matcher.cohorts.planning.introductions import Capacity, ListedStructure, Plan
from matcher.cohorts.planning.made import Wishes
from matcher.cohorts.planning.plan import plan, trial, trial_lines
from matcher.cohorts.planning.programme import GAP
from matcher.cohorts.planning.solver import POINTS, lines, weight
from matcher.cohorts.planning.told import DEFAULT_RATE, FormerPlan, Rates, read_former, read_told


def planned(table: str, default: int = 1, wishes: Wishes | None = None, **said: int) -> Plan:
    found = choices(table)
    needs = {choice.need: choice.commune for choice in found}
    return plan(needs, found, Capacity(said, default), 1, wishes or Wishes(Rates()))


def contacts(made: Plan) -> set[tuple[str, str]]:
    held = {(c.commune, c.structure) for found in made.reserved.values() for c in found}
    return held | {(c.commune, c.structure) for a in made.answers for c in a.given}


# What is expected


def test_each_commune_keeps_places_for_when_it_is_declined():
    made = planned("a: x 0.9, y 0.8, z 0.7, w 0.6", default=5)
    (answer,) = made.answers
    assert [one.structure for one in answer.given] == ["x"]
    assert [one.structure for one in answer.alternates] == ["y", "z"]
    assert made.expected == pytest.approx(1 - (1 - DEFAULT_RATE) ** 3)


def test_who_answers_more_often_is_asked_where_nobody_else_would_answer():
    rates = Rates({"x": 0.9, "y": 0.2})
    made = planned("a: x 0.9, y 0.8\nb: x 0.9", wishes=Wishes(rates, recourse=0))
    assert pairs(made) == {("a", "y"), ("b", "x")}
    assert made.expected == pytest.approx(1.1)


def test_a_place_goes_to_a_commune_without_any_before_a_second_one():
    made = planned("a: x 0.9, y 0.8\nb: y 0.3")
    assert contacts(made) == {("a", "x"), ("b", "y")}


@given(cohorts(), st.lists(st.sampled_from([0.1, 0.3, 0.5, 0.9]), min_size=4, max_size=4))
@settings(max_examples=60)
def test_no_plan_serves_more_communes_than_the_bound_says(cohort, drawn):
    found, said, per_commune = cohort
    rates = dict(zip("wxyz", drawn, strict=True))
    needs = {choice.need: choice.commune for choice in found}
    made = plan(needs, found, Capacity(said), per_commune, Wishes(Rates(rates), recourse=1))
    assert made.expected is not None

    def expected(taken: list[ListedStructure]) -> float:
        left = dict.fromkeys((c.commune for c in taken), 1.0)
        for choice in taken:
            left[choice.commune] *= 1 - rates[choice.structure]
        return sum(1 - p for p in left.values())

    def allowed(taken: list[ListedStructure]) -> bool:
        structures, communes = [c.structure for c in taken], [c.commune for c in taken]
        met = [(c.commune, c.body) for c in taken]
        return (
            all(structures.count(s) <= said[s] for s in structures)
            and all(communes.count(c) <= per_commune + 1 for c in communes)
            and len(met) == len(set(met))
        )

    every = (
        [c for c, kept in zip(found, keep, strict=True) if kept]
        for keep in product((False, True), repeat=len(found))
    )
    best = max(expected(taken) for taken in every if allowed(taken))
    held = [c for kept in made.reserved.values() for c in kept]
    assert allowed([*held, *(c for answer in made.answers for c in answer.given)])
    assert made.expected <= best + 1e-6
    assert best <= made.expected + made.above + 1e-6
    assert made.above <= 3 * GAP * (1 + best)


@given(
    st.lists(st.sampled_from([0.1, 0.25, 0.3, 0.6, 0.99]), min_size=1, max_size=4),
    st.integers(1, 5),
    st.sampled_from([0.0, 0.7]),
)
def test_the_lines_never_cut_what_can_be_reached_and_meet_it(drawn, most, start):
    weights = tuple(sorted({weight(rate) for rate in drawn}))
    found = lines(weights, most, start)
    for picked in product((0.0, *weights), repeat=most):
        z = start + sum(picked)
        bound = min(slope * z + height for slope, height in found)
        true = 1 - math.exp(-z)
        assert true - 1e-6 <= bound
        if len(found) < POINTS:
            assert bound == pytest.approx(true, abs=1e-6)
        else:
            assert bound <= true + 1e-3


def test_a_rate_of_few_answers_stays_near_the_default():
    rates = Rates({"dit": 0.8}, {"peu": (1, 1), "jamais": (0, 40), "toujours": (40, 40)})
    assert rates["dit"] == 0.8
    assert rates["inconnue"] == DEFAULT_RATE and rates.is_supposed("inconnue")
    assert DEFAULT_RATE < rates["peu"] < 0.5
    assert 0 < rates["jamais"] < 0.1 and 0.9 < rates["toujours"] < 1


def test_whom_a_commune_calls_next_answers_the_same_need_wherever_there_is_somebody():
    made = planned("a1: x 0.9, y 0.5, z 0.4\na2: v 0.9, w 0.9, u 0.9", default=5)
    (answer,) = made.answers
    assert len(answer.alternates) == 2
    assert {one.need for one in (*answer.given, *answer.alternates)} == {answer.need}
    assert made.held_back == tuple(made.waiting) and len(made.waiting) == 1


def test_a_need_with_nobody_to_call_next_turns_to_another_need_of_its_commune():
    made = planned("a1: x 0.9\na2: y 0.9", default=5)
    (answer,) = made.answers
    assert [one.need for one in answer.alternates] == list(made.waiting)
    assert made.expected == pytest.approx(1 - (1 - DEFAULT_RATE) ** 2), "no place is lost for it"


def test_two_needs_that_are_introduced_each_have_their_own_to_call_next():
    found = choices("a1: x 0.9, y 0.5\na2: v 0.9, w 0.5\na3: u 0.9, t 0.9")
    needs = {choice.need: choice.commune for choice in found}
    made = plan(needs, found, Capacity({}, 5), 2, Wishes(Rates()))
    assert len(made.answers) == 2 and len(made.waiting) == 1
    for answer in made.answers:
        assert [one.need for one in answer.alternates] == [answer.need]


# What else is wanted


def test_who_takes_part_has_the_least_load_or_nothing():
    table = "a: x 0.9, z 0.5\nb: y 0.9, z 0.5\nc: z 0.9"
    free = planned(table, default=3, wishes=Wishes(Rates(), recourse=0))
    assert {s for _, s in pairs(free)} == {"x", "y", "z"}
    held = planned(table, default=3, wishes=Wishes(Rates(), recourse=0, least=3))
    assert {s for _, s in pairs(held)} == {"z"}
    alone = planned("a: x 0.9", wishes=Wishes(Rates(), recourse=0, least=2), default=5)
    assert not pairs(alone) and alone.left_out


def test_counterparts_are_fewer_for_a_hundredth_of_the_score_and_no_more():
    near = "a: x 0.900, z 0.899\nb: y 0.900, z 0.899"
    far = "a: x 0.9, z 0.5\nb: y 0.9, z 0.5"
    for table, structures in ((near, {"z"}), (far, {"x", "y"})):
        wishes = Wishes(Rates(), recourse=0, areas={"a": "epci", "b": "epci"})
        made = planned(table, default=5, wishes=wishes)
        assert {s for _, s in pairs(made)} == structures


def test_a_new_plan_keeps_what_was_accepted_and_asks_nobody_twice():
    table = "a: x 0.9, y 0.8\nb: x 0.9, y 0.8, z 0.7\nc: x 0.9, z 0.1"
    former = FormerPlan(
        pairs=frozenset({("a", "y"), ("b", "x"), ("c", "x")}),
        accepted=frozenset({("a", "y")}),
        sent=frozenset({("c", "x")}),
        declined=frozenset({("b", "x")}),
    )
    made = planned(table, default=2, wishes=Wishes(Rates(), former=former))
    by_commune = {c: {s for place, s in contacts(made) if place == c} for c in "abc"}
    assert by_commune["a"] == {"y"}, "accepted: nobody else is bothered"
    assert by_commune["b"] == {"y", "z"}, "x declined"
    assert by_commune["c"] == {"x", "z"}, "x was asked: it stays, with somebody to call next"
    assert made.kept == {("a", "y"), ("c", "x")}
    assert next(a for a in made.answers if a.commune == "c").given[0].structure == "x"


def test_what_is_kept_holds_even_where_the_structure_takes_nobody_any_more():
    former = FormerPlan(frozenset({("a", "x")}), frozenset({("a", "x")}))
    made = planned("a: x 0.9\nb: x 0.9", wishes=Wishes(Rates(), former=former), x=0)
    assert contacts(made) == {("a", "x")}
    assert [left.commune for left in made.left_out] == ["b"]


def test_places_under_way_are_taken_off_once():
    former = FormerPlan(frozenset({("a", "x")}), frozenset({("a", "x")}))
    table = "a: x 0.9\nb: x 0.9"
    once = Wishes(Rates(), former=former, underway={"x": 1})
    assert contacts(planned(table, wishes=once, x=1)) == {("a", "x"), ("b", "x")}
    twice = Wishes(Rates(), former=former)
    assert contacts(planned(table, wishes=twice, x=1)) == {("a", "x")}


def test_between_plans_alike_the_one_that_changes_least_is_made():
    table = "a: x 0.900, y 0.899\nb: x 0.900, y 0.899"
    swapped = frozenset({("a", "y"), ("b", "x")})
    for kept in (swapped, frozenset({("a", "x"), ("b", "y")})):
        wishes = Wishes(Rates(), recourse=0, former=FormerPlan(pairs=kept))
        assert pairs(planned(table, wishes=wishes)) == kept


# A trial


def test_the_trial_is_the_same_twice_and_no_plan_serves_more_than_there_are_communes():
    table = "\n".join(f"{c}: x 0.9, y 0.8, z 0.7, w 0.6" for c in "abcdefgh")
    found = choices(table)
    needs = {choice.need: choice.commune for choice in found}
    done = [list(trial(needs, found, Capacity({}, 4), 1, Wishes(), 50)) for _ in range(2)]
    for first, second in zip(*done, strict=True):
        assert (first.aware == second.aware).all() and (first.recourse == second.recourse).all()
        assert first.aware.max() <= 8
        assert first.alone.mean() < first.aware.mean()
        assert (first.alone <= first.recourse).all(), "the same answers, and somebody to call next"
    said = list(trial_lines(done[0], 8))
    assert [rate in "".join(said) for rate in ("17 %", "30 %", "60 %")] == [True] * 3
    assert "gain" in said[-1] and "graine" in said[0]


# Files


def test_bad_answers_of_a_former_plan_are_told_and_the_others_read(tmp_path: Path):
    path = write(
        tmp_path / "plan.csv",
        "besoin;insee;structure_id;reponse\n"
        "1;34142;x;acceptée\n2;1001;y;Déclinée\n3;34079;x;sans réponse\n4;34003;x;envoyée\n"
        "5;34003;y;\n6;34003;;\n7;34003;x;peut-être\n8;99999;x;acceptée\n",
    )
    former, faults = read_former(path, {"34142", "01001", "34079", "34003"}, {"x", "y"})
    assert former.accepted == {("34142", "x")} and former.sent == {("34003", "x")}
    assert former.declined == {("01001", "y"), ("34079", "x")}
    assert ("34003", "y") in former.pairs and ("34003", "y") not in former.standing
    assert [(f.line, f.column) for f in faults] == [(8, "reponse"), (9, "insee")]


def test_what_is_told_of_structures_is_read_with_its_faults(tmp_path: Path):
    path = write(
        tmp_path / "structures.csv",
        "structure_id;capacite;taux_reponse;sollicitees;acceptees;suivi\n"
        "v;3;45 %;;;\nw;0;;;;ne plus solliciter\nx;4;;10;7;\ny;4;;2;3;\nz;4;250;;;\n",
    )
    told, faults = read_told(path, set("vwxyz"))
    assert told.rates == {"v": 0.45} and told.counted == {"x": (7, 10)}
    assert told.reasons == {"w": "ne plus solliciter"}
    assert [(f.line, f.column) for f in faults] == [(5, "acceptees"), (6, "taux_reponse")]


@pytest.fixture
def three(matcher: Matcher, monkeypatch: pytest.MonkeyPatch) -> Matcher:
    structures = [
        a_structure("pres", coverage=(Area(Scale.DEPARTEMENT, "34"),)),
        a_structure("pause", coverage=(Area(Scale.DEPARTEMENT, "34"),)),
        a_structure("loin", coverage=(FRANCE,), to_verify=True, note="Le téléphone a changé."),
    ]
    small = a_matcher(matcher, structures)
    monkeypatch.setattr(Matcher, "open", classmethod(lambda cls, folder=None: small))
    return small


def run(folder: Path, *more: str, out: str = "plan.csv") -> str:
    write(folder / "besoins.csv", f"commune,besoin\n34142,{NEED}\n34079,{NEED}\n")
    told = "structure_id;capacite;suivi\npause;0;en pause jusqu’au 02/01/2027\n"
    capacity = write(folder / "structures.csv", told)
    given = [str(folder / "besoins.csv"), "--capacity", str(capacity)]
    done = CliRunner().invoke(main, ["plan", *given, "--out", str(folder / out), *more])
    assert done.exit_code == 0, done.output
    return re.sub("[\u00a0\u202f]", " ", done.output)


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))


@pytest.mark.usefixtures("three")
def test_who_is_paused_is_named_with_the_reason(tmp_path: Path):
    said = run(tmp_path)
    assert "(en pause jusqu’au 02/01/2027), dans la liste de 2 communes" in said
    assert "acceptent 30 % des introductions" in said and "Personne ne l’a mesuré" in said
    (aside,) = rows_of(tmp_path / "plan-non-sollicitees.csv")
    assert (aside["structure_id"], aside["pourquoi"]) == ("pause", "en pause jusqu’au 02/01/2027")
    assert not any(row["structure_id"] == "pause" for row in rows_of(tmp_path / "plan.csv"))


@pytest.mark.usefixtures("three")
def test_the_flags_of_a_structure_are_in_every_form_of_the_plan(tmp_path: Path):
    run(tmp_path)
    doubtful = [row for row in rows_of(tmp_path / "plan.csv") if row["structure_id"] == "loin"]
    assert [row["statut"] for row in doubtful] == ["recours", "recours"]
    assert {(row["a_verifier"], row["motif"]) for row in doubtful} == {
        ("oui", "Le téléphone a changé.")
    }
    load = {row["structure_id"]: row for row in rows_of(tmp_path / "plan-charge.csv")}
    assert load["loin"]["motif"] == "Le téléphone a changé." and load["loin"]["recours"] == "2"
    run(tmp_path, out="plan.xlsx")
    book = openpyxl.load_workbook(BytesIO((tmp_path / "plan.xlsx").read_bytes()))
    assert book.sheetnames == ["Plan", "Charge", "Non sollicitées", "Lecture"]
    cells = [[cell.value for cell in row] for row in book["Plan"].iter_rows()]
    assert sum("Le téléphone a changé." in row for row in cells) == 2
    run(tmp_path, out="plan.pdf")
    assert (tmp_path / "plan.pdf").read_bytes().startswith(b"%PDF")


@pytest.mark.usefixtures("three")
def test_a_plan_whose_answers_are_filled_in_is_taken_up_again(tmp_path: Path):
    run(tmp_path)
    lines_ = (tmp_path / "plan.csv").read_text(encoding="utf-8-sig").splitlines()
    at = lines_[0].split(";").index("reponse")
    filled = [lines_[0]]
    for line in lines_[1:]:
        cells = next(csv.reader([line], delimiter=";"))
        if "pres" in cells:
            cells[at] = "acceptée" if "34142" in cells else "déclinée"
        filled.append(";".join(f'"{cell}"' for cell in cells))
    write(tmp_path / "former.csv", "\n".join(filled) + "\n")
    said = run(tmp_path, "--reprendre", str(tmp_path / "former.csv"))
    assert "1 introduction acceptée et 0 envoyée, gardées ; 1 refus, jamais redemandés" in said
    rows = {(row["insee"], row["structure_id"]): row for row in rows_of(tmp_path / "plan.csv")}
    assert set(rows) == {("34142", "pres"), ("34079", "loin")}
    assert rows["34142", "pres"]["reponse"] == "acceptée"
    assert "qui a accepté" in rows["34142", "pres"]["phrase"]
    assert "Ont décliné" in rows["34079", "loin"]["phrase"]


@pytest.mark.usefixtures("three")
def test_a_plan_may_believe_that_everybody_answers(tmp_path: Path):
    said = run(tmp_path, "--tous-repondent")
    assert "croit que chaque structure accepte" in said
    assert all(row["statut"] != "recours" for row in rows_of(tmp_path / "plan.csv"))


@pytest.mark.usefixtures("three")
def test_a_need_that_waits_for_its_commune_is_named_with_the_rule(tmp_path: Path):
    table = f"id,commune,besoin\nA,34142,{NEED}\nB,34142,{NEED}\nC,34079,{NEED}\n"
    needs = write(tmp_path / "deux.csv", table)
    done = CliRunner().invoke(main, ["plan", str(needs), "--out", str(tmp_path / "plan.csv")])
    assert done.exit_code == 0, done.output
    rows = rows_of(tmp_path / "plan.csv")
    (waiting,) = [row for row in rows if row["statut"] == "besoin en attente"]
    assert waiting["besoin"] in "AB" and not waiting["structure_id"]
    rule = "a déjà son introduction, pour un autre besoin (--per-commune 1)"
    assert f"Lodève {rule}" in waiting["phrase"]
    assert f"1 besoin sans introduction : {waiting['besoin']} (Lodève)" in re.sub(
        "[\u00a0\u202f]", " ", done.output
    )
    assert rule in done.output
    both = [*("--per-commune", "2"), "--out", str(tmp_path / "plan.csv")]
    done = CliRunner().invoke(main, ["plan", str(needs), *both])
    assert {row["statut"] for row in rows_of(tmp_path / "plan.csv")} <= {
        *("premier choix", "autre choix", "recours")
    }
    assert "sans introduction" not in done.output
