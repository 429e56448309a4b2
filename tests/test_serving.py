"""Whose turn it is, what a visitor's work costs, what processes share, what is told and logged."""

import gc
import json
import logging
import os
import re
import shutil
import signal
import sys
from collections import Counter, namedtuple
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Thread
from types import FunctionType, ModuleType
from urllib.parse import urlencode

import numpy as np
import pytest
from builders import DIE, FELLETIN, NEEDS
from casework import Space
from flask import Flask
from flask.testing import FlaskClient
from test_dossiers import page_of, taken
from werkzeug.exceptions import TooManyRequests

from matcher import Commune, Matcher, Need, Project, Structure
from matcher.catalogue import Resource
from matcher.catalogue.french import KeyLines
from matcher.index.coverage import Pool
from matcher.ranking import criteria
from matcher.ranking.question import Question
from matcher.tables import MAX_TEXT
from web import create_app, processes
from web.advisers import imports
from web.advisers.dossiers import dropped
from web.answers.kept import Answered, Answers
from web.casework.store.database import Database
from web.counts import SILENT_SECONDS, ConnectionCounts, SharedCounts
from web.freshness import Freshness
from web.records import pages
from web.settings import WrongSetting
from web.turns import Crowded, Turns
from web.visitors import machines

LODEVE = "34142"
SEEN, UNSEEN = "Ouvrir une recyclerie", "Créer une épicerie solidaire"


def ask(client: FlaskClient, need: str, address: str = "192.0.2.1", page: str = "/suggestions"):  # type: ignore[no-untyped-def]
    return client.get(
        page,
        query_string={"commune": LODEVE, "besoin": need},
        environ_base={"REMOTE_ADDR": address},
    )


@pytest.fixture
def app(matcher: Matcher) -> Flask:
    return create_app(matcher)


def busy(app: Flask, **limits: float) -> Turns:
    """Somebody's answer is being computed, and does not end."""
    turns = Turns(**limits)  # type: ignore[arg-type]
    app.extensions["turns"] = turns
    turns.take("quelqu’un")
    return turns


def waits(turns: Turns, count: int) -> None:
    while turns.waiting != count:
        pass


def test_who_sends_one_need_waits_for_one_of_who_sends_many() -> None:
    turns, done = Turns(), []
    turns.take("beaucoup")

    def work(visitor: str) -> None:
        turns.take(visitor)
        done.append(visitor)
        turns.leave()

    threads = []
    for n, visitor in enumerate(["beaucoup"] * 5 + ["une", "deux"]):
        threads.append(Thread(target=work, args=(visitor,)))
        threads[-1].start()
        waits(turns, n + 1)
    turns.leave()
    for thread in threads:
        thread.join()
    assert done == ["beaucoup", "une", "deux", *["beaucoup"] * 4]
    turns.take("la place est rendue")


def test_one_visitor_cannot_fill_the_lines() -> None:
    turns = Turns(of_one=2, waiting=3)
    turns.take("beaucoup")
    for n in range(2):
        Thread(target=turns.take, args=("beaucoup",), daemon=True).start()
        waits(turns, n + 1)
    with pytest.raises(TooManyRequests):
        turns.take("beaucoup")
    other = Thread(target=turns.take, args=("une",), daemon=True)
    other.start()
    waits(turns, 3)
    with pytest.raises(Crowded):
        turns.take("deux")
    for _ in range(3):
        turns.leave()
    other.join()


def test_who_waits_too_long_is_told_and_leaves_its_place() -> None:
    turns = Turns(patience=0.01)
    turns.take("beaucoup")
    with pytest.raises(Crowded):
        turns.take("une")
    assert turns.waiting == 0
    turns.leave()
    turns.take("deux")


