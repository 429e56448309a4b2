"""What a team remembers of a structure is said before it is introduced again."""

from __future__ import annotations

import csv
import json
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from casework import MONDAY, Clock, Space, sent
from test_introductions import A, Desk, Pages

from matcher import Matcher
from matcher.cohorts import Capacity, Rates, read_told
from web.access import Role
from web.casework import audit
from web.casework.dossiers.dossiers import Stale
from web.casework.introductions import loads, memory
from web.casework.introductions.memory import MemoryNote
from web.casework.states import Declined, Forbidden, Step
from web.casework.store.database import Database

SHEET = "/espace/structures/villages-vivants"
TODAY = MONDAY.date()


def noted(client, path: str = SHEET, version: int = 0, **fields: str):
    return sent(client, path, version=version, **{"sollicitable": "oui", **fields})


def test_a_pause_is_said_where_the_structure_could_be_introduced(space: Space, clock: Clock):
    pages = Pages(space)
    until = TODAY + timedelta(days=30)
    answer = noted(pages.lea, sollicitable="pause", jusqu_au=until.isoformat())
    assert answer.status_code == 303, answer.text
    said = f"En pause jusqu’au {until:%d/%m/%Y}"
    page = pages.lea.get(pages.dossier).text
    assert page.count(said) == 2  # on its line, and where it would be prepared
    assert "Préparer quand même" in page
    added = pages.lea.get(f"{pages.dossier}/ajouter?structure=villages-vivants").text
    assert said in added
    assert said in pages.lea.get("/espace/structures").text
    clock.wait(days=31)
    assert "En pause" not in pages.lea.get(pages.dossier).text


def test_a_structure_that_asked_not_to_be_is_not_introduced(space: Space, clock: Clock):
    pages = Pages(space)
    pages.prepare()
    noted(pages.lea, sollicitable="non")
    assert "Ne plus solliciter" in pages.lea.get(pages.page).text
    answer = pages.step(Step.SENT)
    assert answer.status_code == 409 and "ne plus être sollicitée" in answer.text
    assert pages.one().step == Step.PREPARED
    assert noted(pages.lea, version=1).status_code == 303
    assert pages.step(Step.SENT).status_code == 303


def test_nothing_is_prepared_for_it_either(database: Database, clock: Clock):
    desk = Desk(database)
    desk.choose(A)
    with database.writing() as session:
        memory.pause(session, A, None)
    with pytest.raises(Forbidden, match="ne plus être sollicitée"):
        desk.prepare(A)


def test_a_recent_refusal_is_said_before_the_next_introduction(space: Space, clock: Clock):
    before = Desk(space.database)
    before.choose("villages-vivants")
    before.prepare("villages-vivants")
    before.advance("villages-vivants", Step.SENT, Step.DECLINED, reason=Declined.NO_FUNDS.value)
    pages = Pages(space)
    page = pages.lea.get(pages.dossier).text
    assert "Son dernier refus date du <strong>02/11/2026</strong>" in page
    assert Declined.NO_FUNDS.label in page
    clock.wait(days=memory.RECENT_DAYS + 1)
    assert "Son dernier refus" not in pages.lea.get(pages.dossier).text


def test_that_a_commune_went_no_further_is_no_refusal_of_the_structure(
    database: Database, clock: Clock
):
    desk = Desk(database)
    desk.choose(A)
    desk.prepare(A)
    desk.advance(A, Step.SENT, Step.DECLINED, reason=Declined.COMMUNE.value)
    with database.reading() as session:
        assert memory.memory_of(session, A, clock.at).refusal is None


def test_the_sheet_tells_what_was_asked_and_how_long_answers_took(space: Space, clock: Clock):
    for days, step in ((4, Step.ACCEPTED), (10, Step.DECLINED)):
        desk = Desk(space.database, "mairie@ville.fr")
        desk.choose("villages-vivants")
        desk.prepare("villages-vivants")
        desk.advance("villages-vivants", Step.SENT)
        clock.wait(days=days)
        desk.advance("villages-vivants", step, reason=Declined.NO_TIME.value)
    page = space.client("lea").get(SHEET).text
    assert "7,0 jours en moyenne, sur 2 réponses" in page
    assert Declined.NO_TIME.label in page and "Lodève" in page
    assert "1 introduction en cours" in page
    # Colleagues read that it was asked, by whom, and neither the need nor whom to answer.
    assert desk.reference in page and "mairie@ville.fr" not in page and "recyclerie" not in page
    assert f"/espace/dossiers/{desk.reference}" not in page
    assert f"/espace/dossiers/{desk.reference}" in space.client("max", Role.LEAD).get(SHEET).text


