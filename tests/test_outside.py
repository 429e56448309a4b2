"""A structure that the directory does not have: introduced at once, flagged, moderated later."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from casework import Space, sent
from sqlalchemy import select
from werkzeug.test import TestResponse

from matcher import Matcher
from matcher.upkeep import contacts_of, find_record
from web.casework import audit, outside
from web.casework.audit import Action
from web.casework.states import Step
from web.casework.store.tables import Choice, Introduction, Proposal

NAME = "La Remise du Larzac"
DRAFT = {
    "nom": NAME,
    "commune": "Lodève",
    "type": "",
    "description": "Répare et revend des meubles, avec un chantier d’insertion.",
    "site": "https://exemple.fr/remise",
    "boite": "contact@exemple.fr",
    "telephone": "04 67 00 00 00",
    "source": "https://exemple.fr/remise",
    "commentaire": "La commune travaille déjà avec elle.",
}
RECORD = {
    "name": NAME,
    "kind": "operateur_local",
    "seat_insee": "Lodève",
    "coverage_level": "commune",
    "coverage_codes": "34142",
    "themes": ["economie_circulaire"],
    "description": "Répare et revend des meubles.",
    "source_url": "https://exemple.fr/remise",
    "source_year": "2026",
    "to_verify": "non",
    "courriel": "contact@exemple.fr",
    "telephone": "04 67 00 00 00",
}
FLAG = "hors annuaire, à vérifier"


@pytest.fixture
def space(matcher: Matcher, database_url: str, folder: Path, tmp_path: Path) -> Iterator[Space]:
    """The site on a copy of the data: what is accepted is written there."""
    opened = Space.open(matcher, database_url, tmp_path / "cles.json", DATA=folder)
    yield opened
    opened.close()


class Team:
    """An adviser and her dossier."""

    def __init__(self, space: Space) -> None:
        self.space, self.lea = space, space.client("lea")
        self.reference = space.receive()
        self.dossier = f"/espace/dossiers/{self.reference}"
        self.post("prendre")

    def version(self) -> str:
        found = re.search(r'name="version" value="(\d+)"', self.lea.get(self.dossier).text)
        assert found
        return found[1]

    def post(self, path: str, **fields: object) -> TestResponse:
        version = self.version()
        return sent(
            self.lea, f"{self.dossier}/{path}", page=self.dossier, version=version, **fields
        )

    def add(self, **changes: object) -> str:
        """Add the structure to the dossier; gives its reference."""
        answer = self.post("hors-annuaire", **{**DRAFT, **changes})
        assert answer.status_code == 303, answer.text
        with self.space.database.reading() as session:
            return session.scalars(select(Proposal.reference).order_by(Proposal.id.desc())).first()

    def prepare(self, structure: str) -> TestResponse:
        return self.post("introductions", structure=structure)

    def page(self, structure: str) -> str:
        return self.lea.get(f"{self.dossier}/introductions/{structure}").text

    def decide(self, reference: str, path: str, **fields: object) -> TestResponse:
        address = f"/espace/propositions/{reference}"
        page = self.lea.get(address).text
        version = re.search(r'name="version" value="(\d+)"', page)
        assert version
        return sent(self.lea, f"{address}/{path}", page=address, version=version[1], **fields)

    def publish(self, reference: str, **changes: object) -> TestResponse:
        """Check the record as a moderator does, then publish it."""
        fields = {**RECORD, **changes}
        checked = self.decide(reference, "accepter", geste="relire", **fields)
        seen = re.search(r'name="vue" value="([^"]+)"', checked.text)
        assert checked.status_code == 200 and seen, checked.text
        return self.decide(reference, "accepter", geste="publier", vue=seen[1], **fields)


def test_a_name_that_is_not_found_leads_to_adding_it(space: Space):
    team = Team(space)
    page = team.lea.get(f"{team.dossier}/ajouter?structure=Remise du Larzac")
    assert page.status_code == 404 and "/hors-annuaire?nom=Remise" in page.text


def test_it_is_introduced_at_once_and_its_flag_goes_along(space: Space):
    team = Team(space)
    reference = team.add()
    page = team.lea.get(team.dossier).text
    assert NAME in page and FLAG.capitalize() in page
    assert team.prepare(reference).status_code == 303
    letters = team.page(reference)
    assert NAME in letters and "pas encore dans notre annuaire" in letters
    assert "à compléter" in letters  # why it: only its adviser knows
    for side in ("commune", "structure"):
        for form in ("txt", "docx", "eml"):
            file = f"{team.dossier}/introductions/{reference}/{side}.{form}"
            assert team.lea.get(file).status_code == 200
    to_commune = team.lea.get(f"{team.dossier}/introductions/{reference}/commune.txt").text
    assert "annuaire" in to_commune and "vérifi" in to_commune
    for path in ("dossiers.csv", "introductions", "structures", "tableau-de-bord", ""):
        assert team.lea.get(f"/espace/{path}").status_code == 200
    listed = team.lea.get("/espace/introductions").text
    assert NAME in listed
    assert NAME in team.lea.get(f"/espace/structures/{reference}").text
    found = team.lea.get("/espace/dossiers?q=larzac").text
    assert team.reference in found


def test_the_export_of_the_list_says_its_flag(space: Space):
    team = Team(space)
    team.prepare(team.add())
    page = team.lea.get("/espace/dossiers").text
    file = re.search(r'href="(/espace/dossiers[^"]*\.csv[^"]*)"', page) or re.search(
        r'href="(/espace/[^"]*csv[^"]*)"', page
    )
    assert file
    assert f"{NAME} ({FLAG})" in team.lea.get(file[1].replace("&amp;", "&")).text


def test_those_of_the_directory_that_look_like_it_come_first(space: Space):
    team = Team(space)
    answer = team.post("hors-annuaire", **{**DRAFT, "nom": "CRESS Occitanie"})
    assert answer.status_code == 409 and "l’une de celles-ci" in answer.text
    with space.database.reading() as session:
        assert session.scalars(select(Choice)).all() == []
    assert team.post("hors-annuaire", **DRAFT, aucune="oui").status_code == 303


REFUSED = [
    ({"nom": ""}, "nom de la structure"),
    ({"description": ""}, "ce qu’elle fait"),
    ({"description": "Jointe par Mme Durand."}, "personne"),
    ({"boite": "marie.durand@exemple.fr"}, "personne"),
    ({"telephone": "06 12 34 56 78"}, "mobile"),
    ({"site": "exemple"}, "https://"),
    ({"source": ""}, "d’où vient"),
    ({"commune": "Nulle-Part-sur-Rien"}, "inconnue"),
    ({"commentaire": ""}, "pourquoi"),
]


@pytest.mark.parametrize(("changes", "said"), REFUSED)
def test_nothing_of_a_person_nor_half_of_a_structure_is_kept(
    space: Space, changes: dict[str, str], said: str
):
    team = Team(space)
    answer = team.post("hors-annuaire", **{**DRAFT, **changes})
    assert answer.status_code == 400 and said in answer.text
    with space.database.reading() as session:
        assert session.scalars(select(Proposal)).all() == []


def test_one_that_two_dossiers_name_is_moderated_once(space: Space):
    team = Team(space)
    first = team.add()
    other = Team.__new__(Team)
    other.space, other.lea = space, team.lea
    other.reference = space.receive("autre", besoin="Une ressourcerie")
    other.dossier = f"/espace/dossiers/{other.reference}"
    other.post("prendre")
    assert other.add(nom=NAME.upper()) == first
    with space.database.reading() as session:
        assert outside.dossiers_of(session, first) == [team.reference, other.reference]


def test_accepted_it_is_of_the_directory_and_its_dossier_names_it(space: Space, folder: Path):
    team = Team(space)
    reference = team.add()
    team.prepare(reference)
    assert "Structure hors annuaire" in team.lea.get("/espace/propositions").text
    form = team.lea.get(f"/espace/propositions/{reference}").text
    assert form.count("À choisir") == 2  # its kind and its reach: nobody said them
    assert team.publish(reference).status_code == 303
    record = find_record(folder, "la-remise-du-larzac")
    assert record.fields["name"] == NAME
    assert contacts_of(folder, record.id)["courriel"] == "contact@exemple.fr"
    with space.database.reading() as session:
        assert session.scalars(select(Introduction.structure_id)).one() == record.id
        assert session.scalars(select(Choice.structure_id)).one() == record.id
        assert audit.verify(session).broken == ()
    page = team.lea.get(team.dossier).text
    assert FLAG.capitalize() not in page and "proposition examinée" in page.lower()
    assert NAME in team.page(record.id)
    # Its former reference leads to it still: the log and a letter that left name it.
    assert team.lea.get(f"/espace/structures/{reference}").status_code == 200


def test_it_is_not_added_over_another_of_the_same_id(space: Space, folder: Path):
    team = Team(space)
    reference = team.add(nom="Andès", aucune="oui")
    answer = team.decide(reference, "accepter", geste="relire", **{**RECORD, "name": "Andès"})
    assert answer.status_code == 400 and "déjà dans l’annuaire" in answer.text.lower()


def test_refused_it_is_said_on_the_dossier_and_is_not_sent(space: Space):
    team = Team(space)
    reference = team.add()
    team.prepare(reference)
    answer = team.decide(reference, "refuser", motif="hors_ess", commentaire="")
    assert answer.status_code == 303
    page = team.lea.get(team.dossier).text
    assert "Hors annuaire, refusée par la modération" in page
    with space.database.reading() as session:
        told = [entry.action for entry in audit.history(session, team.reference)]
    assert Action.PROPOSAL_DECIDED in told
    step = team.post(f"introductions/{reference}/etape", etape=Step.SENT.value)
    assert step.status_code == 409


def test_it_may_turn_out_to_be_one_of_the_directory(space: Space):
    team = Team(space)
    reference = team.add()
    team.prepare(reference)
    answer = team.decide(reference, "meme", fiche="cress-occitanie")
    assert answer.status_code == 303
    with space.database.reading() as session:
        assert session.scalars(select(Introduction.structure_id)).one() == "cress-occitanie"
    gone = team.decide  # decided: no form is left
    assert 'name="version"' not in team.lea.get(f"/espace/propositions/{reference}").text
    assert gone is not None


def test_the_structure_answers_by_its_link_like_any_other(space: Space):
    team = Team(space)
    reference = team.add()
    team.prepare(reference)
    text = team.lea.get(f"{team.dossier}/introductions/{reference}/structure.txt").text
    link = re.search(r"https?://[^/\s]+(/\S+)", text)
    assert link
    page = space.app.test_client().get(link[1])
    assert page.status_code == 200 and NAME in page.text
