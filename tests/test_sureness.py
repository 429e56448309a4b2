"""How sure a reading is: a share becomes a chance of being right, then words."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher import Matcher
from matcher.reading.learned.model import (
    DOUBT,
    UNSURE,
    Case,
    error,
    fitted,
    is_doubtful,
    unseen_error,
)
from matcher.reports.answer.text import reading_lines

BOASTFUL: list[Case] = [(n / 400, n % 2 == 0) for n in range(200, 400)]
"""Shares of 0.5 to 1, right every other time."""


def test_a_boastful_reader_is_brought_back_to_what_it_is_worth():
    assert math.isclose(fitted(BOASTFUL).chance(0.95), 0.5, abs_tol=0.08)
    assert error(BOASTFUL) > 0.2
    assert unseen_error(BOASTFUL) < 0.15


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=200))
def test_a_larger_share_is_never_a_smaller_chance(cases: list[Case]):
    curve = fitted(cases)
    chances = [curve.chance(n / 50) for n in range(51)]
    assert chances == sorted(chances)
    assert all(0 <= chance <= 1 for chance in chances)


def test_what_is_right_as_often_as_it_says_has_no_error():
    assert math.isclose(error([(0.25, n % 4 == 0) for n in range(100)]), 0.0, abs_tol=1e-9)


@pytest.mark.parametrize(
    ("chance", "doubted"), [(0.95, False), (0.5, False), (0.2, True), (None, False)]
)
def test_a_reading_is_doubted_when_it_is_wrong_as_often_as_not(chance: float | None, doubted: bool):
    assert is_doubtful(chance) is doubted


def test_a_plain_need_is_read_surely_and_says_nothing_of_it(matcher: Matcher):
    reading = matcher.read("Ouvrir une recyclerie")
    assert reading.sure is not None
    assert reading.sure > 0.75
    assert DOUBT not in reading_lines(reading)


def test_a_veiled_need_sends_to_an_adviser(matcher: Matcher):
    reading = matcher.read("Tout le monde descend à la ville")
    assert reading.sure is not None
    assert reading.sure < UNSURE
    assert reading_lines(reading)[-1] == DOUBT
