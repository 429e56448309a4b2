"""What may follow each state of a dossier: `cases/etats_dossier.csv` is the table to read."""

from __future__ import annotations

import csv
import json
from itertools import count, pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from web.casework import audit
from web.casework.audit import Action
from web.casework.dossiers import dossiers
from web.casework.dossiers.dossiers import Declared
from web.casework.states import (
    CHOSEN,
    REASONS,
    TRANSITIONS,
    Closed,
    Declined,
    Forbidden,
    State,
    Step,
    check_step,
    check_transition,
)
from web.casework.store.database import Database

CASES = Path(__file__).parent / "cases" / "etats_dossier.csv"
STEPS_CASES = CASES.with_name("etapes_introduction.csv")
NUMBERS = count()


def read_table() -> dict[tuple[State, State], str]:
    """The cell of each pair of states: "oui", "motif" (with a reason), or "" (never)."""
    by_label = {state.label: state for state in State}
    with CASES.open(encoding="utf-8", newline="") as file:
        return {
            (by_label[row["de"]], by_label[label]): cell
            for row in csv.DictReader(file)
            for label, cell in row.items()
            if label != "de"
        }


TABLE = read_table()
CODES = [None, "", "inconnu", *Declined, *Closed]
"""Reasons that somebody may send, good and bad."""


def reason_for(state: State) -> str | None:
    """A reason that the state accepts."""
    return next(iter(REASONS[state])).value if state in REASONS else None


def test_the_table_names_every_pair_of_states() -> None:
    assert set(TABLE) == {(before, after) for before in State for after in State}


@pytest.mark.parametrize(("pair", "cell"), TABLE.items(), ids=lambda one: str(one))
def test_a_dossier_goes_where_the_table_says(pair: tuple[State, State], cell: str) -> None:
    before, after = pair
    if cell == "":
        with pytest.raises(Forbidden, match="ne peut pas passer"):
            check_transition(before, after, reason_for(after))
    else:
        check_transition(before, after, reason_for(after))
        assert (after in REASONS) == (cell == "motif")


@pytest.mark.parametrize("pair", [pair for pair, cell in TABLE.items() if cell == "motif"])
@pytest.mark.parametrize("reason", [None, "", "inconnu"])
def test_where_a_reason_is_asked_for_only_one_of_the_list_will_do(
    pair: tuple[State, State], reason: str | None
) -> None:
    with pytest.raises(Forbidden, match="demande un motif"):
        check_transition(*pair, reason)


@pytest.mark.parametrize("pair", [pair for pair, cell in TABLE.items() if cell == "oui"])
def test_where_none_is_asked_for_a_reason_is_refused(pair: tuple[State, State]) -> None:
    with pytest.raises(Forbidden, match="ne demande pas de motif"):
        check_transition(*pair, Closed.SUPPORTED)


def read_steps() -> dict[tuple[Step, Step], str]:
    """As `read_table`, for the steps of an introduction."""
    by_label = {step.label: step for step in Step}
    with STEPS_CASES.open(encoding="utf-8", newline="") as file:
        return {
            (by_label[row["de"]], by_label[label]): cell
            for row in csv.DictReader(file)
            for label, cell in row.items()
            if label != "de"
        }


def test_the_table_of_steps_names_every_pair() -> None:
    assert set(read_steps()) == {(before, after) for before in Step for after in Step}


@pytest.mark.parametrize(("pair", "cell"), read_steps().items(), ids=lambda one: str(one))
def test_an_introduction_goes_where_its_table_says(pair: tuple[Step, Step], cell: str) -> None:
    right = Declined.NO_TIME if pair[1] is Step.DECLINED else None
    if cell == "":
        with pytest.raises(Forbidden, match="ne peut pas passer"):
            check_step(*pair, right)
        return
    check_step(*pair, right)
    wrong = (None, "", "inconnu", Closed.SUPPORTED) if cell == "motif" else (Declined.NO_TIME,)
    for reason in wrong:
        with pytest.raises(Forbidden, match="motif"):
            check_step(*pair, reason)


def test_what_an_introduction_may_not_do_is_said_with_what_it_may() -> None:
    with pytest.raises(Forbidden) as refused:
        check_step(Step.SENT, Step.MET, None)
    assert str(refused.value) == (
        "Une introduction « envoyée » ne peut pas passer à « rencontre faite » : « acceptée » ou "
        "« plus tard » ou « déclinée » ou « retirée » seulement."
    )
    with pytest.raises(Forbidden, match="« préparée » : rien seulement"):
        check_step(Step.MET, Step.PREPARED, None)


def test_a_reason_that_is_missing_is_asked_for_with_the_list() -> None:
    with pytest.raises(Forbidden) as refused:
        check_transition(State.OPEN, State.CLOSED, None)
    assert str(refused.value) == (
        "« clos » demande un motif : « la commune est accompagnée », « le besoin a trouvé une "
        "autre réponse », « le besoin ne relève pas de l’ESS », « la commune a renoncé ou "
        "ne répond plus », « un autre dossier porte le même besoin », « le besoin est suivi dans "
        "un dossier collectif »."
    )


def test_what_is_refused_says_what_would_be_allowed() -> None:
    with pytest.raises(Forbidden) as refused:
        check_transition(State.RECEIVED, State.MET, None)
    assert str(refused.value) == (
        "Un dossier « reçu » ne peut pas passer à « rencontre faite » : « en cours » ou « clos » "
        "seulement."
    )


def test_a_person_chooses_any_reason_but_that_of_a_gesture_of_its_own() -> None:
    assert {
        State.DECLINED: tuple(Declined),
        State.CLOSED: (
            Closed.SUPPORTED,
            Closed.OTHERWISE,
            Closed.OUT_OF_SCOPE,
            Closed.ABANDONED,
            Closed.DUPLICATE,
        ),
    } == CHOSEN


def test_every_state_is_reached_and_none_is_a_dead_end() -> None:
    assert all(TRANSITIONS[state] for state in State)
    reached, found = set(), {State.RECEIVED}
    while found - reached:
        reached |= found
        found = {after for state in reached for after in TRANSITIONS[state]}
    assert reached == set(State)


@settings(max_examples=40)
@given(st.lists(st.tuples(st.sampled_from(State), st.sampled_from(CODES)), min_size=1, max_size=12))
def test_whatever_is_asked_no_forbidden_path_ever_lands(
    database: Database, asked: list[tuple[State, str | None]]
) -> None:
    with database.writing() as session:
        seed = {"essai": next(NUMBERS)}
        dossier = dossiers.open_dossier(session, Declared("34142", "Un café.", "main", seed=seed))
        for after, reason in asked:
            before = (dossier.state, dossier.reason)
            logged = len(audit.history(session, dossier.reference))
            try:
                dossiers.move(session, dossier, after, None, reason)
            except Forbidden:
                # Refused: nothing moved, and nothing was logged.
                assert (dossier.state, dossier.reason) == before
                assert len(audit.history(session, dossier.reference)) == logged
            else:
                cell = TABLE[State(before[0]), after]
                assert cell == ("motif" if reason else "oui")
                assert (dossier.state, dossier.reason) == (after, reason)
        moved = [
            json.loads(entry.details)
            for entry in audit.history(session, dossier.reference)
            if entry.action == Action.DOSSIER_STATE
        ]
        # The log tells an unbroken way from the first state to where the dossier stands.
        path = [State.RECEIVED.value, *(one["apres"] for one in moved)]
        assert [one["avant"] for one in moved] == path[:-1]
        assert all(TABLE[State(a), State(b)] for a, b in pairwise(path))
        assert path[-1] == dossier.state