def test_small_pages_and_known_answers_do_not_wait_behind_an_answer(app: Flask) -> None:
    client = app.test_client()
    assert ask(client, SEEN).status_code == 200
    busy(app, patience=0.01)
    for page in ("/", "/annuaire", "/communes/34142", "/static/site.css", "/sante"):
        assert client.get(page, environ_base={"REMOTE_ADDR": "192.0.2.2"}).status_code == 200, page
    assert ask(client, SEEN).status_code == 200, "it was computed already"
    for page in ("/suggestions", "/suggestions/liste", "/lecture", "/suggestions.csv"):
        assert ask(client, UNSEEN, page=page).status_code == 503, page


def test_too_many_answers_at_once_are_told_in_french(app: Flask) -> None:
    client = app.test_client()
    turns = busy(app, patience=0.01)
    answer = ask(client, UNSEEN)
    assert "Beaucoup de monde à la fois" in answer.text
    assert int(answer.headers["Retry-After"]) >= 1
    body = {"commune": LODEVE, "besoin": UNSEEN}
    problem = client.post("/api/v1/match", json=body)
    assert (problem.status_code, problem.json["title"]) == (503, "Service très demandé")
    assert int(problem.headers["Retry-After"]) >= 1
    turns.leave()
    assert ask(client, UNSEEN).status_code == 200


@pytest.mark.parametrize(
    "page", ["/suggestions", "/suggestions?commune=nulle-part", "/pourquoi-pas"]
)
def test_a_turn_is_given_back_however_the_page_ends(app: Flask, page: str) -> None:
    client = app.test_client()
    app.extensions["turns"] = Turns(patience=0.01)
    for _ in range(2):
        client.get(page)
    assert ask(client, UNSEEN).status_code == 200
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("web.visitors.needs.Roadmap", None)
        assert ask(client, "Rénover une halle").status_code == 500
    assert ask(client, "Rénover une halle").status_code == 200


def test_a_page_is_the_same_whatever_was_written_before_of_its_structures(
    matcher: Matcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = create_app(matcher)
    first = ask(app.test_client(), UNSEEN).data
    assert app.extensions["freshness"].served.pieces, "what it says of each is kept"
    served = app.extensions["freshness"].served
    for most in (10**6, 1):
        monkeypatch.setattr("web.context.PIECES", most)
        served.answers.page.cache_clear()
        assert ask(app.test_client(), UNSEEN).data == first
        served.pieces.clear()
    served.answers.page.cache_clear()
    assert ask(app.test_client(), UNSEEN).data == first
    assert len(served.pieces) == 1
    elsewhere = app.test_client().get(
        "/suggestions",
        query_string={"commune": LODEVE, "besoin": UNSEEN},
        base_url="http://localhost/maillage",
    )
    assert 'href="/structures/' not in elsewhere.text and 'href="/maillage/' in elsewhere.text
    assert ask(app.test_client(), UNSEEN).data == first


def test_a_piece_is_that_of_its_macro_and_not_of_another_of_its_name(matcher: Matcher) -> None:
    app = create_app(matcher)
    structure = next(iter(matcher.structures.values()))
    with app.test_request_context():
        for said in ("haut", "bas", "haut"):
            text = f"{{% macro one(s) %}}{said} {{{{ s.id }}}}{{% endmacro %}}"
            page = app.jinja_env.from_string(text + "{{ once(one, s) }}")
            assert page.render(s=structure) == f"{said} {structure.id}"


def test_a_page_made_again_writes_no_piece_again(matcher: Matcher) -> None:
    app = create_app(matcher)
    served = app.extensions["freshness"].served
    kept = []
    for _ in range(2):
        assert ask(app.test_client(), UNSEEN).status_code == 200
        kept.append(dict(served.pieces))
        served.answers.page.cache_clear()
    assert kept[0] and kept[0] == kept[1]


def test_work_is_counted_and_not_only_requests(matcher: Matcher) -> None:
    client = create_app(matcher, {"LIMIT_WORK": "1 per hour"}).test_client()
    assert ask(client, UNSEEN).status_code == 200
    answer = ask(client, "Créer un tiers-lieu")
    assert (answer.status_code, "Trop de demandes à la fois" in answer.text) == (429, True)
    assert 1 <= int(answer.headers["Retry-After"]) <= 3601
    home = client.get("/", environ_base={"REMOTE_ADDR": "192.0.2.1"})
    assert home.status_code == 200, "small pages are still answered"
    assert ask(client, UNSEEN).status_code == 200, "and what was computed already"
    assert ask(client, "Créer un tiers-lieu", "192.0.2.2").status_code == 200, "and other visitors"


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("192.0.2.1", "::ffff:192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("fe80::1%eth0", "fe80::2%eth0", True),
    ],
)
def test_a_subscriber_is_one_visitor(matcher: Matcher, first: str, second: str, same: bool) -> None:
    client = create_app(matcher, {"LIMIT_API": "1 per hour"}).test_client()
    found = [
        client.get("/api/v1/communes?q=lod", environ_base={"REMOTE_ADDR": one}).status_code
        for one in (first, second)
    ]
    assert found == [200, 429 if same else 200]


