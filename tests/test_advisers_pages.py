"""The pages of advisers: where to begin, the list, a need typed in, structures decided."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from casework import Space, sent, token_of
from flask.testing import FlaskClient
from sqlalchemy import func, select
from test_dossiers import do, kept, page_of, taken, version_of

from matcher import Matcher
from web.access import Role
from web.casework import clock
from web.casework.dossiers import choices, dossiers
from web.casework.store.tables import Choice, Dossier


def listed(client: FlaskClient, query: str = "") -> list[str]:
    """References in the list, in its order."""
    return re.findall(r'reference">(MR-[\w-]+)<', client.get(f"/espace/dossiers{query}").text)


def suggested(client: FlaskClient, reference: str) -> list[str]:
    """Structures on the page of a dossier, in its order."""
    return re.findall(r'class="card suggestion" id="([\w-]+)"', client.get(page_of(reference)).text)


def decided(space: Space, reference: str) -> list[Choice]:
    """The structures that were selected, in order."""
    with space.database.reading() as session:
        return choices.selected(dossiers.find(session, reference))


def test_home_shows_what_waits_oldest_first_then_what_is_mine(
    space: Space, monkeypatch: pytest.MonkeyPatch
) -> None:
    today = datetime(2026, 11, 24, 9, tzinfo=UTC)
    monkeypatch.setattr(clock, "now", lambda: today - timedelta(days=12))
    old = space.receive("1", commune="48095")
    monkeypatch.setattr(clock, "now", lambda: today - timedelta(days=3))
    mine = taken(space, "lea", "2")
    monkeypatch.setattr(clock, "now", lambda: today)
    new = space.receive("3", commune="59350")
    page = space.client("lea").get("/espace/").text
    assert page.index(old) < page.index(new) < page.index(mine)
    assert "Reçu il y a 12 jours" in page and "Reçu aujourd’hui" in page
    assert "Dernière activité il y a 3 jours" in page
    assert mine not in space.client("noe").get("/espace/").text
    assert mine in space.client("max", Role.LEAD).get("/espace/").text


def test_home_of_an_administrator_shows_no_dossier(space: Space) -> None:
    reference = space.receive()
    page = space.client("bob", Role.ADMIN).get("/espace/")
    assert page.status_code == 200
    assert reference not in page.text and "Saisir un besoin" not in page.text


def test_the_list_is_narrowed_by_each_filter(space: Space) -> None:
    lea = space.client("lea")
    gare = taken(space, "lea", "1")
    cafe = space.receive("2", commune="59350", besoin="Reprendre le dernier café.", themes=[])
    loger = space.receive("3", commune="48095", besoin="Loger des aînés.", themes=["habitat"])
    assert set(listed(lea)) == {gare, cafe, loger}
    for query, found in {
        "?etat=recu": {cafe, loger},
        "?theme=habitat": {loger},
        "?theme=commerce_services_proximite": {cafe},  # read in the text, not declared
        "?departement=34": {gare},
        "?q=CAFE": {cafe},
        "?q=lozere": {loger},
        f"?q={gare}": {gare},
        "?etat=recu&departement=48": {loger},
        "?etat=inconnu": set(),
    }.items():
        assert set(listed(lea, query)) == found, query
    with space.database.reading() as session:
        number = dossiers.find(session, gare).members[0].id
    assert listed(lea, f"?membre={number}") == [gare]


def test_a_long_list_is_cut_in_pages_and_loses_nothing(space: Space) -> None:
    for number in range(23):
        space.receive(str(number))
    lea = space.client("lea")
    first, second = listed(lea), listed(lea, "?page=2")
    assert (len(first), len(second)) == (20, 3)
    assert len({*first, *second}) == 23
    assert listed(lea, "?page=99") == second
    assert "23 dossiers" in lea.get("/espace/dossiers").text


FIELDS = {
    "commune": "Mende",
    "besoin": "Un logement partagé pour personnes âgées.",
    "source": "telephone",
    "courriel": "mairie@ville.fr",
}


def form_of(client: FlaskClient) -> dict[str, str]:
    """What the form of a need brings by itself."""
    page = client.get("/espace/besoin").text
    found = re.search(r'name="jeton" value="([^"]+)"', page)
    assert found
    return {"csrf_token": token_of(page), "jeton": unescape(found[1])}


def test_a_need_typed_in_opens_a_dossier_once_with_its_adviser(space: Space) -> None:
    lea = space.client("lea")
    form = form_of(lea) | FIELDS
    first = lea.post("/espace/besoin", data=form)
    again = lea.post("/espace/besoin", data=form)
    assert first.status_code == again.status_code == 303
    assert first.location == again.location
    reference = first.location.rpartition("/")[2]
    dossier = kept(space, reference)
    assert (dossier.commune, dossier.origin) == ("48095", "main")
    assert [member.name for member in dossier.members] == ["Lea"]
    assert dossier.state == "en_cours"  # who typed it follows it: it does not wait
    page = lea.get(first.location).text
    assert "mairie@ville.fr" in page and "téléphone" in page and "non recueilli" in page
    with space.database.reading() as session:
        assert session.scalar(select(func.count(Dossier.id))) == 1
    # The same words in another form are another need.
    other = lea.post("/espace/besoin", data=form_of(lea) | FIELDS)
    assert other.location != first.location


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("commune", "Atlantis", "Atlantis"),
        ("commune", "", "Indiquez votre commune."),
        ("besoin", "", "vide"),
        ("source", "", "Dites comment"),
        ("courriel", "pas une adresse", "mairie@ville.fr"),
        ("etape", "inconnue", "inconnue"),
    ],
)
def test_a_need_that_cannot_be_read_keeps_what_was_typed(
    space: Space, field: str, value: str, said: str
) -> None:
    lea = space.client("lea")
    answer = lea.post("/espace/besoin", data=form_of(lea) | FIELDS | {field: value})
    assert answer.status_code == 400
    assert said in unescape(answer.text)
    for name, typed in FIELDS.items():
        if name not in (field, "source"):
            assert typed in answer.text
    assert listed(lea) == []


def test_an_adviser_keeps_orders_and_undoes_on_the_page(space: Space, matcher: Matcher) -> None:
    reference = taken(space, "lea", structures=[])
    lea = space.client("lea")
    with space.database.reading() as session:
        need = dossiers.need_of(dossiers.find(session, reference))
    first, second, third = [s.structure.id for s in matcher.match(need, top=3)]
    assert suggested(lea, reference)[:3] == [first, second, third]
    for one in (third, first, second):
        assert do(lea, reference, "choix", structure=one, geste="garder").status_code == 303
    assert suggested(lea, reference)[:3] == [third, first, second]
    do(lea, reference, "ordre", monter=second)
    assert [c.structure_id for c in decided(space, reference)] == [third, second, first]
    places = {f"rang-{first}": 1, f"rang-{second}": 2, f"rang-{third}": 3}
    do(lea, reference, "ordre", **places)
    assert suggested(lea, reference)[:3] == [first, second, third]
    refused = do(lea, reference, "ordre", **{**places, f"rang-{first}": "un"})
    assert refused.status_code == 409
    do(lea, reference, "choix", structure=first, geste="annuler")
    assert [c.structure_id for c in decided(space, reference)] == [second, third]


def test_a_structure_is_left_aside_with_its_reason_or_nothing_is_lost(space: Space) -> None:
    reference = taken(space, "lea", structures=[])
    lea = space.client("lea")
    first = suggested(lea, reference)[0]
    typed = {"structure": first, "geste": "ecarter", "commentaire": "Vus en mars."}
    missing = do(lea, reference, "choix", motif="", **typed)
    assert missing.status_code == 400
    assert "Choisissez un motif" in missing.text and 'value="Vus en mars."' in missing.text
    assert do(lea, reference, "choix", motif="deja_en_lien", **typed).status_code == 303
    assert suggested(lea, reference)[-1] == first
    assert "la commune travaille déjà avec elle" in lea.get(page_of(reference)).text


def test_adding_by_hand_shows_why_not_and_asks_why(space: Space, matcher: Matcher) -> None:
    reference = taken(space, "lea")
    lea = space.client("lea")
    address = f"{page_of(reference)}/ajouter"
    page = lea.get(f"{address}?structure=cress-bretagne")
    assert "n’intervient pas à Lodève" in page.text
    version = version_of(lea, reference)
    fields = {"structure": "cress-bretagne", "version": version}
    silent = sent(lea, address, page_of(reference), commentaire="  ", **fields)
    assert silent.status_code == 400 and "pourquoi vous l’ajoutez" in silent.text
    assert decided(space, reference) == []
    done = sent(lea, address, page_of(reference), commentaire="Un projet breton.", **fields)
    assert done.status_code == 303
    (choice,) = decided(space, reference)
    assert (choice.verdict, choice.rank, choice.comment) == ("ajoutee", None, "Un projet breton.")
    page_now = lea.get(page_of(reference)).text
    assert "Ajoutée à la main" in page_now and "Un projet breton." in page_now


def test_a_name_that_means_several_structures_or_none_is_asked_again(space: Space) -> None:
    reference = taken(space, "lea")
    lea = space.client("lea")
    several = lea.get(f"{page_of(reference)}/ajouter?structure=cress")
    assert several.status_code == 200 and "Plusieurs structures" in several.text
    none = lea.get(f"{page_of(reference)}/ajouter?structure=zzz")
    assert none.status_code == 404 and "Le catalogue ne connaît pas" in none.text


def test_a_structure_that_left_the_catalogue_is_still_told(space: Space) -> None:
    reference = taken(space, "lea", structures=["partie-depuis"])
    page = space.client("lea").get(page_of(reference))
    assert page.status_code == 200 and "n’est plus au catalogue" in page.text
    gone = do(space.client("lea"), reference, "choix", structure="partie-depuis", geste="garder")
    assert gone.status_code == 409


def test_a_need_whose_codes_are_no_more_is_still_shown(space: Space) -> None:
    reference = taken(space, "lea", commune="99999", themes=["theme_d_hier"])
    page = space.client("lea").get(page_of(reference))
    assert page.status_code == 200
    assert "ancienne gare" in page.text and "ne se lit plus" in page.text
    assert listed(space.client("lea"), "?theme=habitat") == []
    refused = do(space.client("lea"), reference, "choix", structure="avise", geste="garder")
    assert refused.status_code == 409


def test_a_form_left_open_too_long_gives_back_what_was_typed(space: Space) -> None:
    reference = taken(space, "lea")
    lea = space.client("lea")
    data = {"csrf_token": "perimé", "version": "2", "texte": "Une longue note."}
    answer = lea.post(f"{page_of(reference)}/notes", data=data)
    assert answer.status_code == 400 and "Une longue note." in answer.text
    assert kept(space, reference).notes == []


def test_what_is_written_is_shown_as_text(space: Space) -> None:
    reference = taken(space, "lea", besoin="<script>alert(1)</script> une recyclerie")
    lea = space.client("lea")
    do(lea, reference, "notes", texte="<img src=x onerror=alert(1)>")
    page = lea.get(page_of(reference)).text
    assert "<script>alert" not in page and "<img src=x" not in page
