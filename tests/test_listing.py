"""The list of dossiers: found by any of their texts, sorted, filtered, taken away, changed."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from html import unescape

import pytest
from casework import Space, sent
from flask.testing import FlaskClient
from openpyxl import load_workbook
from test_dossiers import do, kept, page_of, taken
from werkzeug.test import TestResponse

from web.access import Role
from web.casework import clock
from web.casework.dossiers import dossiers
from web.casework.dossiers.dossiers import Declared
from web.casework.dossiers.imports import store
from web.casework.store.tables import Account

LIST = "/espace/dossiers"


def listed(client: FlaskClient, **asked: str) -> list[str]:
    """References of the list, in its order."""
    page = client.get(LIST, query_string=asked).text
    return re.findall(r'<small class="reference">(MR-[^<]+)</small>', page)


def together(space: Space, name: str, references: list[str], **fields: object) -> TestResponse:
    chosen = [f"{reference}:{kept(space, reference).version}" for reference in references]
    return sent(space.client(name), f"{LIST}/ensemble", LIST, dossier=chosen, **fields)


def test_a_dossier_is_found_by_any_of_its_texts_with_the_rights_kept(space: Space) -> None:
    mine = taken(space, "lea", "un", besoin="Rouvrir l’épicerie.", courriel="accueil@lodeve.fr")
    hers = taken(space, "eve", "deux", besoin="Un café associatif.", courriel="accueil@lodeve.fr")
    for name, reference, note in (("lea", mine, "La halle."), ("eve", hers, "La halle aussi.")):
        do(space.client(name), reference, "notes", texte=note)
        do(space.client(name), reference, "choix", structure="cress-occitanie", geste="garder")
    lea, eve, lead = space.client("lea"), space.client("eve"), space.client("max", Role.LEAD)
    for words in (
        mine,
        "lodeve",
        "34700",
        "34142",
        "EPICERIE",
        "cress occitanie",
        "halle",
        "accueil@",
    ):
        assert listed(lea, q=words) == [mine], words
    assert listed(eve, q="halle") == [hers] and listed(eve, q="épicerie") == []
    assert set(listed(lead, q="accueil@lodeve")) == {mine, hers}
    assert listed(lead, q="halle") == []  # notes are for members


def test_each_column_sorts_both_ways(space: Space, monkeypatch: pytest.MonkeyPatch) -> None:
    start, found = clock.now(), []
    rows = [("34142", "Zinc"), ("12176", "Abeilles"), ("48095", "Moulin")]
    for number, (commune, need) in enumerate(rows):
        monkeypatch.setattr(clock, "now", lambda n=number: start + timedelta(hours=n))
        found.append(taken(space, "lea", str(number), commune=commune, besoin=need))
    do(space.client("lea"), found[1], "etat", etat="clos", motif="autrement")
    lea = space.client("lea")
    assert listed(lea, tri="besoin") == [found[1], found[2], found[0]]
    assert listed(lea, tri="-besoin") == [found[0], found[2], found[1]]
    assert listed(lea, tri="recu") == found and listed(lea, tri="-recu") == found[::-1]
    assert listed(lea, tri="etat")[-1] == found[1] and listed(lea, tri="-etat")[0] == found[1]
    for column in ("commune", "themes", "suivi", "activite"):
        assert sorted(listed(lea, tri=column)) == sorted(found)
        assert f"tri=-{column}" in unescape(lea.get(LIST, query_string={"tri": column}).text)
    assert listed(lea, tri="rien") == listed(lea)


def test_filters_by_origin_file_delay_and_group(
    space: Space, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_site = taken(space, "lea", "un")
    lea = space.client("lea")
    with space.database.writing() as session:
        account = session.get_one(Account, kept(space, by_site).members[0].id)
        needs = [Declared("48095", "Un jardin partagé", "fichier", seed={"n": 1})]
        store(session, needs, account)
        number = dossiers.find(session, store(session, needs, account).known[0]).imported
    (imported,) = listed(lea, origine="fichier")
    assert listed(lea, fichier=str(number)) == [imported] and listed(lea, fichier="9999") == []
    assert listed(lea, origine="site") == [by_site]
    assert listed(lea, retard="oui") == []
    late = clock.now() + timedelta(days=31)
    monkeypatch.setattr(clock, "now", lambda: late)
    space.clients["lea"] = lea = space.sign_in("lea")
    assert listed(lea, retard="oui") == [by_site]
    assert listed(lea, groupe=by_site) == []


def test_a_group_is_shown_in_the_list(space: Space) -> None:
    need = "Ouvrir une recyclerie dans l’ancienne gare."
    near = [
        taken(space, "lea", code, commune=code, besoin=need) for code in ("34142", "34132", "34163")
    ]
    taken(space, "lea", "loin", commune="48095", besoin="Un jardin partagé.")
    page = unescape(space.client("lea").get("/espace/groupes").text)
    link = re.search(r'/espace/dossiers\?groupe=([^"]+)"', page)
    found = listed(space.client("lea"), groupe=near[0])
    assert bool(link) == bool(found) and (not found or set(found) == set(near))


def test_what_is_filtered_is_taken_away_as_a_file(space: Space) -> None:
    mine = taken(space, "lea", "un", besoin="Rouvrir l’épicerie.")
    taken(space, "lea", "deux", besoin="Un café.")
    do(space.client("lea"), mine, "notes", texte="La halle.")
    lea = space.client("lea")
    text = lea.get(f"{LIST}.csv", query_string={"q": "épicerie"}).get_data(as_text=True)
    lines = text.lstrip("\ufeff").splitlines()
    assert len(lines) == 2 and lines[1].startswith(f"{mine};Lodève;34142;")
    assert "halle" not in text and "@" not in text
    book = load_workbook(io.BytesIO(lea.get(f"{LIST}.xlsx").data))
    assert book.active is not None and book.active.max_row >= 3
    assert lea.get(f"{LIST}.pdf").status_code == 404


def test_several_dossiers_are_given_or_closed_at_once(space: Space) -> None:
    waiting = [space.receive(str(number)) for number in range(2)]
    hers = taken(space, "eve", "trois")
    noe, max_ = space.account("noe"), space.client("max", Role.LEAD)
    assert together(space, "max", [*waiting, hers], geste="confier", a=noe).status_code == 303
    for reference in (*waiting, hers):
        assert [member.name for member in kept(space, reference).members] == ["Noe"]
        assert kept(space, reference).state == "en_cours"
    space.clients["noe"] = space.sign_in("noe")
    missing = together(space, "noe", waiting, geste="clore", motif="")
    assert missing.status_code == 409
    together(space, "noe", waiting, geste="clore", motif="autrement")
    assert {kept(space, reference).state for reference in waiting} == {"clos"}
    left = together(space, "max", [hers], geste="clore", motif="autrement")
    assert left.status_code == 303 and kept(space, hers).state == "en_cours"
    assert hers in max_.get(LIST).text.partition("Laissés tels quels")[2]


def test_of_those_ticked_one_that_changed_is_left_and_told(space: Space) -> None:
    first, second = taken(space, "lea", "un"), taken(space, "lea", "deux")
    old = [f"{reference}:{kept(space, reference).version}" for reference in (first, second)]
    lea = space.client("lea")
    do(lea, first, "notes", texte="Changé.")
    fields = {"geste": "clore", "motif": "autrement", "dossier": old}
    answer = sent(lea, f"{LIST}/ensemble", LIST, **fields)
    assert answer.status_code == 303
    assert kept(space, first).state == "en_cours" and kept(space, second).state == "clos"
    assert first in lea.get(LIST).text.partition("Laissés tels quels")[2]


def test_an_adviser_takes_what_waits_and_gives_nothing_away(space: Space) -> None:
    waiting, hers = space.receive("un"), taken(space, "eve", "deux")
    lea_number, noe = space.account("lea"), space.account("noe")
    space.clients["lea"] = space.sign_in("lea")
    for references, to in (([waiting], noe), ([hers], lea_number)):
        together(space, "lea", references, geste="confier", a=to)
    assert kept(space, waiting).members == []
    assert [member.name for member in kept(space, hers).members] == ["Eve"]
    together(space, "lea", [waiting], geste="confier", a=lea_number)
    assert [member.name for member in kept(space, waiting).members] == ["Lea"]
    assert space.client("lea").get(page_of(waiting)).status_code == 200


# Lists that are kept


def saved_by(space: Space, name: str, filters: str, **fields: str) -> TestResponse:
    """Keep the list that `filters` ask for, as somebody."""
    return sent(space.client(name), f"{LIST}/listes?{filters}", LIST, **fields)


def links(client: FlaskClient) -> dict[str, str]:
    """The lists that the page shows: address by name."""
    page = client.get(LIST).text.partition("Listes gardées")[2].partition("</details>")[0]
    return {
        unescape(name): unescape(address)
        for address, name in re.findall(r'<a href="([^"]+)"[^>]*>([^<]+)</a>', page)
    }


def test_a_list_is_kept_with_its_filters_and_its_order_and_found_again(space: Space) -> None:
    mine = taken(space, "lea", "un", besoin="Rouvrir l’épicerie.")
    taken(space, "lea", "deux", besoin="Un café associatif.")
    lea = space.client("lea")
    assert saved_by(space, "lea", "q=épicerie&tri=-recu", nom=" Mes  épiceries ").status_code == 303
    address = links(lea)["Mes épiceries"]
    assert "tri=-recu" in address
    page = lea.get(address).text
    assert re.findall(r'<small class="reference">(MR-[^<]+)</small>', page) == [mine]
    assert "Retirer la liste" in page
    saved_by(space, "lea", "etat=clos", nom="Mes épiceries")
    assert "etat=clos" in links(lea)["Mes épiceries"], "the same name is the same list"


def test_a_list_is_for_its_author_unless_it_is_shared(space: Space) -> None:
    hers = taken(space, "eve", "un", besoin="Un café associatif.")
    saved_by(space, "eve", "q=café", nom="Les cafés")
    lea = space.client("lea")
    assert links(lea) == {}
    saved_by(space, "eve", "q=café", nom="Les cafés", equipe="oui")
    address = links(lea)["Les cafés"]
    page = lea.get(address).text
    assert "(de Eve)" in page
    assert hers not in page, "a list that is shared opens no dossier"
    number = re.search(r"listes/(\d+)/retirer", space.client("eve").get(address).text)
    assert number and "Retirer la liste" not in page
    remove = f"{LIST}/listes/{number[1]}/retirer"
    sent(lea, remove, LIST)
    assert "Les cafés" in links(lea), "a colleague does not take it away"
    sent(space.client("max", Role.LEAD), remove, LIST)
    assert links(lea) == {} == links(space.client("eve"))


def test_a_list_has_a_name_and_filters_and_there_are_so_many(
    space: Space, monkeypatch: pytest.MonkeyPatch
) -> None:
    for filters, name in (("q=café", " "), ("q=café", "x" * 61), ("", "Tous")):
        assert saved_by(space, "lea", filters, nom=name).status_code == 409
    monkeypatch.setattr("web.casework.dossiers.desks.MOST_LISTS", 1)
    assert saved_by(space, "lea", "q=café", nom="Un").status_code == 303
    assert "retirez-en une" in saved_by(space, "lea", "q=café", nom="Deux").text