@pytest.mark.parametrize("name", ["LIMIT_WORK", "LIMIT_PAGES", "PROXIES"])
def test_a_limit_that_cannot_be_read_is_refused_at_the_start(matcher: Matcher, name: str) -> None:
    with pytest.raises(WrongSetting, match=f"MAILLAGE_{name} doit .*« beaucoup »"):
        create_app(matcher, {name: "beaucoup"})


def forked(work: Iterator[None]) -> int:
    pid = os.fork()
    if not pid:
        try:
            for _ in work:
                pass
        finally:
            os._exit(0)
    return pid


def test_the_next_connection_goes_to_the_process_that_holds_fewest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    held = ConnectionCounts(3)
    clock = [10.0]
    monkeypatch.setattr("web.counts.time.monotonic", lambda: clock[0])
    for place, count in ((0, 4), (1, 2)):
        os.waitpid(forked(held.has_fewest(p, n) for p, n in [(place, count)]), 0)  # type: ignore[misc]
    assert [held.has_fewest(2, count) for count in (1, 2, 3)] == [True, True, False]
    held.gone(1)
    assert held.has_fewest(2, 3) and not held.has_fewest(2, 5)
    clock[0] += SILENT_SECONDS + 1
    assert held.has_fewest(2, 5), "nobody leaves a connection to a process that is stuck"


def test_processes_and_threads_count_together() -> None:
    counts = SharedCounts()

    def count() -> Iterator[None]:
        with ThreadPoolExecutor(4) as pool:
            yield from pool.map(lambda _: counts.incr("une", 60), range(500))  # type: ignore[misc]

    for pid in [forked(count()) for _ in range(3)]:
        os.waitpid(pid, 0)
    assert counts.get("une") == 1500
    assert counts.get("autre") == 0


def test_a_process_that_is_killed_while_it_counts_holds_nobody_up() -> None:
    counts = SharedCounts()
    ready, told = os.pipe()

    def hold() -> Iterator[None]:
        with counts._alone():
            os.write(told, b"!")
            signal.pause()
            yield

    pid = forked(hold())
    os.read(ready, 1)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    assert counts.incr("une", 60) == 1