def test_a_capacity_written_on_the_sheet_holds_for_the_load(space: Space, clock: Clock):
    space.app.extensions["capacity"] = Capacity({"andes": 2, "villages-vivants": 4})
    pages = Pages(space)
    assert noted(pages.lea, capacite="7").status_code == 303
    page = pages.lea.get(pages.dossier).text
    assert "pour une capacité de 7 par an" in page and "pour une capacité de 2 par an" in page
    with space.database.reading() as session:
        said = memory.capacities(session, Capacity({"andes": 2}, default=3))
        found = loads.load(session, "andes", said, clock.at)
        assert (found.capacity, said["villages-vivants"], said["inconnue"]) == (2, 7, 3)


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"sollicitable": "peut-être"}, "Dites si la structure peut être sollicitée."),
        ({"sollicitable": "pause"}, "Donnez le dernier jour de la pause."),
        ({"sollicitable": "pause", "jusqu_au": "2026-11-01"}, "Une pause finit aujourd’hui"),
        ({"sollicitable": "pause", "jusqu_au": "2036-11-01"}, "dans trois ans au plus tard"),
        ({"capacite": "beaucoup"}, "La capacité est un nombre entier"),
        ({"capacite": "10001"}, "La capacité est un nombre entier"),
        ({"courriel": "standard"}, "Une adresse s’écrit comme"),
        ({"telephone": "le matin"}, "Un numéro s’écrit comme"),
    ],
)
def test_what_cannot_be_is_refused_in_french_and_stays_typed(
    space: Space, clock: Clock, fields: dict[str, str], told: str
):
    answer = noted(space.client("lea"), remarque="Appeler le mardi", **fields)
    assert answer.status_code == 400 and told in answer.text
    assert "Appeler le mardi" in answer.text


def test_a_sheet_that_a_colleague_changed_is_not_overwritten(space: Space, clock: Clock):
    lea = space.client("lea")
    assert noted(lea, remarque="Écrire à l’antenne").status_code == 303
    answer = noted(lea, remarque="Écrire au siège")
    assert answer.status_code == 409 and "Écrire au siège" in answer.text
    assert "Écrire à l’antenne" in lea.get(SHEET).text


def test_each_change_is_in_the_log_without_its_texts(database: Database, clock: Clock):
    said = MemoryNote(paused_until=TODAY, capacity=3, email="accueil@structure.fr", remark="Mardi")
    with database.writing() as session:
        memory.write(session, A, said, None, 0)
        memory.write(session, A, said, None, 1)  # nothing new
        with pytest.raises(Stale):
            memory.write(session, A, MemoryNote(), None, 0)
    with database.reading() as session:
        logged = [json.loads(entry.details) for entry in audit.history(session, A)]
    assert logged == [{"capacite": 3, "notes": ["email", "remark"], "pause": TODAY.isoformat()}]


def test_the_log_says_a_pause_in_words(space: Space, clock: Clock):
    noted(space.client("lea"), sollicitable="pause", jusqu_au="2026-12-24", telephone="0467000000")
    page = space.client("max", Role.LEAD).get("/espace/journal").text
    assert "en pause jusqu’au 24/12/2026" in page and "téléphone" in page
    assert "04 67 00 00 00" in space.client("lea").get(SHEET).text


def test_a_plan_takes_the_places_that_are_left(space: Space, clock: Clock):
    lea = space.client("lea")
    noted(lea, capacite="5")
    noted(lea, "/espace/structures/andes", sollicitable="non", capacite="9")
    desk = Desk(space.database)
    desk.choose("villages-vivants")
    desk.prepare("villages-vivants")
    desk.advance("villages-vivants", Step.SENT)
    text = lea.get("/espace/structures-pour-un-plan.csv").get_data(as_text=True)
    rows = {
        r["structure_id"]: r for r in csv.DictReader(StringIO(text.lstrip("\ufeff")), delimiter=";")
    }
    assert rows["villages-vivants"]["capacite"] == "4"
    assert rows["villages-vivants"]["sollicitees"] == "0", "its answer is still to come"
    assert (rows["andes"]["capacite"], rows["andes"]["suivi"]) == ("0", "ne plus solliciter")


def test_a_plan_counts_with_what_each_structure_accepted(
    space: Space, clock: Clock, matcher: Matcher, tmp_path: Path
):
    desk = Desk(space.database)
    for structure, step, reason in (
        ("villages-vivants", Step.ACCEPTED, None),
        ("andes", Step.DECLINED, Declined.NO_ANSWER),
        ("terre-de-liens", Step.DECLINED, Declined.COMMUNE),
    ):
        desk.choose(structure)
        desk.prepare(structure)
        desk.advance(structure, Step.SENT)
        desk.advance(structure, step, reason=reason)
    path = tmp_path / "structures.csv"
    path.write_bytes(space.client("lea").get("/espace/structures-pour-un-plan.csv").data)
    told, faults = read_told(path, matcher.structures)
    assert not faults
    assert told.counted == {"villages-vivants": (1, 1), "andes": (0, 1)}, "no commune that gave up"
    rates = Rates(told.rates, told.counted)
    assert rates["andes"] < rates["terre-de-liens"] < rates["villages-vivants"] < 1


def test_an_unknown_structure_has_no_sheet(space: Space):
    assert space.client("lea").get("/espace/structures/nulle-part").status_code == 404
