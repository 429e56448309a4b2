"""A name typed where none should be is taken away; the log says that, and never which."""

from __future__ import annotations

import pytest
from casework import Clock, Space, sent
from test_introductions import Pages

from web.access import Role
from web.casework.dossiers import dossiers, refinements
from web.casework.persons import erasures
from web.casework.persons.erasures import MASKED
from web.casework.store.tables import Account

NAME = "Jeanne Exemple"


def held(space: Space, **fields: object) -> Pages:
    """A dossier whose need, note and letters hold a name."""
    pages = Pages(space, besoin=f"{NAME} veut ouvrir une recyclerie. Exemplement utile.", **fields)
    pages.prepare()
    with space.database.writing() as session:
        found = dossiers.find(session, pages.reference)
        author = session.get_one(Account, found.members[0].id)
        refinements.add_note(session, found, author, "Rappeler jeanne \n exemple mardi.")
        found.introductions[0].to_structure += f"\n\n{NAME}"
    return pages


def masked(pages: Pages, name: str, client=None):
    path = f"{pages.dossier}/masquer"
    return sent(client or pages.lea, path, "/espace/besoin", nom=name, version=pages.now)


def test_a_name_leaves_every_text_of_a_dossier(space: Space, clock: Clock):
    pages = held(space)
    answer = masked(pages, f" {NAME.upper()} ")
    assert answer.status_code == 303
    with space.database.reading() as session:
        found = dossiers.find(session, pages.reference)
        assert found.need == f"{MASKED} veut ouvrir une recyclerie. Exemplement utile."
        assert [note.text for note in found.notes] == [f"Rappeler {MASKED} mardi."]
        assert MASKED in found.introductions[0].to_structure
    page = pages.lea.get(pages.dossier).text
    assert NAME not in page and "nom masqué dans les textes" in page.lower()
    assert NAME not in space.client("max", Role.LEAD).get("/espace/journal").text


@pytest.mark.parametrize("name", ["", " a ", "Exempl", "Paul Absent"])
def test_what_no_text_holds_changes_nothing(space: Space, clock: Clock, name: str):
    pages = held(space)
    assert masked(pages, name).status_code == 409
    with space.database.reading() as session:
        assert NAME in dossiers.find(session, pages.reference).need


def test_only_members_mask(space: Space, clock: Clock):
    pages = held(space)
    assert masked(pages, NAME, space.client("zoe")).status_code == 404
    assert masked(pages, NAME, space.client("max", Role.LEAD)).status_code == 409
    assert len(NAME) > erasures.SHORTEST
