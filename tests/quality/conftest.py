"""What the floors measure, each computed once: the case files ranked and read as they stand."""

import csv
from collections.abc import Callable
from functools import cache
from pathlib import Path
from statistics import fmean

import pytest

from matcher import Matcher
from matcher.cohorts.evaluation.cases import judge, measure, read_cases
from matcher.cohorts.evaluation.reading import LabelledText, codes_read
from matcher.cohorts.evaluation.relevance import answer, read_judged

CASES = Path(__file__).parent.parent / "cases"


def table(name: str) -> list[dict[str, str]]:
    """The rows of a table of cases."""
    with (CASES / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="session")
def measured(matcher: Matcher) -> Callable[[str], dict[str, float]]:
    """From a file of accompaniments to hit@1, hit@5, hit@10 and MRR."""

    @cache
    def found(name: str) -> dict[str, float]:
        ranks = [judge(matcher, case).ranks["Maillage"] for case in read_cases(CASES / name)]
        return {label: one.value for label, one in measure(ranks).items()}

    return found


@pytest.fixture(scope="session")
def relevant(matcher: Matcher) -> Callable[[str], dict[str, float]]:
    """From a folder of graded needs to nDCG@10, P@1, P@3 and its share of what the pool allows.

    What was not judged counts nothing.
    """

    @cache
    def found(folder: str) -> dict[str, float]:
        needs = [answer(matcher, need).worth("Maillage") for need in read_judged(CASES / folder)]
        three, allowed = sum(one.three for one in needs), sum(one.three_allowed for one in needs)
        return {
            "nDCG@10": fmean(one.ndcg for one in needs),
            "P@1": fmean(one.first for one in needs),
            "P@3": three / len(needs),
            "P@3 / possible": three / allowed,
        }

    return found


@pytest.fixture(scope="session")
def read(matcher: Matcher) -> list[tuple[dict[str, str], list[str]]]:
    """Each labelled need with the codes read in it, best first."""
    return [
        (row, codes_read(matcher, LabelledText(row["text"], tuple(row["primary"].split("|")))))
        for row in table("needs.csv")
    ]
