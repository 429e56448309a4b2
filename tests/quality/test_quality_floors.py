"""How well needs are answered and read may not fall: the figures of a day, minus a margin."""

from collections.abc import Callable

import pytest

from matcher.cohorts.evaluation.reading import FIRST
from matcher.reading.wordlists import OUT_OF_SCOPE

Read = list[tuple[dict[str, str], list[str]]]
Measured = Callable[[str], dict[str, float]]

MARGIN = 0.025
"""What a figure may lose, in [0, 1]: one case of the small file, two of the large one. A change
that helps elsewhere may cost that; a fault costs more."""

FOUND = {
    ("accompagnements.csv", "hit@1"): 0.388,
    ("accompagnements.csv", "hit@5"): 0.714,
    ("accompagnements.csv", "hit@10"): 0.857,
    ("accompagnements.csv", "MRR"): 0.540,
    ("besoins_reformules.csv", "hit@1"): 0.252,
    ("besoins_reformules.csv", "hit@5"): 0.524,
    ("besoins_reformules.csv", "hit@10"): 0.621,
    ("besoins_reformules.csv", "MRR"): 0.379,
}
"""Measured on 29 November 2026, with 271 more projects and the role of each support. Raise a
figure when the ranking gets better, never lower it alone: say in the change what was gained for it.
Hit@1 was 0.449 and 0.320 before: a body that runs a project itself has it no longer as a proof, and
those that helped the new projects may come before the one of the case (cafés, groceries, farms)."""

RELEVANT = {
    ("pertinence", "nDCG@10"): 0.656,
    ("pertinence", "P@1"): 0.467,
    ("pertinence", "P@3"): 0.378,
    ("pertinence", "P@3 / possible"): 0.567,
    ("pertinence_relue/verifier", "nDCG@10"): 0.773,
    ("pertinence_relue/verifier", "P@1"): 0.600,
    ("pertinence_relue/verifier", "P@3"): 0.433,
    ("pertinence_relue/verifier", "P@3 / possible"): 0.577,
}
"""Measured on 29 November 2026 on 30 needs that three judges graded and 20 that we graded and did
not tune on: what counts first. Read by the tables alone, before what was learnt came on top, they
had 0.691, 0.500, 0.411, 0.617, then 0.738, 0.600, 0.333, 0.444. With the former weights the same
reading gives 0.643, 0.467, 0.333, 0.500, then 0.668, 0.500, 0.367, 0.489; for it the accompaniments
above lost up to 0.10, where only the one documented body is right. What the judges have not graded
counts nothing, a fifth of what the first folder is shown now."""

MISREAD_MAX = 3
"""Labelled needs, of 215, whose first theme may be wrong; none was on 29 November 2026."""
SECOND_MISSED_MAX = 7
"""Second themes, of 57, that may be missed; 5 were on 29 November 2026."""


@pytest.mark.parametrize(("file", "label"), FOUND)
def test_who_really_helped_is_found_as_often_as_before(measured: Measured, file: str, label: str):
    assert measured(file)[label] >= FOUND[file, label] - MARGIN


@pytest.mark.parametrize("file", sorted({file for file, _ in FOUND}))
def test_the_figures_are_not_far_above_their_floor(measured: Measured, file: str):
    """A floor that has become too low holds nothing: raise it."""
    known = {label: value for (name, label), value in FOUND.items() if name == file}
    found = measured(file)
    assert {k: v for k, v in found.items() if v > known[k] + 3 * MARGIN} == {}


@pytest.mark.parametrize(("folder", "label"), RELEVANT)
def test_the_first_answers_are_as_relevant_as_before(relevant: Measured, folder: str, label: str):
    assert relevant(folder)[label] >= RELEVANT[folder, label] - MARGIN


def test_the_first_theme_of_a_need_is_read_as_its_experts_say(read: Read):
    wrong = [row["text"] for row, codes in read if codes[0] not in row["primary"].split("|")]
    assert len(wrong) <= MISREAD_MAX, wrong


def test_the_right_theme_is_among_the_first(read: Read):
    lost = [
        row["text"]
        for row, codes in read
        if not set(codes[:FIRST]) & set(row["primary"].split("|"))
    ]
    assert len(lost) <= 1, lost


def test_second_themes_are_read_too(read: Read):
    missed = [
        (row["text"], theme)
        for row, codes in read
        for theme in row["secondary"].split("|")
        if theme and theme not in codes
    ]
    assert len(missed) <= SECOND_MISSED_MAX, missed


def test_no_need_is_turned_away_and_no_road_is_taken_for_one(read: Read):
    """Out of scope is the worst mistake: a town that is turned away does not come back."""
    wrong = [
        row["text"]
        for row, codes in read
        if (codes == [OUT_OF_SCOPE]) is not (OUT_OF_SCOPE in row["primary"].split("|"))
    ]
    assert len(wrong) <= 1, wrong
