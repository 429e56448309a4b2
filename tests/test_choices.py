"""What an adviser decides of structures, kept with what the matcher said that day."""

from __future__ import annotations

from dataclasses import replace
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from matcher import Matcher, Need
from web.casework import audit, clock
from web.casework.audit import Action
from web.casework.dossiers import choices, dossiers
from web.casework.dossiers.choices import MatcherOpinion, Verdict
from web.casework.dossiers.dossiers import Declared, need_of
from web.casework.states import Closed, Discarded, Forbidden, State, Step
from web.casework.store.database import Database
from web.casework.store.tables import Account, Dossier, Introduction

NEED = "Ouvrir une recyclerie dans l’ancienne gare."
AWAY = "cress-bretagne"
"""Does not work in Lodève."""
NUMBERS = count()


def opened(session: Session) -> tuple[Dossier, int]:
    """A dossier of Lodève and the number of its adviser."""
    number = next(NUMBERS)
    account = Account(
        email=f"lea{number}@test.fr", name="Léa", fs_uniquifier=f"u{number}", created_at=clock.now()
    )
    session.add(account)
    session.flush()
    declared = Declared("34142", NEED, "main", seed={"essai": number})
    return dossiers.open_dossier(session, declared, account), account.id


def opinion(matcher: Matcher, structure_id: str) -> MatcherOpinion:
    return MatcherOpinion.of(matcher, Need("34142", NEED), structure_id)


@pytest.fixture(scope="module")
def ranked(matcher: Matcher) -> list[str]:
    """Every structure that covers Lodève, best first."""
    return [s.structure.id for s in matcher.match(Need("34142", NEED), top=1000)]


def test_a_kept_structure_keeps_what_the_matcher_said_that_day(
    matcher: Matcher, database: Database
) -> None:
    second = matcher.match(Need("34142", NEED), top=2)[1]
    with database.writing() as session:
        dossier, lea = opened(session)
        reference = dossier.reference
        said = MatcherOpinion.of(matcher, need_of(dossier), second.structure.id)
        choices.keep(session, dossier, second.structure.id, said, lea)
    with database.reading() as session:
        (choice,) = dossiers.find(session, reference).choices
        assert choice.verdict == Verdict.KEPT
        assert choice.rank == 2
        assert choice.score == pytest.approx(second.score, abs=1e-12)
        assert choice.weights == {
            part.criterion: part.weight for part in second.contributions if part.score is not None
        }
        assert choice.catalogue == matcher.catalogue.fingerprint
        assert len(choice.catalogue) == 64
        assert choice.account_id == lea


def test_the_version_of_the_catalogue_changes_with_one_word_of_it(matcher: Matcher) -> None:
    catalogue = matcher.catalogue
    first, *others = catalogue.structures
    changed = replace(first, description=first.description + " Et plus.")
    edited = replace(catalogue, structures=(changed, *others))
    assert edited.fingerprint != catalogue.fingerprint
    assert replace(edited, structures=(first, *others)).fingerprint == catalogue.fingerprint


def test_what_the_matcher_does_not_show_is_not_merely_kept(
    matcher: Matcher, database: Database, ranked: list[str]
) -> None:
    with database.writing() as session:
        dossier, lea = opened(session)
        for structure in (ranked[10], AWAY):
            with pytest.raises(Forbidden, match="ajoutez-la à la main"):
                choices.keep(session, dossier, structure, opinion(matcher, structure), lea)
        choices.keep(session, dossier, ranked[9], opinion(matcher, ranked[9]), lea)
        assert [c.structure_id for c in choices.selected(dossier)] == [ranked[9]]


def test_a_structure_added_by_hand_asks_why(
    matcher: Matcher, database: Database, ranked: list[str]
) -> None:
    with database.writing() as session:
        dossier, lea = opened(session)
        for structure in (ranked[10], AWAY):
            said = opinion(matcher, structure)
            for nothing in (None, ""):
                with pytest.raises(Forbidden, match="Dites pourquoi"):
                    choices.add(session, dossier, structure, said, lea, nothing)
            choices.add(session, dossier, structure, said, lea, "Elle a suivi le village voisin.")
        eleventh, away = choices.selected(dossier)
        assert (eleventh.verdict, eleventh.rank) == (Verdict.ADDED, 11)
        assert eleventh.comment == "Elle a suivi le village voisin."
        assert (away.verdict, away.rank, away.score) == (Verdict.ADDED, None, None)


def test_what_the_matcher_shows_needs_no_reason_and_counts_as_kept(
    matcher: Matcher, database: Database, ranked: list[str]
) -> None:
    with database.writing() as session:
        dossier, lea = opened(session)
        choice = choices.add(session, dossier, ranked[0], opinion(matcher, ranked[0]), lea)
        assert choice.verdict == Verdict.KEPT


