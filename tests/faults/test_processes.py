"""The real site as processes: it ends what is under way, heals, shares, and holds silent crowds."""

import json
import os
import resource
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from threading import Thread
from urllib.parse import urlencode

import pytest
from sockets import free_port

from matcher import Matcher
from matcher.catalogue import release
from web import create_app, processes, records
from web.__main__ import main
from web.counts import ConnectionCounts
from web.freshness import FOLDERS
from web.processes import CONNECTIONS, Listener, Seat

ROOT = Path(__file__).resolve().parents[2]
ENOUGH_SECONDS = 90.0
"""A machine that is busy with other tests gets there too."""


def children(pid: int) -> set[int]:
    return {int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()}


def until(true: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + ENOUGH_SECONDS
    while not true():
        assert time.monotonic() < end, what
        time.sleep(0.05)


def get(port: int, path: str, **headers: str) -> tuple[int, str]:
    connection = HTTPConnection("127.0.0.1", port, timeout=ENOUGH_SECONDS)
    try:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


@contextmanager
def site(home: Path, **settings: str) -> Iterator[tuple[subprocess.Popen[str], int]]:
    port = free_port()
    env = {**os.environ, "PORT": str(port), "XDG_DATA_HOME": str(home), **settings}
    server = subprocess.Popen(
        [sys.executable, "-m", "web"],
        cwd=ROOT,
        env=env,
        stdout=subprocess.PIPE,
        stderr=(home / "stderr").open("w"),
        text=True,
    )
    try:
        assert server.stdout and str(port) in server.stdout.readline(), "it does not start"
        until(lambda: answers(port), "it does not listen")
        yield server, port
    finally:
        if server.poll() is None:
            server.terminate()
        server.wait(ENOUGH_SECONDS)
        server.stdout and server.stdout.close()


def answers(port: int) -> bool:
    try:
        return get(port, "/sante")[0] == 200
    except OSError:
        return False


def needs(count: int) -> list[str]:
    """Long needs that nobody asked before."""
    words = "ouvrir une recyclerie, un café associatif, des logements et une crèche parentale "
    return [
        "/suggestions?" + urlencode({"commune": "34142", "besoin": f"projet {n} : {words * 30}"})
        for n in range(count)
    ]


def test_what_is_under_way_when_the_site_is_stopped_is_finished(tmp_path: Path) -> None:
    with site(tmp_path) as (server, port), ThreadPoolExecutor(20) as pool:
        begun = [HTTPConnection("127.0.0.1", port, timeout=ENOUGH_SECONDS) for _ in range(20)]
        for connection, path in zip(begun, needs(20), strict=True):
            connection.request("GET", path)
        first, *others = [pool.submit(connection.getresponse) for connection in begun]
        until(lambda: any(one.done() for one in (first, *others)), "nobody is answered")
        server.send_signal(signal.SIGTERM)
        found = [one.result() for one in (first, *others)]
        assert [(one.status, b"</html>" in one.read()) for one in found] == [(200, True)] * 20
        assert server.wait(ENOUGH_SECONDS) == 0
        with pytest.raises(OSError):
            get(port, "/sante")


def test_a_page_that_nobody_reads_to_its_end_does_not_hold_up_a_stop(
    matcher: Matcher, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(processes, "GRACE_SECONDS", 1.0)
    with socket.create_server(("127.0.0.1", 0)) as opened, socket.socket() as reader:
        for one, small in ((opened, socket.SO_SNDBUF), (reader, socket.SO_RCVBUF)):
            one.setsockopt(socket.SOL_SOCKET, small, 4096)
        listener = Listener(create_app(matcher), opened, Seat(os.getppid(), 0, ConnectionCounts(1)))
        running = Thread(target=listener.run)
        running.start()
        reader.connect(opened.getsockname())
        reader.sendall(b"GET /static/site.css HTTP/1.1\r\nHost: localhost\r\n\r\n")
        until(lambda: any(map(Listener._busy, listener.active_channels.values())), "nothing waits")
        listener.stop()
        running.join(ENOUGH_SECONDS)
        assert not running.is_alive()
    assert "des pages n’étaient pas finies" in caplog.text


def test_a_process_leaves_the_next_connection_to_who_holds_fewer(
    matcher: Matcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.counts.SILENT_SECONDS", 1e9)
    held = ConnectionCounts(2)
    held.has_fewest(1, 0)
    with socket.create_server(("127.0.0.1", 0)) as opened:
        opened.setblocking(False)
        listener = Listener(create_app(matcher), opened, Seat(os.getppid(), 0, held))
        running = Thread(target=listener.run)
        running.start()
        address = opened.getsockname()
        with socket.create_connection(address), socket.create_connection(address):
            until(lambda: len(listener.active_channels) == 1, "the first is not taken")
            until(lambda: not listener._next_is_mine, "the second is not left")
            assert len(listener.active_channels) == 1
            held.has_fewest(1, 5)
            until(lambda: len(listener.active_channels) == 2, "the second is not taken")
        listener.stop()
        running.join(ENOUGH_SECONDS)
        assert not running.is_alive()


def test_a_process_that_dies_is_replaced_and_the_others_answer(tmp_path: Path) -> None:
    with site(tmp_path, MAILLAGE_PROCESSES="2") as (server, port):
        before = children(server.pid)
        assert len(before) == 2
        dead = min(before)
        os.kill(dead, signal.SIGKILL)
        assert get(port, "/")[0] == 200
        until(lambda: len(children(server.pid) - {dead}) == 2, "it is not replaced")
        assert len(children(server.pid) & before) == 1
        assert {get(port, "/")[0] for _ in range(20)} == {200}
        os.kill(server.pid, signal.SIGKILL)
        until(lambda: not answers(port), "those that answered are left behind")


def test_processes_share_their_limits(tmp_path: Path) -> None:
    settings = {"MAILLAGE_PROCESSES": "2", "MAILLAGE_LIMIT_API": "10 per hour"}
    with site(tmp_path, **settings) as (_, port), ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: get(port, "/api/v1/communes?q=lod")[0], range(40)))
        assert found.count(200) == 10


def test_every_process_follows_the_data(tmp_path: Path) -> None:
    data, log = tmp_path / "data", tmp_path / "pages.jsonl"
    for name in FOLDERS:
        shutil.copytree(Matcher.embedded() / name, data / name)
    settings = {
        "MAILLAGE_DATA": str(data),
        "MAILLAGE_PROCESSES": "2",
        "MAILLAGE_ACCESS_LOG": str(log),
    }
    table = data / "catalogue" / "structures.csv"
    with site(tmp_path, **settings) as (server, port), ThreadPoolExecutor(8) as pool:
        text = table.read_text(encoding="utf-8")
        name = Matcher.open(data).structures["avise"].name
        assert name in text
        new = tmp_path / "new.csv"
        new.write_text(text.replace(name, "Avise renommée"), encoding="utf-8")
        new.replace(table)
        release.publish(data)

        def read_everywhere() -> bool:
            log.write_text("")
            found = list(pool.map(lambda _: get(port, "/structures/avise")[1], range(40)))
            lines = map(json.loads, log.read_text(encoding="utf-8").splitlines())
            asked = {one["processus"] for one in lines}
            return asked == children(server.pid) and all("Avise renommée" in p for p in found)

        until(read_everywhere, "a process serves the former data")


def test_a_thousand_silent_connections_silence_nobody(tmp_path: Path) -> None:
    """More than a process holds, half of them with half a header."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4096), hard))
    try:
        with site(tmp_path, MAILLAGE_PROCESSES="1") as (_, port), ExitStack() as crowd:
            for n in range(CONNECTIONS + 100):
                silent = crowd.enter_context(socket.create_connection(("127.0.0.1", port)))
                if n % 2:
                    silent.sendall(b"GET / HTTP/1.1\r\nHost: ")
            assert get(port, "/")[0] == 200
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.parametrize("told", ["0", "-1", "33", "deux", "1.5", "²", " 2"])
def test_a_number_of_processes_that_is_none_is_a_french_sentence(
    monkeypatch: pytest.MonkeyPatch, told: str
) -> None:
    monkeypatch.setenv("MAILLAGE_PROCESSES", told)
    monkeypatch.setattr(records, "log_as_lines", lambda: None)
    with pytest.raises(SystemExit) as refused:
        main()
    assert refused.value.code == (
        f"MAILLAGE_PROCESSES doit être un nombre entier de 1 à 32 : « {told} »."
    )


def test_heavy_needs_of_one_visitor_leave_the_others_their_turn(tmp_path: Path) -> None:
    """Behind a proxy that we were told of, each visitor is known by the address that it saw."""
    settings = {"MAILLAGE_PROXIES": "1", "MAILLAGE_PROCESSES": "1"}
    with site(tmp_path, **settings) as (_, port), ThreadPoolExecutor(40) as pool:
        heavy = [
            pool.submit(get, port, path, **{"X-Forwarded-For": "192.0.2.1"}) for path in needs(40)
        ]
        until(lambda: any(one.done() for one in heavy), "nobody is answered")
        status, _ = get(port, "/", **{"X-Forwarded-For": "192.0.2.2"})
        mine, _ = get(
            port,
            "/suggestions?commune=46102&besoin=Cr%C3%A9er+une+ressourcerie",
            **{"X-Forwarded-For": "192.0.2.2"},
        )
        found = [one.result()[0] for one in heavy]
    assert (status, mine) == (200, 200)
    assert set(found) == {200, 429}, "its lines were full"


def test_what_all_processes_did_is_measured_together_also_once_one_died(tmp_path: Path) -> None:
    token = "un-jeton-pour-prometheus"
    settings = {"MAILLAGE_PROCESSES": "2", "MAILLAGE_METRICS_TOKEN": token}

    def counted(port: int) -> list[str]:
        said = get(port, "/metriques", Authorization=f"Bearer {token}")[1].splitlines()
        return [line for line in said if "_count{" in line and '"/annuaire"' in line]

    with site(tmp_path, **settings) as (server, port):
        for _ in range(20):
            assert get(port, "/annuaire")[0] == 200
        assert counted(port)[0].endswith(" 20.0")
        os.kill(min(children(server.pid)), signal.SIGKILL)
        until(lambda: len(children(server.pid)) == 2, "no other takes its place")
        assert get(port, "/annuaire")[0] == 200
        assert counted(port)[0].endswith(" 21.0"), "what it counted is not lost"
