"""A team that knows: the dossiers of a commune are told, a double before it is made."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest
from casework import Space, sent, token_of
from flask.testing import FlaskClient
from test_dossiers import NOTE, do, kept, page_of, taken
from werkzeug.test import TestResponse

from web.access import Role
from web.casework import audit, clock
from web.casework.audit import Action

CINEMA = "Rouvrir le cinéma du bourg."
TYPED = {"commune": "34142", "besoin": "Une recyclerie pour la ville.", "source": "telephone"}


def typed(client: FlaskClient, **fields: object) -> TestResponse:
    """Send the form of a need, as its page brings it."""
    page = client.get("/espace/besoin").text
    found = re.search(r'name="jeton" value="([^"]+)"', page)
    assert found
    data = {"csrf_token": token_of(page), "jeton": found[1], **TYPED, **fields}
    return client.post("/espace/besoin", data=data)


def test_whoever_opens_a_dossier_knows_those_of_its_commune_not_what_is_in_them(
    space: Space,
) -> None:
    mine = taken(space, "lea", "un")
    hers = taken(space, "eve", "deux", besoin=CINEMA)
    do(space.client("eve"), hers, "notes", texte=NOTE)
    elsewhere = taken(space, "lea", "trois", commune="48095")
    together = taken(space, "eve", "quatre", communes=["26113", "34142"], commune="26113")
    waiting = space.receive("cinq", besoin="Un jardin partagé.")
    seen = unescape(space.client("lea").get(page_of(mine)).text)
    assert hers in seen and together in seen and "suivi par Eve" in seen
    assert page_of(hers) not in seen and "Rouvrir" not in seen and NOTE not in seen
    assert waiting in seen and "Un jardin partagé." in seen
    assert elsewhere not in seen
    lead = unescape(space.client("max", Role.LEAD).get(page_of(mine)).text)
    assert page_of(hers) in lead and CINEMA in lead


def test_whoever_types_a_commune_knows_its_dossiers(space: Space) -> None:
    hers = taken(space, "eve", "un", besoin=CINEMA)
    lea = space.client("lea")
    seen = unescape(lea.get("/espace/besoin/commune?commune=34142").text)
    assert hers in seen and "suivi par Eve" in seen and "Rouvrir" not in seen
    for nothing in ("48095", "", "nulle part", "%00"):
        assert lea.get(f"/espace/besoin/commune?commune={nothing}").text.strip() == ""


def test_a_near_double_is_told_before_it_is_made_and_may_be_linked(space: Space) -> None:
    first, lea = taken(space, "eve", "un"), space.client("lea")
    told = typed(lea)
    assert told.status_code == 409
    page = unescape(told.text)
    assert first in page and "suivi par Eve" in page and TYPED["besoin"] in page
    assert typed(lea, meme="MR-AAAA-BBBB-CCCC").status_code == 409
    other = typed(lea, meme="autre")
    assert other.status_code == 303
    assert kept(space, other.location.rpartition("/")[2]).same_as is None
    linked = typed(lea, meme=first)
    reference = linked.location.rpartition("/")[2]
    assert kept(space, reference).same_as == first
    for name, one, shown in (("lea", reference, first), ("eve", first, reference)):
        page = space.client(name).get(page_of(one)).text
        assert shown in page[page.index("Le même besoin") :]
    with space.database.reading() as session:
        actions = [entry.action for entry in audit.history(session, reference)]
    assert Action.DOSSIER_SAME in actions


@pytest.mark.parametrize(
    ("changes", "days"),
    [({"besoin": CINEMA}, 0), ({"commune": "48095"}, 0), ({}, 200)],
    ids=["autre sujet", "autre commune", "plus de six mois"],
)
def test_another_need_is_opened_at_once(
    space: Space, monkeypatch: pytest.MonkeyPatch, changes: dict[str, str], days: int
) -> None:
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now - timedelta(days=days))
    taken(space, "eve", "un")
    monkeypatch.setattr(clock, "now", lambda: now)
    assert typed(space.client("lea"), **changes).status_code == 303


def test_the_same_form_sent_twice_is_no_double_of_itself(space: Space) -> None:
    lea = space.client("lea")
    page = lea.get("/espace/besoin").text
    found = re.search(r'name="jeton" value="([^"]+)"', page)
    assert found
    data = {"csrf_token": token_of(page), "jeton": found[1], **TYPED}
    places = {lea.post("/espace/besoin", data=data).location for _ in range(2)}
    assert len(places) == 1 and None not in places


def test_a_double_is_closed_with_the_name_of_the_other(space: Space) -> None:
    first, double = taken(space, "eve", "un"), taken(space, "lea", "deux")
    lea, closing = space.client("lea"), {"etat": "clos", "motif": "doublon"}
    missing = do(lea, double, "etat", **closing)
    assert missing.status_code == 400 and "Indiquez la référence" in missing.text
    for unknown in ("MR-AAAA-BBBB-CCCC", double):
        refused = do(lea, double, "etat", **closing, double=unknown)
        assert refused.status_code == 409 and "Aucun autre dossier" in refused.text
    assert kept(space, double).state == "en_cours"
    assert do(lea, double, "etat", **closing, double=first.lower()).status_code == 303
    after = kept(space, double)
    assert (after.state, after.same_as) == ("clos", first)
    page = unescape(lea.get(page_of(double)).text)
    assert f"lien posé avec, {first}" in page.replace("\xa0", " ")


def test_a_link_is_taken_back(space: Space) -> None:
    first, second = taken(space, "eve", "un"), taken(space, "lea", "deux")
    lea = space.client("lea")
    for typed_reference, expected in ((first, first), ("", None)):
        assert do(lea, second, "meme", meme=typed_reference).status_code == 303
        assert kept(space, second).same_as == expected
    assert sent(lea, f"{page_of(first)}/meme", "/espace/", version="1").status_code == 404