def test_a_structure_is_left_aside_for_a_reason_of_the_list(
    matcher: Matcher, database: Database, ranked: list[str]
) -> None:
    first = ranked[0]
    with database.writing() as session:
        dossier, lea = opened(session)
        said = opinion(matcher, first)
        for wrong in ("", "inconnu", Closed.DUPLICATE.value):
            with pytest.raises(Forbidden, match="motif"):
                choices.discard(session, dossier, first, said, lea, wrong)
        assert choices.of(dossier, first) is None
        choices.keep(session, dossier, first, said, lea)
        choices.discard(session, dossier, first, said, lea, Discarded.KNOWN, "Depuis 2024.")
        (choice,) = dossier.choices
        assert (choice.verdict, choice.reason) == (Verdict.DISCARDED, Discarded.KNOWN)
        assert choices.selected(dossier) == []


def test_undoing_forgets_the_choice_and_the_log_remembers_it(
    matcher: Matcher, database: Database, ranked: list[str]
) -> None:
    with database.writing() as session:
        dossier, lea = opened(session)
        reference = dossier.reference
        choices.keep(session, dossier, ranked[0], opinion(matcher, ranked[0]), lea)
        choices.undo(session, dossier, ranked[0], lea)
        with pytest.raises(Forbidden, match="Aucun choix"):
            choices.undo(session, dossier, ranked[0], lea)
    with database.reading() as session:
        assert dossiers.find(session, reference).choices == []
        actions = [entry.action for entry in audit.history(session, reference)]
        assert actions.count(Action.CHOICE) == 2


@pytest.mark.parametrize("step", Step)
def test_a_structure_that_is_being_introduced_stays(
    matcher: Matcher, database: Database, ranked: list[str], step: Step
) -> None:
    with database.writing() as session:
        dossier, lea = opened(session)
        said = opinion(matcher, ranked[0])
        choices.keep(session, dossier, ranked[0], said, lea)
        dossier.introductions.append(
            Introduction(
                structure_id=ranked[0],
                step=step.value,
                to_commune="",
                to_structure="",
                account_id=lea,
                prepared_at=clock.now(),
            )
        )
        if step in (Step.DECLINED, Step.WITHDRAWN):
            choices.discard(session, dossier, ranked[0], said, lea, Discarded.FULL)
            return
        with pytest.raises(Forbidden, match="introduction"):
            choices.discard(session, dossier, ranked[0], said, lea, Discarded.FULL)
        with pytest.raises(Forbidden, match="introduction"):
            choices.undo(session, dossier, ranked[0], lea)


def test_a_closed_dossier_keeps_its_choices(
    matcher: Matcher, database: Database, ranked: list[str]
) -> None:
    with database.writing() as session:
        dossier, lea = opened(session)
        said = opinion(matcher, ranked[0])
        choices.keep(session, dossier, ranked[0], said, lea)
        dossiers.move(session, dossier, State.CLOSED, lea, Closed.SUPPORTED)
        for change in (
            lambda: choices.undo(session, dossier, ranked[0], lea),
            lambda: choices.arrange(session, dossier, [ranked[0]], lea),
            lambda: choices.discard(session, dossier, ranked[0], said, lea, Discarded.FULL),
        ):
            with pytest.raises(Forbidden, match="clos"):
                change()


@pytest.mark.parametrize("wrong", [[0], [0, 1, 1], [0, 1, 2], []])
def test_an_order_names_each_kept_structure_once(
    matcher: Matcher, database: Database, ranked: list[str], wrong: list[int]
) -> None:
    with database.writing() as session:
        dossier, lea = opened(session)
        for structure in ranked[:2]:
            choices.keep(session, dossier, structure, opinion(matcher, structure), lea)
        with pytest.raises(Forbidden, match="ordre"):
            choices.arrange(session, dossier, [ranked[i] for i in wrong], lea)
        choices.arrange(session, dossier, [ranked[1], ranked[0]], lea)
        assert [c.structure_id for c in choices.selected(dossier)] == [ranked[1], ranked[0]]


GESTURES = ("keep", "discard", "undo", "up", "down")


@settings(max_examples=40)
@given(st.lists(st.tuples(st.sampled_from(GESTURES), st.integers(0, 4)), max_size=15))
def test_the_order_is_that_of_a_list_whatever_is_done(
    matcher: Matcher, database: Database, ranked: list[str], asked: list[tuple[str, int]]
) -> None:
    expected: list[str] = []
    decided: set[str] = set()
    said = {structure: opinion(matcher, structure) for structure in ranked[:5]}
    with database.writing() as session:
        dossier, lea = opened(session)
        for gesture, number in asked:
            one = ranked[number]
            if gesture == "keep":
                choices.keep(session, dossier, one, said[one], lea)
                expected += [] if one in expected else [one]
                decided.add(one)
            elif gesture == "discard":
                choices.discard(session, dossier, one, said[one], lea, Discarded.BETTER)
                expected = [other for other in expected if other != one]
                decided.add(one)
            elif gesture == "undo" and one in decided:
                choices.undo(session, dossier, one, lea)
                expected = [other for other in expected if other != one]
                decided.remove(one)
            elif gesture in ("up", "down") and one in expected:
                choices.shift(session, dossier, one, gesture == "up", lea)
                at = expected.index(one)
                other = min(max(at + (-1 if gesture == "up" else 1), 0), len(expected) - 1)
                expected[at], expected[other] = expected[other], expected[at]
            assert [c.structure_id for c in choices.selected(dossier)] == expected
            assert {c.structure_id for c in dossier.choices} == decided
