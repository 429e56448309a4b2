"""How well needs are answered and read may not fall: the figures of a day, minus a margin."""

from collections.abc import Callable

import pytest

from matcher import Matcher, Need
from matcher.cohorts.evaluation.reading import FIRST
from matcher.reading.learned.training import HELD_OUT, read_sentences
from matcher.reading.wordlists import OUT_OF_SCOPE

Read = list[tuple[dict[str, str], list[str]]]
Measured = Callable[[str], dict[str, float]]

DIE = "26113"
MARGIN = 0.025
"""What a figure may lose, in [0, 1]: one case of the small file, two of the large one. A change
that helps elsewhere may cost that; a fault costs more."""

FOUND = {
    ("accompagnements.csv", "hit@1"): 0.449,
    ("accompagnements.csv", "hit@5"): 0.776,
    ("accompagnements.csv", "hit@10"): 0.918,
    ("accompagnements.csv", "MRR"): 0.600,
    ("besoins_reformules.csv", "hit@1"): 0.282,
    ("besoins_reformules.csv", "hit@5"): 0.534,
    ("besoins_reformules.csv", "hit@10"): 0.650,
    ("besoins_reformules.csv", "MRR"): 0.392,
}
"""Measured on 30 November 2026. Raise a figure when the ranking gets better, never lower it alone:
say in the change what was gained for it. Those who helped were 0.51, 0.82, 0.90 and 0.635, then
0.30, 0.57, 0.66 and 0.432, before the head of a network left the first places to its branches, the
type of a structure counted, and France Tiers-Lieux and La MedNum were heads of their networks. On
two hundred needs for which the whole directory was searched, the first one is then right for 77
instead of 69.5 in a hundred, and 61 instead of 54 % of the first three. These cases reward who is
documented, mostly heads; a new training of the same reader moves two of the 49."""

RELEVANT = {
    ("pertinence", "nDCG@10"): 0.642,
    ("pertinence", "P@1"): 0.500,
    ("pertinence", "P@3"): 0.400,
    ("pertinence", "P@3 / possible"): 0.600,
    ("pertinence_relue/verifier", "nDCG@10"): 0.829,
    ("pertinence_relue/verifier", "P@1"): 0.800,
    ("pertinence_relue/verifier", "P@3"): 0.533,
    ("pertinence_relue/verifier", "P@3 / possible"): 0.640,
    ("pertinence_complete/verifier", "nDCG@10"): 0.697,
    ("pertinence_complete/verifier", "P@1"): 0.700,
    ("pertinence_complete/verifier", "P@3"): 0.587,
    ("pertinence_complete/verifier", "P@3 / possible"): 0.603,
    ("pertinence_complete/apres", "nDCG@10"): 0.753,
    ("pertinence_complete/apres", "P@1"): 0.725,
    ("pertinence_complete/apres", "P@3"): 0.600,
    ("pertinence_complete/apres", "P@3 / possible"): 0.632,
}
"""Measured on 30 November 2026, on 30 needs that three judges graded and 20 that we graded and did
not tune on: what counts first. The day before, with the grades of today, they had 0.653, 0.500,
0.411, 0.617 (no gain there), then 0.786, 0.650, 0.483, 0.580. A quarter of what the 30 are shown
was graded by two other readers since. The hundred of `pertinence_complete` had 0.620, 0.610, 0.510
and 0.524 in the morning of the 30th; the twenty, three answers of sixty more. They are of the
following session, with the typical needs and the trades of all sentences read again; the eighty of
`apres`, written after, had 0.751, 0.787, 0.613 and 0.645 before them, 0.764, 0.762, 0.608 and 0.640
with them, and those above once the reader had learnt 57 more: P@1 of all 410 graded needs stays
0.749."""

SUBJECT_RIGHT = 0.733
"""Share of the sentences of other voices, never trained on, whose likeliest subject is one that a
reader named, one to four of them; it had 0.649 while most sentences had one."""

MISREAD_MAX = 8
"""Labelled needs, of 215, whose first theme may be wrong; 7 were on 29 November 2026, 6 of them
with the right one second. None was before 2,398 sentences were added, on needs that the tables
were made with. On 276 sentences that neither model was trained on, by the hand that wrote those
that were added, the first theme is right in 77.9 % instead of 74.3 %."""
SECOND_MISSED_MAX = 9
"""Second themes, of 57, that may be missed; 8 were on 29 November 2026, for the same reason."""


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


def test_the_subject_of_a_sentence_is_read_as_its_reader_says(matcher: Matcher):
    sentences = [s for s in read_sentences(Matcher.embedded() / HELD_OUT) if s.subjects]
    right = 0
    for sentence in sentences:
        found = matcher.question(Need(DIE, sentence.text)).subjects
        right += bool(found) and max(found, key=lambda code: found[code]) in sentence.subjects
    assert len(sentences) > 400
    assert right / len(sentences) >= SUBJECT_RIGHT - MARGIN
