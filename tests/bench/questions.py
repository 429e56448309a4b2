"""What one answered question gains: `python tests/bench/questions.py FOLDER_OF_JUDGED_NEEDS`.

The answer is that of the judges: what the trades of the structures that they would introduce are
for. It is the same for the question that the site asks first and for one taken at random.
"""

from __future__ import annotations

import sys
from pathlib import Path
from statistics import fmean

from matcher import Matcher, Need, Structure
from matcher.cohorts.evaluation.relevance import GOOD, Judged, read_judged, relevance
from matcher.ranking.team import ROLE_ANSWERS
from web.answers.questions import QUESTIONS, NextQuestion, QuestionChoice, declared, pending


def truth(matcher: Matcher, judged: Judged, asking: NextQuestion) -> str:
    """The answer that the well graded structures speak for; "" when nobody is."""
    good = [
        matcher.structures[key]
        for key in judged.grades
        if key in matcher.structures and (judged.grade(key) or 0) >= GOOD
    ]
    if not good:
        return ""
    if any(choice.themes for choice in asking.choices):
        return max(asking.choices, key=lambda choice: _themes(good, choice)).value
    worth = {
        choice.value: fmean(_role(matcher, one, choice.stage) for one in good)
        if choice.stage
        else ROLE_ANSWERS  # « Non »: unless most of them answer the other choice
        for choice in asking.choices
    }
    return max(worth, key=lambda value: worth[value])


def _themes(good: list[Structure], choice: QuestionChoice) -> int:
    """How many of the well graded structures work on what a choice is about."""
    return sum(bool({*choice.themes} & {*one.themes}) for one in good)


def _role(matcher: Matcher, one: Structure, stage: object) -> float:
    roles = [matcher.knowledge.roles.get((stage, kind)) for kind in one.kinds]  # type: ignore[call-overload]
    return max((role.score for role in roles if role), default=0.0)


def main(folder: Path) -> None:
    """Compare no question, the first that the site asks, and one at random."""
    matcher = Matcher.open()
    found: dict[str, list[tuple[float, float]]] = {"aucune": [], "du site": [], "au hasard": []}
    asked = 0
    for judged in read_judged(folder):
        commune = matcher.commune(judged.commune, "insee").insee
        blind = matcher.with_projects(p for p in matcher.catalogue.projects if p.commune != commune)
        need = Need(commune, judged.text)

        def measured(answers: dict[str, str]) -> tuple[float, float]:
            first = blind.match(declared(need, answers), top=10, anyway=True)  # noqa: B023
            worth = relevance(judged, [one.structure.id for one in first])  # noqa: B023
            return worth.three, worth.ndcg

        each = {q.code: measured({q.code: truth(matcher, judged, q)}) for q in QUESTIONS}
        chosen = pending(blind.ranking(need), blind, {})
        before = measured({})
        asked += bool(chosen)
        found["aucune"].append(before)
        found["du site"].append(each[chosen[0].code] if chosen else before)
        for q in QUESTIONS:
            found.setdefault(q.code, []).append(each[q.code])
        found["au hasard"].append(
            (fmean(three for three, _ in each.values()), fmean(n for _, n in each.values()))
        )
    print(f"{len(found['aucune'])} besoins jugés, une question est posée pour {asked}")
    print("question   P@3    nDCG@10")
    for name, measures in found.items():
        three, ndcg = (fmean(column) for column in zip(*measures, strict=True))
        print(f"{name:10} {three:.3f}  {ndcg:.3f}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
