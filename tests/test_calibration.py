"""Weights proposed from advisers' decisions: measured on other needs, never adopted."""

import json
from pathlib import Path

import pytest
from builders import DIE, LODEVE

from matcher import DataError, Matcher
from matcher.cohorts.evaluation.calibration import CODES, Decision, propose, read_decisions, write
from matcher.ranking import CRITERIA

WEIGHTS = {criterion.code: criterion.weight for criterion in CRITERIA}


def decisions(better: str, worse: str, needs: int = 12) -> list[Decision]:
    """In each need the accepted one is strong on `better`, the declined one on `worse`."""

    def features(code: str) -> tuple[float, ...]:
        return tuple(0.8 if c == code else 0.1 for c in CODES)

    return [
        decision
        for i in range(needs)
        for decision in (
            Decision(f"besoin {i}", True, features(better)),
            Decision(f"besoin {i}", False, features(worse)),
        )
    ]


def test_the_proposal_follows_the_decisions():
    """Advisers who keep preferring nearness to shared words move these two weights."""
    proposal = propose(decisions("proximity", "words"))
    assert proposal.proposed["proximity"] > WEIGHTS["proximity"]
    assert proposal.proposed["words"] < WEIGHTS["words"]
    assert proposal.after >= proposal.before


def test_weights_stay_positive_and_keep_their_sum():
    proposal = propose(decisions("words", "themes", needs=40))
    assert all(weight >= 0 for weight in proposal.proposed.values())
    assert sum(proposal.proposed.values()) == pytest.approx(sum(WEIGHTS.values()), abs=0.01)


def test_few_decisions_change_little():
    """The pull towards the present weights is strong until there are many pairs."""
    few = propose(decisions("proximity", "words", needs=1))
    many = propose(decisions("proximity", "words", needs=60))
    change = abs(few.proposed["proximity"] - WEIGHTS["proximity"])
    assert change < abs(many.proposed["proximity"] - WEIGHTS["proximity"])


def test_nothing_is_adopted():
    propose(decisions("proximity", "themes"))
    assert {criterion.code: criterion.weight for criterion in CRITERIA} == WEIGHTS


def test_decisions_of_different_needs_are_not_compared():
    one = Decision("un", True, tuple(0.5 for _ in CODES))
    other = Decision("autre", False, tuple(0.2 for _ in CODES))
    with pytest.raises(ValueError, match="Aucun besoin"):
        propose([one, other])


def test_a_proposal_is_written_for_people(tmp_path: Path):
    proposal = propose(decisions("proximity", "words"))
    write(proposal, tmp_path / "proposition.json")
    content = json.loads((tmp_path / "proposition.json").read_text(encoding="utf-8"))
    assert content["paires"] == 12
    assert set(content["poids"]) == set(CODES)
    for code in CODES:
        assert content["poids"][code] == {
            "present": WEIGHTS[code],
            "propose": proposal.proposed[code],
        }


def test_decisions_are_read_with_the_scores_of_the_criteria(matcher: Matcher, tmp_path: Path):
    path = tmp_path / "decisions.csv"
    path.write_text(
        "commune,besoin,structure_id,decision\n"
        "Die,Ouvrir une ressourcerie,resolution-aura,accepte\n"
        "26113,Ouvrir une ressourcerie,femasaura,decline\n",
        encoding="utf-8",
    )
    accepted, declined = read_decisions(matcher, path)
    assert (accepted.accepted, declined.accepted) == (True, False)
    assert accepted.features[CODES.index("themes")] > declined.features[CODES.index("themes")]
    assert matcher.commune("Die").insee == DIE


def test_every_wrong_row_is_told(matcher: Matcher, tmp_path: Path):
    path = tmp_path / "decisions.csv"
    path.write_text(
        "commune,besoin,structure_id,decision\n"
        f"{LODEVE},Ouvrir une ressourcerie,cress-occitanie,peut-être\n"
        f"{LODEVE},Ouvrir une ressourcerie,cress-bretagne,accepte\n"
        f"{LODEVE},Ouvrir une ressourcerie,nulle-part,decline\n",
        encoding="utf-8",
    )
    with pytest.raises(DataError) as refused:
        read_decisions(matcher, path)
    assert [fault.line for fault in refused.value.faults] == [2, 3, 4]
    assert [fault.column for fault in refused.value.faults] == [
        "decision",
        "structure_id",
        "structure_id",
    ]
