"""Who takes over: a closed account, an absence, and what is new to whom."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest
from casework import PASSWORD, Space, sent
from test_dossiers import NOTE, do, kept, page_of, taken
from werkzeug.test import TestResponse

from web.access import Role
from web.casework import audit, clock
from web.casework.audit import Action
from web.signin import accounts
from web.signin.accounts import AccountError

ACCOUNTS = "/espace/comptes"


def number_of(space: Space, name: str) -> int:
    with space.app.app_context():
        return next(one.id for one in accounts.listed() if one.email == f"{name}@test.fr")


def members(space: Space, reference: str) -> list[str]:
    return sorted(member.name for member in kept(space, reference).members)


def by_admin(space: Space, path: str, **fields: object) -> TestResponse:
    return sent(space.client("bob", Role.ADMIN), f"{ACCOUNTS}{path}", ACCOUNTS, **fields)


def test_an_account_that_follows_dossiers_is_not_closed_before_somebody_has_them(
    space: Space,
) -> None:
    reference, shared = taken(space, "lea", "un"), taken(space, "lea", "deux")
    do(space.client("max", Role.LEAD), shared, "prendre")
    noe, lea = space.account("noe"), number_of(space, "lea")
    refused = by_admin(space, f"/{lea}/fermer")
    assert refused.status_code == 400 and "2 dossiers ouverts" in unescape(refused.text)
    assert space.client("lea").get("/espace/").status_code == 200
    assert by_admin(space, f"/{lea}/fermer", a=noe).status_code == 303
    assert members(space, reference) == ["Noe"] and members(space, shared) == ["Max", "Noe"]
    assert space.client("lea").get("/espace/").status_code == 302
    with space.database.reading() as session:
        assert audit.history(session, reference)[-1].action == Action.DOSSIER_MEMBERS
        assert audit.history(session, f"compte {lea}")[-1].account_id == number_of(space, "bob")


def test_dossiers_go_back_to_the_queue_where_any_adviser_takes_them(space: Space) -> None:
    reference = taken(space, "lea")
    space.client("noe")
    with space.app.app_context():
        with pytest.raises(AccountError, match="1 dossier ouvert"):
            accounts.close("lea@test.fr", None)
        with pytest.raises(AccountError, match="ne peut pas recevoir"):
            accounts.close("lea@test.fr", "lea@test.fr")
        assert accounts.close("lea@test.fr", None, to_queue=True) == 1
    assert reference in space.client("noe").get("/espace/").text
    assert do(space.client("noe"), reference, "prendre").status_code == 303
    assert members(space, reference) == ["Noe"]


def test_whoever_stands_in_works_in_their_place_and_no_longer(
    space: Space, monkeypatch: pytest.MonkeyPatch
) -> None:
    reference, noe = taken(space, "lea"), space.account("noe")
    space.clients["noe"] = space.sign_in("noe")
    do(space.client("lea"), reference, "notes", texte=NOTE)
    assert space.client("noe").get(page_of(reference)).status_code == 404
    today = clock.today()
    days = {"du": today.isoformat(), "au": (today + timedelta(days=5)).isoformat()}
    said = sent(space.client("lea"), "/espace/absence", remplacant=noe, **days)
    assert said.status_code == 303
    assert "Noe suit ses dossiers" in unescape(space.client("lea").get("/espace/absence").text)
    page = space.client("noe").get(page_of(reference))
    assert NOTE in unescape(page.text)
    assert reference in space.client("noe").get("/espace/dossiers").text
    assert do(space.client("noe"), reference, "notes", texte="Pendant l’absence").status_code == 303
    assert [note.author.name for note in kept_notes(space, reference)] == ["Lea", "Noe"]
    back = clock.now() + timedelta(days=7)
    monkeypatch.setattr(clock, "now", lambda: back)
    assert space.client("noe").get(page_of(reference)).status_code == 404


def kept_notes(space: Space, reference: str) -> list:  # type: ignore[type-arg]
    from web.casework.dossiers import dossiers

    with space.database.reading() as session:
        notes = dossiers.find(session, reference).notes
        _ = [note.author.name for note in notes]
        return list(notes)


def test_an_absence_is_said_by_oneself_or_by_a_lead(space: Space) -> None:
    lea, noe = space.account("lea"), space.account("noe")
    space.clients["noe"] = space.sign_in("noe")
    today = clock.today().isoformat()
    fields = {"du": today, "au": today, "compte": lea, "remplacant": noe}
    assert sent(space.client("noe"), "/espace/absence", **fields).status_code == 403
    max_ = space.client("max", Role.LEAD)
    assert sent(max_, "/espace/absence", **fields).status_code == 303
    for wrong in ({"au": "2020-01-01"}, {"remplacant": lea}, {"remplacant": ""}, {"du": "x"}):
        assert sent(max_, "/espace/absence", **{**fields, **wrong}).status_code == 409
    assert sent(max_, "/espace/absence", compte=lea).status_code == 303
    assert "Fin de l’absence" not in max_.get("/espace/absence").text


def test_what_others_gave_or_changed_is_new_until_it_is_opened(space: Space) -> None:
    reference, lea = taken(space, "lea"), space.client("lea")
    lea.get(page_of(reference))
    assert "Nouveau pour vous" not in lea.get("/espace/").text
    max_ = space.client("max", Role.LEAD)
    do(max_, reference, "prendre")
    do(max_, reference, "notes", texte=NOTE)
    assert "Nouveau pour vous" in lea.get("/espace/").text
    assert "Nouveau pour vous" not in max_.get("/espace/").text
    lea.get(page_of(reference))
    assert "Nouveau pour vous" not in lea.get("/espace/").text
    noe = space.account("noe")
    space.clients["noe"] = space.sign_in("noe")
    do(max_, reference, "membres", membre=[noe, number_of(space, "lea")])
    assert "Nouveau pour vous" in space.client("noe").get("/espace/").text


def test_an_administrator_invites_names_and_gives_roles(space: Space) -> None:
    made = by_admin(space, "", courriel="ana@ville.fr", nom="Ana", role="conseiller")
    found = re.search(r'<p class="reference">([^<]+)</p>', made.text)
    assert made.status_code == 200 and found
    space.account("lea")
    lea = number_of(space, "lea")
    changed = by_admin(space, f"/{lea}", nom="Léa Martin", role="responsable")
    assert changed.status_code == 303
    page = space.client("bob").get(ACCOUNTS).text
    assert "Léa Martin" in page and "Responsable" in page
    for fields in ({"nom": "", "role": "conseiller"}, {"nom": "Léa", "role": "roi"}):
        assert by_admin(space, f"/{lea}", **fields).status_code == 400
    with space.database.reading() as session:
        logged = [entry.details for entry in audit.history(session, f"compte {lea}")]
    assert any("identite" in details for details in logged)
    assert not any("Martin" in details or PASSWORD in details for details in logged)


def test_nobody_closes_or_changes_their_own_account(space: Space) -> None:
    space.client("bob", Role.ADMIN)
    bob = number_of(space, "bob")
    for path in (f"/{bob}", f"/{bob}/fermer"):
        assert by_admin(space, path, nom="Bob", role="conseiller").status_code == 409
    assert by_admin(space, "/999/fermer").status_code == 404


@pytest.mark.parametrize("domain", ["site.invalid", "machine.localhost", "mairie.local", "a.onion"])
def test_a_domain_that_no_sign_in_reads_is_refused_at_once(space: Space, domain: str) -> None:
    with space.app.app_context(), pytest.raises(AccountError, match="réservé"):
        accounts.create(f"lea@{domain}", "Léa", Role.ADVISER, PASSWORD)


def test_a_closed_account_is_opened_again(space: Space) -> None:
    space.account("lea")
    lea = number_of(space, "lea")
    assert by_admin(space, f"/{lea}/fermer").status_code == 303
    assert by_admin(space, f"/{lea}/rouvrir").status_code == 303
    space.sign_in("lea")
