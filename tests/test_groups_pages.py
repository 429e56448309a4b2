"""Working groups proposed from the open dossiers that one may read."""

from __future__ import annotations

import csv
import io

import pytest
from casework import Space
from openpyxl import load_workbook
from sqlalchemy import select

from web.access import Role
from web.casework.dossiers import dossiers
from web.casework.states import Closed, State
from web.casework.store.tables import Account

NEED = "Ouvrir une recyclerie pour donner une seconde vie aux objets"
NEAR = ("34142", "34028", "34079")
"""Lodève, Bédarieux and Clermont-l’Hérault: 35 km at most between two of them."""


@pytest.fixture
def references(space: Space) -> list[str]:
    """The same need in three towns that are neighbours, and another far away."""
    received = [space.receive(insee, commune=insee, besoin=NEED) for insee in NEAR]
    other = {"besoin": "Un cinéma associatif", "themes": ["culture_patrimoine"]}
    return [*received, space.receive("loin", commune="29232", **other)]


def test_neighbours_with_one_need_are_a_group_with_its_reason(
    space: Space, references: list[str]
) -> None:
    page = space.client("lea").get("/espace/groupes").text
    assert "1 groupe pour 4 dossiers ouverts" in page and "1 reste seul" in page
    assert "Économie circulaire et réemploi" in page and "se réunir sur place" in page
    for reference in references[:3]:
        assert f"/espace/dossiers/{reference}" in page
    assert references[3] not in page


def test_a_group_has_only_dossiers_that_one_may_read(space: Space, references: list[str]) -> None:
    space.client("bob")
    lea, lead = space.client("lea"), space.client("max", Role.LEAD)
    with space.database.writing() as session:
        bob = session.scalars(select(Account).filter_by(email="bob@test.fr")).one()
        dossiers.take(session, dossiers.find(session, references[0]), bob)
    assert "Aucun groupe" in lea.get("/espace/groupes").text
    assert references[0] not in lea.get("/espace/groupes.csv").text
    assert references[0] in lead.get("/espace/groupes").text


def test_closed_dossiers_are_in_no_group(space: Space, references: list[str]) -> None:
    with space.database.writing() as session:
        closed = dossiers.find(session, references[0])
        dossiers.move(session, closed, State.CLOSED, None, Closed.DUPLICATE.value)
    page = space.client("lea").get("/espace/groupes").text
    assert "Aucun groupe" in page and "3 dossiers ouverts" in page


def test_groups_of_one_region(space: Space, references: list[str]) -> None:
    lea = space.client("lea")
    assert "1 groupe pour 3 dossiers" in lea.get("/espace/groupes?region=76").text
    assert "Aucun groupe" in lea.get("/espace/groupes?region=53").text


def test_groups_are_files_for_a_french_spreadsheet(space: Space, references: list[str]) -> None:
    lea = space.client("lea")
    data = lea.get("/espace/groupes.csv").data
    assert data.startswith(b"\xef\xbb\xbf")
    header, *rows = csv.reader(io.StringIO(data.decode("utf-8-sig")), delimiter=";")
    assert header[:2] == ["groupe", "taille"] and len(rows) == 4
    assert {row[header.index("besoin")] for row in rows} == set(references)
    sheet = load_workbook(io.BytesIO(lea.get("/espace/groupes.xlsx").data))["Groupes"]
    insee = [sheet.cell(row, header.index("insee") + 1) for row in range(2, 6)]
    assert {cell.data_type for cell in insee} == {"s"}, "un code est un texte"
    assert sheet.cell(2, 2).value == 3
    assert lea.get("/espace/groupes.ods").status_code == 404


def test_without_dossiers_the_page_says_so(space: Space) -> None:
    assert "Aucun groupe" in space.client("lea").get("/espace/groupes").text
