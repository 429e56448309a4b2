"""What counting with refusals gains a plan: the trial of `plan --essai`, on the communes of a
département, each with one of the documented needs in turn, where places are short.

Usage: `PYTHONPATH=tests python tests/bench/plans.py [cohort] [places] [worlds]`.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

from matcher import Matcher, Need
from matcher.cohorts.batch.demand import Demand
from matcher.cohorts.batch.wording import parse_cohort
from matcher.cohorts.planning.introductions import Capacity
from matcher.cohorts.planning.made import NO_WISHES
from matcher.cohorts.planning.plan import listed_choices, trial, trial_lines

CASES = Path(__file__).parents[1] / "cases" / "accompagnements.csv"


def main() -> None:
    name, places, worlds = (*sys.argv[1:], *("departement:48", "1", "200")[len(sys.argv) - 1 :])
    matcher = Matcher.open()
    cohort = parse_cohort(name, matcher.territory)
    with CASES.open(encoding="utf-8") as file:
        texts = [row["besoin"] for row in csv.DictReader(file)]
    needs = [Need(insee, texts[i % len(texts)]) for i, insee in enumerate(sorted(cohort.members))]
    demands = [Demand(one.commune, one) for one in needs if matcher.status(one).ranked]
    choices = listed_choices(matcher, demands)
    own = {demand.id: demand.need.commune for demand in demands}
    print(f"{cohort.name}, capacité de chaque structure : {places}.")
    capacity = Capacity({}, int(places))
    lines = list(trial(own, choices, capacity, 1, NO_WISHES, int(worlds)))
    for line in trial_lines(lines, len(own)):
        print(line)


if __name__ == "__main__":
    main()
