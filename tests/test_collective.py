"""The group as a case: communes of one need in one dossier, each with its contact and outcome."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from builders import LODEVE
from sqlalchemy import select, true
from sqlalchemy.orm import Session

from matcher import Matcher
from web.casework import audit, decisions, report, statistics
from web.casework.audit import Action
from web.casework.dossiers import dossiers, parties, same
from web.casework.dossiers.dossiers import Declared, need_of
from web.casework.facts import gather
from web.casework.introductions import introductions, links, replies
from web.casework.introductions.introductions import CONTACT, LetterTexts
from web.casework.introductions.links import LinkOver
from web.casework.letters import briefs, filled, letters
from web.casework.letters.briefs import Sender
from web.casework.persons import contacts, erasures, retention
from web.casework.states import Closed, Contacted, Forbidden, Outcome, State, Step, Useful
from web.casework.store.database import Database
from web.casework.store.tables import Account, Choice, Contact, Dossier, Introduction

BEDARIEUX, CLERMONT, DIE = "34028", "34079", "26113"
STRUCTURE = "cress-occitanie"
NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
NEED = "Ouvrir une recyclerie pour donner une seconde vie aux objets"


class Group:
    """Three communes that each declared the same need, and an adviser who follows them."""

    def __init__(self, database: Database) -> None:
        self.database = database
        with database.writing() as session:
            account = Account(
                email="lea@test.fr", name="Léa", fs_uniquifier="lea", created_at=NOW, active=True
            )
            session.add(account)
            session.flush()
            self.account = account.id
            self.own = [self._declared(session, insee, account) for insee in (LODEVE, BEDARIEUX)]
            self.third = self._declared(session, CLERMONT, account)

    def _declared(self, session: Session, insee: str, account: Account) -> str:
        declared = Declared(
            commune=insee,
            need=f"{NEED}, à {insee}",
            origin="site",
            themes=["economie_circulaire"],
            wished=[STRUCTURE] if insee == LODEVE else [],
            email=f"mairie@ville{insee}.fr",
            service="Service urbanisme",
            source="formulaire du site",
            consent_at=NOW,
            seed={"commune": insee},
        )
        return dossiers.open_dossier(session, declared, account).reference

    def form(self) -> str:
        """Make one dossier of the first two."""
        with self.database.writing() as session:
            account = session.get_one(Account, self.account)
            found = [dossiers.to_change(session, one, None) for one in self.own]
            self.reference = same.form_group(session, found, NEED, account).reference
            return self.reference

    @contextmanager
    def change(self, reference: str = "") -> Iterator[tuple[Session, Dossier]]:
        """Change the collective dossier, or another one."""
        with self.database.writing() as session:
            yield session, dossiers.to_change(session, reference or self.reference, None)

    @contextmanager
    def read(self, reference: str = "") -> Iterator[tuple[Session, Dossier]]:
        """Read it."""
        with self.database.reading() as session:
            yield session, dossiers.find(session, reference or self.reference)

    def introduce(self, *steps: Step) -> None:
        """Introduce the group to a structure."""
        with self.change() as (session, dossier):
            dossier.choices.append(
                Choice(
                    structure_id=STRUCTURE,
                    verdict="gardee",
                    position=1,
                    weights={},
                    catalogue="",
                    account_id=self.account,
                    decided_at=NOW,
                )
            )
            texts = LetterTexts(
                "Objet : a\n\nBonjour", f"Objet : b\n\nPour les joindre :\n{CONTACT}"
            )
            one = introductions.prepare(session, dossier, STRUCTURE, texts, self.account)
            for step in steps:
                introductions.advance(session, one, step, self.account)

    def logged(self, reference: str = "") -> list[str]:
        """The actions of a dossier in the log."""
        with self.database.reading() as session:
            return [one.action for one in audit.history(session, reference or self.reference)]


@pytest.fixture
def group(database: Database) -> Group:
    made = Group(database)
    made.form()
    return made


def communes(dossier: Dossier) -> list[str]:
    return [one.commune for one in parties.present(dossier)]


def names(insee: str) -> str:
    return {LODEVE: "Lodève"}.get(insee, insee)


def one_of(dossier: Dossier) -> Introduction:
    return introductions.find(dossier, STRUCTURE)


def test_dossiers_of_one_need_become_one_and_keep_their_references(group: Group) -> None:
    with group.read() as (session, dossier):
        assert (dossier.commune, dossier.places) == (LODEVE, f"{LODEVE},{BEDARIEUX}")
        assert dossier.need == NEED and dossier.state == State.OPEN and dossier.contact is None
        assert dossier.wished == [STRUCTURE] and len(dossier.members) == 1
        assert need_of(dossier).places == (LODEVE, BEDARIEUX)
        first, second = parties.present(dossier)
        assert [first.reference, second.reference] == group.own
        assert second.said == f"{NEED}, à {BEDARIEUX}" and second.outcome == Outcome.WAITING
        assert first.contact and first.contact.email == f"mairie@ville{LODEVE}.fr"
        for reference in group.own:
            own = dossiers.find(session, reference)
            assert (own.state, own.reason) == (State.CLOSED, Closed.JOINED)
            assert parties.collective_of(session, own) is dossier
    assert group.logged()[-1] == Action.GROUP_FORMED
    assert Action.PARTY_JOINED in group.logged(group.own[0])


def test_one_that_is_followed_in_a_group_is_not_opened_again_beside_it(group: Group) -> None:
    with group.read(group.own[0]) as (session, own), pytest.raises(Forbidden, match="collectif"):
        parties.check_apart(session, own)


def test_a_dossier_whose_structure_is_about_to_answer_joins_no_group(group: Group) -> None:
    with group.change(group.third) as (session, own):
        own.introductions.append(introduction(group, Step.SENT))
    with group.change() as (session, dossier):
        own = dossiers.find(session, group.third)
        with pytest.raises(Forbidden, match="introduction en cours"):
            same.join_group(session, dossier, own, group.account)
        own.introductions[0].step = Step.PREPARED.value
        same.join_group(session, dossier, own, group.account)
        assert own.introductions[0].step == Step.WITHDRAWN


def introduction(group: Group, step: Step) -> Introduction:
    return Introduction(
        structure_id=STRUCTURE,
        step=step.value,
        to_commune="",
        to_structure="",
        account_id=group.account,
        prepared_at=NOW,
        sent_at=NOW,
    )


def test_a_commune_joins_and_leaves_with_a_trace_and_goes_on_alone(group: Group) -> None:
    with group.change() as (session, dossier):
        same.join_group(session, dossier, dossiers.find(session, group.third), group.account)
        assert communes(dossier) == [LODEVE, BEDARIEUX, CLERMONT]
    with group.change() as (session, dossier):
        parties.leave(session, dossier, parties.find(dossier, LODEVE), group.account)
        assert communes(dossier) == [BEDARIEUX, CLERMONT]
        assert (dossier.commune, dossier.places) == (BEDARIEUX, f"{BEDARIEUX},{CLERMONT}")
        own = dossiers.find(session, group.own[0])
        assert own.state == State.OPEN and own.contact and own.contact.email
        assert parties.collective_of(session, own) is None
        with pytest.raises(Forbidden, match="au moins deux"):
            parties.leave(session, dossier, parties.find(dossier, CLERMONT), group.account)
    assert group.logged().count(Action.PARTY_LEFT) == 1
    with group.change() as (session, dossier):  # it comes back: one row, its past with it
        same.join_group(session, dossier, dossiers.find(session, group.own[0]), group.account)
        assert len(dossier.parties) == 3 and communes(dossier)[-1] == LODEVE


def test_a_commune_without_a_dossier_joins_and_has_a_contact_of_its_own(group: Group) -> None:
    with group.change() as (session, dossier):
        party = parties.enter(session, dossier, CLERMONT, group.account)
        with pytest.raises(Forbidden, match="déjà"):
            parties.enter(session, dossier, CLERMONT, group.account)
        parties.set_contact(
            session, dossier, party, "mairie@clermont.fr", "Accueil", "téléphone", group.account
        )
        assert party.contact and party.contact.email == "mairie@clermont.fr"
        party.contact.telephone, party.contact.consent_at = "04 67 00 00 00", NOW
        parties.set_contact(
            session, dossier, party, "mairie@clermont.fr", "Mairie", "courriel", group.account
        )
        kept = party.contact  # the service changed, not the address: what was agreed holds
        assert (kept.service, kept.telephone, kept.consent_at) == ("Mairie", "04 67 00 00 00", NOW)
        assert (
            len(session.scalars(select(Contact).filter_by(email="mairie@clermont.fr")).all()) == 1
        )
    assert group.logged()[-1] == Action.PARTY_CONTACT
    with group.change() as (session, dossier):
        parties.leave(session, dossier, parties.find(dossier, CLERMONT), group.account)
    with group.database.reading() as session:  # nobody needs its address any more
        known = select(Contact.id).where(Contact.email == "mairie@clermont.fr")
        assert session.scalar(known) is None


def test_a_dossier_of_one_commune_becomes_that_of_a_group(group: Group) -> None:
    with group.change(group.third) as (session, dossier):
        links.ensure(session, dossier, None, group.account)
        parties.enter(session, dossier, DIE, group.account)
        assert dossier.places == f"{CLERMONT},{DIE}" and dossier.contact is None
        first = parties.find(dossier, CLERMONT)
        assert first.contact and first.contact.email == f"mairie@ville{CLERMONT}.fr"
        link = links.current(session, dossier, None, first)
        assert link is not None and link.party is first  # the letter that left is still answered


def test_communes_that_ask_together_are_a_group_from_the_start(database: Database) -> None:
    with database.writing() as session:
        seed = {"jeton": "x"}
        declared = Declared(LODEVE, NEED, "fichier", places=(LODEVE, BEDARIEUX), seed=seed)
        dossier = dossiers.open_dossier(session, declared)
        assert communes(dossier) == [LODEVE, BEDARIEUX]


def test_what_one_commune_agrees_to_binds_no_other(group: Group) -> None:
    group.introduce()
    with group.change() as (session, dossier):
        one = one_of(dossier)
        first, second = parties.present(dossier)
        assert replies.covers(one, first), "elle l’a choisie dans sa demande"
        assert not replies.covers(one, second)
        shown = filled.shown(one.to_structure, one, "", names)
        assert f"- Lodève\u00a0: Service urbanisme, mairie@ville{LODEVE}.fr" in shown
        assert f"mairie@ville{BEDARIEUX}.fr" not in shown and filled.UNDISCLOSED in shown
        replies.agree(session, one, None, second)
        assert replies.covers(one, second)
        shown = filled.shown(one.to_structure, one, "", str)
        assert f"mairie@ville{BEDARIEUX}.fr" in shown and filled.UNDISCLOSED not in shown
        parties.set_contact(session, dossier, second, "autre@ville.fr", None, "x", group.account)
        assert not replies.covers(one, second), "elle l’avait accepté pour une autre adresse"


def test_each_commune_has_its_own_link_voice_and_outcome(group: Group) -> None:
    group.introduce(Step.SENT)
    with group.change() as (session, dossier):
        first, second = parties.present(dossier)
        known = [links.current(session, dossier, None, party) for party in (first, second)]
        assert all(known) and len({link.key for link in known if link}) == 2
        one = one_of(dossier)
        replies.tell(session, one, Contacted.YES, Useful.YES, None, first)
        replies.tell(session, one, Contacted.NO, None, None, second)
        assert (one.contacted, one.useful) == (None, None)
        parties.note_outcome(session, first, Outcome.STARTED)
        parties.note_outcome(session, second, Outcome.STOPPED, group.account)
        assert [party.outcome for party in (first, second)] == [Outcome.STARTED, Outcome.STOPPED]
        same.join_group(session, dossier, dossiers.find(session, group.third), group.account)
        parties.leave(session, dossier, first, group.account)
        with pytest.raises(LinkOver):
            links.find(session, known[0].key if known[0] else "")
    assert group.logged().count(Action.PARTY_OUTCOME) == 2


def test_communes_and_dossiers_are_counted_rightly(group: Group, matcher: Matcher) -> None:
    group.introduce(Step.SENT, Step.ACCEPTED, Step.MET)
    with group.change() as (session, dossier):
        first, second = parties.present(dossier)
        one = one_of(dossier)
        replies.tell(session, one, Contacted.YES, Useful.YES, None, first)
        replies.tell(session, one, Contacted.NO, None, None, second)
        parties.note_outcome(session, second, Outcome.STOPPED)
        dossiers.move(session, dossier, State.CLOSED, None, Closed.SUPPORTED.value)
    with group.database.reading() as session:
        figures = gather(session, lambda _: (), true())
    assert len(figures.cases) == 2, "le collectif, et celui qui reste seul"
    assert len(statistics.towns(figures.cases)) == 3
    assert statistics.supported(figures.cases) == 1, "l’autre a arrêté"
    boards = {one.key: one.sheet for one in report.boards(figures, matcher, NOW, None, team=True)}
    assert ("Hérault", 2, 3) in boards["departements"].rows
    assert ("Projet arrêté", 1) in boards["groupes"].rows
    said = {row[:2]: row[2] for row in boards["satisfaction"].rows}
    assert said["La structure vous a-t-elle contactée ?", "Oui"] == 1
    assert said["La structure vous a-t-elle contactée ?", "Pas encore"] == 1


def test_figures_of_a_group_survive_its_erasure(
    group: Group, monkeypatch: pytest.MonkeyPatch
) -> None:
    group.introduce(Step.SENT)
    with group.change() as (session, dossier):
        first, second = parties.present(dossier)
        replies.tell(session, one_of(dossier), Contacted.YES, Useful.PARTLY, None, first)
        parties.note_outcome(session, second, Outcome.STARTED)
    with group.database.reading() as session:
        before = gather(session, lambda _: (), true())
    later = NOW.replace(year=NOW.year + 4)
    monkeypatch.setattr("web.casework.clock.now", lambda: later)
    with group.database.writing() as session:
        gone = retention.erase_outdated(session)
        assert len(gone.dossiers) == 4
        kept = statistics.past_kept(session)
    outcomes = [sorted(str(town.outcome) for town in case.towns) for case in kept.cases]
    assert sorted(outcomes) == sorted(
        sorted(str(town.outcome) for town in case.towns) for case in before.cases
    )
    assert {town.commune for case in kept.cases for town in case.towns} == {""}
    assert (Contacted.YES, Useful.PARTLY) in kept.put[0].voices


def test_a_decision_of_a_group_names_all_its_communes(group: Group, matcher: Matcher) -> None:
    group.introduce()
    with group.database.reading() as session:
        rows, left_out = decisions.decisions(session, matcher)
    assert [row[0] for row in rows] == [f"{LODEVE},{BEDARIEUX}"] and not left_out


def test_one_commune_is_erased_and_the_others_stay(group: Group) -> None:
    group.introduce()
    address = f"mairie@ville{LODEVE}.fr"
    with group.change() as (session, dossier):
        party = parties.find(dossier, LODEVE)
        party.said = f"Écrire à {address}, dit Madame Bersier"
        assert erasures.mask(session, dossier, "Madame Bersier", group.account) == 1
        version = dossier.version
    with group.database.writing() as session:
        found = contacts.export(session, address, None)
        told = [one["dans_le_groupe"] for one in found["dossiers"]]
        assert [{one["commune"] for one in part} for part in told] == [set(), {LODEVE}]
        contacts.erase(session, address)
    with group.read() as (_session, dossier):
        first, second = parties.present(dossier)
        assert dossier.version > version and address not in str(first.said)
        assert parties.contact_of(first) is None and parties.contact_of(second) is not None
        assert not replies.covers(one_of(dossier), first)


def test_a_contact_is_kept_while_its_group_is_active(
    group: Group, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = NOW.replace(year=NOW.year + 4)
    monkeypatch.setattr("web.casework.clock.now", lambda: later)
    with group.change():
        pass
    with group.database.writing() as session:
        gone = retention.erase_outdated(session)
        assert set(gone.dossiers) == {*group.own, group.third}
    with group.read() as (_session, dossier):
        assert all(parties.contact_of(one) for one in parties.present(dossier))


def test_letters_of_a_group_speak_for_all(group: Group, matcher: Matcher) -> None:
    group.introduce()
    with group.read() as (_session, dossier):
        brief = briefs.write(matcher, dossier, STRUCTURE, Sender("Léa"), NOW)
        structure, commune = letters.to_structure(brief), letters.to_commune(brief)
        together = letters.to_commune_together([brief, brief])
        one = one_of(dossier)
        one.sent_at = NOW
        again = letters.reminder(one, "La CRESS", "Lodève et Bédarieux", Sender("Léa"))
        sheet = filled.document(structure, brief, to_commune=False)
    assert "2 communes (Hérault) cherchent un appui ensemble" in structure.subject
    assert "Les communes de Lodève et Bédarieux (Hérault," in structure.body
    assert "une fois pour les 2 communes" in " ".join(structure.body.split())
    assert "votre commune" not in structure.body
    for letter in (commune, together):
        assert "Vous êtes 2 communes à porter un même besoin : Lodève et Bédarieux" in (
            letter.body.replace("\u00a0", " ")
        )
        assert "Ce lien est celui de votre commune" in letter.body
    assert "La commune" not in again.body
    assert f"{NEED}, à {BEDARIEUX}" in " ".join(words(sheet).split())


def words(document: bytes) -> str:
    import io

    from docx import Document

    made = Document(io.BytesIO(document))
    cells = [cell.text for table in made.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(one.text for one in made.paragraphs), *cells]).replace("\u00a0", " ")


def refused(change: Callable[[], object]) -> str:
    with pytest.raises(Forbidden) as error:
        change()
    return str(error.value)


def test_a_group_is_of_two_communes_and_of_no_other_group(group: Group) -> None:
    with group.change(group.third) as (session, own):
        account = session.get_one(Account, group.account)
        other = dossiers.find(session, group.reference)
        assert "deux communes" in refused(lambda: same.form_group(session, [own], NEED, account))
    with group.change(group.third) as (session, own):
        other = dossiers.find(session, group.reference)
        said = refused(lambda: same.join_group(session, own, other, group.account))
        assert "réunit déjà" in said
