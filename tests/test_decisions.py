"""What advisers decided is read by `calibrate` as it is exported."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from casework import Space
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from matcher import DataError, Matcher
from matcher.cohorts.evaluation.calibration import read_decisions
from matcher.commands import main
from web.access import Role
from web.casework import decisions
from web.casework.decisions import ANSWERED, COLUMNS, SET_ASIDE, LeftOut
from web.casework.dossiers import dossiers
from web.casework.dossiers.choices import Verdict
from web.casework.dossiers.dossiers import Declared
from web.casework.states import Declined, Discarded, Step
from web.casework.store.database import Database
from web.casework.store.tables import Account, Choice, Dossier, Introduction

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
NEED = "Ouvrir une recyclerie dans l’ancienne gare"
HERE, THERE, AWAY = "cress-occitanie", "france-active-airdie-occitanie", "cress-bretagne"


def account(session: Session) -> int:
    """Who decided."""
    one = session.get(Account, 1)
    if one is None:
        one = Account(
            id=1, email="lea@test.fr", name="Léa", fs_uniquifier="1", active=True, created_at=START
        )
        session.add(one)
        session.flush()
    return one.id


def dossier(session: Session, need: str = NEED, token: int = 0, **fields: object) -> Dossier:
    """A dossier of Lodève."""
    declared = Declared("34142", need, "site", seed={"besoin": need, "jeton": token}, **fields)  # type: ignore[arg-type]
    return dossiers.open_dossier(session, declared)


def chosen(
    session: Session, one: Dossier, structure: str, verdict: Verdict, reason: str = "", day: int = 0
) -> None:
    """An adviser decides."""
    fields = {"structure_id": structure, "verdict": verdict.value, "reason": reason or None}
    one.choices.append(
        Choice(
            **fields,
            **{"position": 1, "weights": {}, "catalogue": "x", "account_id": account(session)},
            decided_at=START + timedelta(days=day),
        )
    )
    session.flush()


def answered(
    session: Session, one: Dossier, structure: str, step: Step, reason: str = "", day: int = 5
) -> None:
    """A structure answers."""
    fields = {"structure_id": structure, "step": step.value, "reason": reason or None}
    done = step in (Step.ACCEPTED, Step.DECLINED, Step.MET)
    one.introductions.append(
        Introduction(
            **fields,
            **{"to_commune": "x", "to_structure": "x", "account_id": account(session)},
            prepared_at=START,
            sent_at=START,
            answered_at=START + timedelta(days=day) if done else None,
        )
    )
    session.flush()


def exported(session: Session, matcher: Matcher) -> dict[str, str]:
    """Decision by structure."""
    rows, _ = decisions.decisions(session, matcher)
    at = COLUMNS.index("structure_id"), COLUMNS.index("decision")
    return {row[at[0]]: row[at[1]] for row in rows}


CHOICES = [
    (Verdict.KEPT, "", "accepte"),
    (Verdict.ADDED, "", "accepte"),
    (Verdict.DISCARDED, Discarded.NOT_ITS_FIELD, "decline"),
    (Verdict.DISCARDED, Discarded.NOT_ITS_AREA, "decline"),
    (Verdict.DISCARDED, Discarded.BETTER, "decline"),
    (Verdict.DISCARDED, Discarded.FULL, None),
    (Verdict.DISCARDED, Discarded.KNOWN, None),
    (Verdict.DISCARDED, Discarded.REFUSED, None),
]


@pytest.mark.parametrize(("verdict", "reason", "decision"), CHOICES)
def test_a_choice_is_a_decision_when_its_reason_speaks_of_fit(
    database: Database, matcher: Matcher, verdict: Verdict, reason: str, decision: str | None
) -> None:
    with database.writing() as session:
        chosen(session, dossier(session), HERE, verdict, reason)
        assert exported(session, matcher).get(HERE) == decision


ANSWERS = [
    # what the structure answered after it was kept, and what remains of it
    (Step.PREPARED, "", "accepte"),
    (Step.SENT, "", "accepte"),
    (Step.ACCEPTED, "", "accepte"),
    (Step.MET, "", "accepte"),
    (Step.DECLINED, Declined.NOT_ITS_FIELD, "decline"),
    (Step.DECLINED, Declined.NOT_ITS_AREA, "decline"),
    (Step.DECLINED, Declined.TOO_EARLY, "decline"),
    (Step.DECLINED, Declined.NO_TIME, "accepte"),
    (Step.DECLINED, Declined.NO_FUNDS, "accepte"),
    (Step.DECLINED, Declined.COMMUNE, "accepte"),
    (Step.DECLINED, Declined.NO_ANSWER, "accepte"),
]


@pytest.mark.parametrize(("step", "reason", "decision"), ANSWERS)
def test_what_a_structure_answered_outranks_the_choice(
    database: Database, matcher: Matcher, step: Step, reason: str, decision: str
) -> None:
    with database.writing() as session:
        one = dossier(session)
        chosen(session, one, HERE, Verdict.KEPT)
        answered(session, one, HERE, step, reason)
        assert exported(session, matcher) == {HERE: decision}


def test_every_reason_says_whether_it_speaks_of_fit() -> None:
    assert list(SET_ASIDE) == list(Discarded)
    assert list(ANSWERED) == list(Declined)


def test_two_dossiers_with_one_need_give_the_last_decision(
    database: Database, matcher: Matcher
) -> None:
    with database.writing() as session:
        chosen(session, dossier(session, token=1), HERE, Verdict.KEPT, day=9)
        reason = Discarded.NOT_ITS_FIELD
        chosen(session, dossier(session, token=2), HERE, Verdict.DISCARDED, reason, day=3)
        assert exported(session, matcher) == {HERE: "accepte"}


def test_what_no_criterion_can_learn_from_is_left_out_and_counted(
    database: Database, matcher: Matcher
) -> None:
    with database.writing() as session:
        one = dossier(session)
        for structure in (HERE, AWAY, "structure-disparue"):
            chosen(session, one, structure, Verdict.ADDED)
        chosen(session, one, THERE, Verdict.DISCARDED, Discarded.FULL)
        again = dossier(session, token=1)
        chosen(session, again, HERE, Verdict.KEPT, day=-1)
        unread = dossier(session, "", token=2)
        chosen(session, unread, HERE, Verdict.KEPT)
        rows, left_out = decisions.decisions(session, matcher)
        assert [row[5] for row in rows] == [HERE]
        assert left_out == {
            LeftOut.GONE: [one.reference],
            LeftOut.AWAY: [one.reference],
            LeftOut.OTHER: [one.reference],
            LeftOut.OUTDATED: [again.reference],
            LeftOut.UNREAD: [unread.reference],
        }


def test_calibrate_reads_what_is_exported(
    database: Database, matcher: Matcher, tmp_path: Path
) -> None:
    with database.writing() as session:
        for number in range(6):
            one = dossier(session, f"{NEED} n° {number}", themes=["economie_circulaire"])
            chosen(session, one, HERE, Verdict.KEPT)
            chosen(session, one, THERE, Verdict.DISCARDED, Discarded.NOT_ITS_FIELD)
        (tmp_path / "decisions.csv").write_text(
            decisions.as_csv(decisions.decisions(session, matcher)[0]), encoding="utf-8"
        )
    files = [str(tmp_path / "decisions.csv"), "--out", str(tmp_path / "poids.json")]
    done = CliRunner().invoke(main, ["calibrate", *files])
    assert done.exit_code == 0, done.output
    assert "6 paires, part bien ordonnée : " in done.output
    assert re.search(r"\d\u00a0% aujourd’hui", done.output), done.output
    assert (tmp_path / "poids.json").exists()


TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=60)
MADE = st.lists(
    st.tuples(
        st.sampled_from([NEED, f"- {NEED}", "=1+1", "", " \u200b", "a\nb" * 9]) | TEXTS,
        st.lists(st.sampled_from(["mobilite", "habitat"]), max_size=2),
        st.sampled_from([HERE, THERE, AWAY]),
        st.sampled_from([verdict for verdict, _, _ in CHOICES[:3]]),
    ),
    max_size=6,
)


@given(made=MADE)
def test_whatever_was_typed_is_read_again(
    tmp_path_factory: pytest.TempPathFactory, matcher: Matcher, made: Sequence[tuple[str, ...]]
) -> None:
    """As many decisions are read as were written, and none contradicts another."""

    class Kept:
        """A session that has these dossiers."""

        def scalars(self, _asked: object) -> list[Dossier]:
            found = []
            for day, (need, themes, structure, verdict) in enumerate(made):
                fit = Discarded.NOT_ITS_FIELD.value if verdict == Verdict.DISCARDED else None
                one = Choice(structure_id=structure, verdict=verdict, reason=fit)
                one.decided_at = START + timedelta(days=day)
                fields = {"commune": "34142", "need": need, "themes": themes, "excluded": []}
                found.append(Dossier(**fields, stage=None, choices=[one], introductions=[]))
            return found

    rows, left_out = decisions.decisions(Kept(), matcher)  # type: ignore[arg-type]
    assert len(rows) + sum(map(len, left_out.values())) == len(made)
    if rows:
        path = tmp_path_factory.mktemp("d") / "decisions.csv"
        path.write_text(decisions.as_csv(rows), encoding="utf-8")
        read = read_decisions(matcher, path)
        assert len(read) == len(rows)
        assert sum(one.accepted for one in read) == sum(row[6] == "accepte" for row in rows)


ROW = "34142;Ouvrir une recyclerie;cress-occitanie;"
FILES = [
    ((f"{ROW}accepte", f"{ROW}decline"), "la ligne 2 dit le contraire"),
    ((f"{ROW}accepte", "Lodève;Ouvrir une recyclerie;cress-occitanie;decline"), "contraire"),
    ((f"{ROW}peut-être",), "accepte ou decline"),
]


@pytest.mark.parametrize(("rows", "said"), FILES)
def test_contrary_decisions_on_one_structure_are_refused(
    matcher: Matcher, tmp_path: Path, rows: Sequence[str], said: str
) -> None:
    path = tmp_path / "decisions.csv"
    path.write_text("\n".join(["commune;besoin;structure_id;decision", *rows]), encoding="utf-8")
    with pytest.raises(DataError, match=said):
        read_decisions(matcher, path)


def test_a_decision_told_twice_counts_once(matcher: Matcher, tmp_path: Path) -> None:
    path = tmp_path / "decisions.csv"
    rows = ["commune;besoin;structure_id;decision", f"{ROW}accepte", f"{ROW}accepte"]
    path.write_text("\n".join(rows), encoding="utf-8")
    assert len(read_decisions(matcher, path)) == 1


def test_the_file_is_for_leads(space: Space) -> None:
    assert space.client("lea").get("/espace/decisions.csv").status_code == 403
    answer = space.client("max", Role.LEAD).get("/espace/decisions.csv")
    assert answer.status_code == 200
    header = next(csv.reader(io.StringIO(answer.data.decode("utf-8-sig")), delimiter=";"))
    assert tuple(header) == COLUMNS