def test_a_count_ends_and_strangers_cannot_push_out_who_asked_a_lot(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    counts = SharedCounts()
    monkeypatch.setattr("web.counts.time.time", lambda: 1000.0)
    counts.incr("beaucoup", 60, 500)
    for n in range(60_000):
        counts.incr(f"étranger {n}", 60)
    assert counts.get("beaucoup") == 500
    assert counts.get_expiry("beaucoup") == 1060.0
    monkeypatch.setattr("web.counts.time.time", lambda: 1060.0)
    assert counts.get("beaucoup") == 0
    assert counts.incr("beaucoup", 60) == 1


def test_the_site_says_that_it_lives_and_what_it_has(app: Flask) -> None:
    client = app.test_client()
    assert client.get("/sante").json == {"etat": "vivant"}
    answer = client.get("/pret")
    said = answer.json
    assert (answer.status_code, said["etat"], said["base"]) == (200, "pret", "ok")
    assert said["catalogue"]["structures"] > 600 and said["catalogue"]["jours"] >= 0
    assert said["disque"]["libre_mo"] >= machines.LEAST_FREE_MB


def test_a_site_that_lacks_something_is_not_ready(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = app.test_client()
    disk = namedtuple("disk", "free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: disk(5 * 2**20))
    answer = client.get("/pret")
    assert answer.status_code == 503
    assert answer.json["disque"] == {"etat": "presque_plein", "libre_mo": 5}
    monkeypatch.undo()
    monkeypatch.setattr("web.casework.store.schema.wanted", lambda: "9999")
    answer = client.get("/pret")
    assert (answer.status_code, answer.json["base"]) == (503, "a_mettre_a_jour")
    app.extensions["database"] = Database("postgresql://personne@127.0.0.1:9/base")
    answer = client.get("/pret")
    assert (answer.status_code, answer.json["base"]) == (503, "indisponible")
    assert client.get("/sante").status_code == 200, "it need not be started anew"


def test_data_that_cannot_be_read_are_told(folder: Path) -> None:
    matcher = Matcher.open(folder)
    app = create_app(matcher, {"DATA": str(folder)})
    freshness: Freshness = app.extensions["freshness"]
    table = folder / "catalogue" / "structures.csv"
    whole = table.read_bytes()
    table.write_bytes(whole[: len(whole) // 2] + b"\n\xff")
    freshness.renew()
    assert app.test_client().get("/pret").json["catalogue"]["etat"] == "refuse"
    table.write_bytes(whole)
    freshness.renew()
    assert app.test_client().get("/pret").json["catalogue"]["etat"] == "ok"


def test_a_page_is_logged_by_its_route_without_what_people_wrote(
    matcher: Matcher, tmp_path: Path
) -> None:
    log = tmp_path / "pages.jsonl"
    client = create_app(matcher, {"ACCESS_LOG": str(log)}).test_client()
    answer = ask(client, "Un besoin très secret")
    client.get("/suivi?reference=D-SECRET&id=falsifie", headers={"X-Request-Id": "falsifie"})
    client.get("/nulle-part/secret")
    text = log.read_text(encoding="utf-8")
    lines = [json.loads(line) for line in text.splitlines()]
    assert [(one.get("route"), one["statut"]) for one in lines] == [
        ("/suggestions", 200),
        ("/suivi", 200),
        (None, 404),
    ]
    assert lines[0]["id"] == answer.headers["X-Request-Id"]
    assert not re.search("secret|192.0.2|falsifie", text, re.IGNORECASE)
    pages.handlers = []


def test_an_error_gives_the_reference_that_its_log_has(
    app: Flask, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from web import records

    monkeypatch.setattr(logging.getLogger(), "handlers", [])
    monkeypatch.setattr("web.visitors.needs.Roadmap", None)
    records.log_as_lines()
    answer = ask(app.test_client(), UNSEEN)
    logged = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert answer.status_code == 500
    assert [one["id"] for one in logged] == [answer.headers["X-Request-Id"]]
    assert answer.headers["X-Request-Id"] in answer.text
    assert UNSEEN not in json.dumps(logged, ensure_ascii=False)


def test_a_page_asks_for_a_situation_and_a_postal_code_once(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The road map and the questions look at the same situations; links name the same commune."""
    situations, codes = [], []
    score, words = criteria.likely_role, KeyLines.words

    def counted(question: Question, pool: Pool) -> object:
        situations.append(tuple(question.stages) if question.stage_declared else None)
        return score(question, pool)

    policy = app.extensions["freshness"].served.matcher._engine._criteria
    monkeypatch.setattr(
        app.extensions["freshness"].served.matcher._engine,
        "_criteria",
        [replace(one, score=counted) if one.code == "likely_role" else one for one in policy],
    )
    monkeypatch.setattr(KeyLines, "words", lambda self, key: codes.append(key) or words(self, key))
    answer = app.test_client().get(
        "/suggestions", query_string={"commune": "46102", "besoin": "Ouvrir une maison de quartier"}
    )
    assert answer.status_code == 200
    assert len(situations) > 3
    assert [one for one, n in Counter(situations).items() if n > 1 and one] == []
    assert [one for one, n in Counter(codes).items() if n > 1] == []


TOKEN = "un-jeton-pour-prometheus"


def measured(client: FlaskClient, token: str = TOKEN) -> dict[str, float]:
    answer = client.get("/metriques", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200, answer.text
    lines = (line.rpartition(" ") for line in answer.text.splitlines() if line[0] != "#")
    return {name: float(value) for name, _, value in lines}


def test_measures_are_read_with_their_token_only(matcher: Matcher, app: Flask) -> None:
    assert app.test_client().get("/metriques").status_code == 404, "no token: nothing is measured"
    client = create_app(matcher, {"METRICS_TOKEN": TOKEN}).test_client()
    for told in ({}, {"Authorization": "Bearer un-autre"}, {"Authorization": TOKEN}):
        assert client.get("/metriques", headers=told).status_code == 401
    assert measured(client)["maillage_base_up"] == 1


def test_pages_answers_needs_and_refusals_are_counted_without_what_people_wrote(
    matcher: Matcher,
) -> None:
    client = create_app(matcher, {"METRICS_TOKEN": TOKEN, "LIMIT_API": "1 per hour"}).test_client()
    before = measured(client)
    need = "Ouvrir un lieu très secret"
    for _ in range(2):
        assert ask(client, need).status_code == 200
    for _ in range(2):
        client.get("/api/v1/communes?q=secret", environ_base={"REMOTE_ADDR": "192.0.2.1"})
    client.get("/nulle-part/secret")
    after = measured(client)
    changed = {key: value - before.get(key, 0) for key, value in after.items()}
    assert changed['maillage_pages_seconds_count{route="/suggestions",statut="200"}'] == 2
    assert changed['maillage_pages_seconds_count{route="aucune",statut="404"}'] == 1
    assert changed['maillage_refusals_total{statut="429"}'] == 1
    assert changed['maillage_answers_total{origine="calcul"}'] >= 1
    assert changed['maillage_answers_total{origine="memoire"}'] >= 1
    assert sum(v for k, v in changed.items() if k.startswith("maillage_needs_total")) == 1
    assert after["maillage_waiting"] == 0
    assert not any("secret" in key or "192.0.2" in key for key in after)


def test_what_waits_in_the_base_is_measured_and_a_base_that_is_down_is_told(
    matcher: Matcher,
) -> None:
    app = create_app(matcher, {"METRICS_TOKEN": TOKEN})
    found = measured(app.test_client())
    assert found["maillage_mails_due"] == 0
    assert found['maillage_links{lecteur="structure"}'] == 0
    assert {key for key in found if key.startswith("maillage_dossiers")}
    app.extensions["database"] = Database("postgresql://personne@127.0.0.1:9/base")
    assert measured(app.test_client())["maillage_base_up"] == 0


def test_a_slow_page_is_told_by_its_route(
    matcher: Matcher, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    client = create_app(matcher, {"SLOW_SECONDS": 2}).test_client()
    ticks = iter(range(0, 1000, 3))
    with caplog.at_level(logging.WARNING, "web.records"):
        client.get("/annuaire?q=secret")
        assert caplog.text == ""
        monkeypatch.setattr("web.records.perf_counter", lambda: next(ticks))
        client.get("/annuaire?q=secret")
    assert "page lente" in caplog.text and '"route": "/annuaire"' in caplog.text
    assert "secret" not in caplog.text


def test_the_server_lets_in_what_the_pages_take() -> None:
    assert max(imports.ROOM, dropped.ROOM) <= processes.LARGEST_BODY


KEPT_BYTES, PAGE_BYTES = 200_000, 300_000
"""Most that an answer to the longest need, and a page of it, weigh in memory: 256 are kept."""
OF_THE_DATA = (type, ModuleType, FunctionType, Structure, Commune, Project, Resource)
ASKED_AS = (
    "/suggestions",
    "/suggestions/liste",
    "/suggestions/liste?type=cress",
    "/suggestions/liste?page=2",
    "/suggestions.csv?page=2",
    "/suggestions.pdf?type=cress",
    "/pourquoi-pas?structure=Avise",
    "/api/v1/match",
    "/avis",
    "/espace/dossiers",
)
"""Each page that has an answer computed, as what makes most of it."""


def long_need(number: int) -> dict[str, str]:
    """A need as long as may be, other words each time."""
    text = f"{NEEDS[number % (len(NEEDS) - 1)]} Lot {number}. "
    return {"commune": (DIE, FELLETIN)[number % 2], "besoin": (text * MAX_TEXT)[:MAX_TEXT]}


def asked_as(space: Space, path: str, need: dict[str, str]) -> int:
    """Have a need answered in one of the ways; the bytes of the page, if that is kept too."""
    client = space.app.test_client()
    if path == "/espace/dossiers":  # the structures that are wished for are of another région
        at = page_of(taken(space, "lea", need["besoin"], **need))
        answer = space.client("lea").get(at)
    elif path == "/avis":
        answer = client.post(path, data={**need, "avis": "cress-occitanie:juste"})
        assert answer.status_code in (303, 400)  # 400: not of this commune, which the ranking says
        return 0
    elif path == "/api/v1/match":
        body = {**need, "top": 100, "equipe": True}
        answer = client.post(path, json=body)
    else:
        answer = client.get(f"{path}{'&' if '?' in path else '?'}{urlencode(need)}")
    assert answer.status_code == 200, (path, answer.text)
    return len(answer.data) if path.startswith("/suggestions") else 0


def weight(answered: Answered) -> int:
    """Bytes of all that only this answer holds: what is of the data is not weighed."""
    question = answered.question
    data = (answered.matcher, question.knowledge, question.communes)
    seen, waiting, total = set(map(id, data)), [answered.__dict__], 0
    while waiting:
        one = waiting.pop()
        if id(one) in seen or isinstance(one, OF_THE_DATA):
            continue
        seen.add(id(one))
        total += sys.getsizeof(one)
        waiting.extend(gc.get_referents(one))
        waiting.extend([one.base] if isinstance(one, np.ndarray) else [])
    return total


def test_what_is_kept_of_the_longest_needs_stays_small_whichever_page_asks_for_them(
    space: Space, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: dict[Need, Answered] = {}
    find = Answers.of

    def of(answers: Answers, need: Need) -> Answered:
        return made.setdefault(need, find(answers, need))

    monkeypatch.setattr(Answers, "of", of)
    for number in range(2 * len(ASKED_AS)):
        path = ASKED_AS[number % len(ASKED_AS)]
        assert asked_as(space, path, long_need(number)) < PAGE_BYTES, path
        assert len(made) == number + 1, path
        assert weight(made[[*made][-1]]) < KEPT_BYTES, path


def test_what_only_a_page_needs_is_left_even_when_the_page_breaks(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers, need = app.extensions["freshness"].served.answers, Need(LODEVE, UNSEEN)
    with app.test_request_context():
        found = answers.of(need)
        assert found.every and found.ranking and {"every", "ranking"} <= vars(found).keys()
    app.config["PROPAGATE_EXCEPTIONS"] = False

    def broken(*_arguments: object, **_named: object) -> str:
        raise RuntimeError("a page that breaks")

    monkeypatch.setattr("web.visitors.listing.render_template", broken)
    query = {"commune": LODEVE, "besoin": UNSEEN, "page": "2"}
    assert app.test_client().get("/suggestions/liste", query_string=query).status_code == 500
    assert answers.of(need) is found and weight(found) < KEPT_BYTES
