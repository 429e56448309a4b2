"""The benches tell what they saw of a run of any length, and what goes wrong on the way."""

from __future__ import annotations

import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from math import isnan
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parent / "bench"))
import visits

PAGE = b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n</html>"


@contextmanager
def answering(*answers: bytes) -> Iterator[int]:
    """A server that sends one answer a connection, hangs up, and then is gone; its port."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            for answer in answers:
                one, _ = server.accept()
                with one:
                    one.recv(65536)
                    one.sendall(answer)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        thread.join(10)


def test_a_run_of_ten_minutes_tells_its_tenths_and_what_it_grew_by() -> None:
    looks = [(n / 100, 100 + n) for n in range(100)]
    assert len(visits.tenths(looks)) == 10
    assert visits.drift(looks) == pytest.approx(194.5 / 154.5 - 1)


@pytest.mark.parametrize("looks", [[], [(0.0, 9.0)], [(0.99, 9.0)], [(0.1, 5.0), (0.7, 6.0)]])
def test_a_run_too_short_to_tell_a_drift_says_so(looks: list[tuple[float, float]]) -> None:
    assert visits.drift(looks) is None


def test_a_run_without_pages_has_no_time_and_a_run_of_one_has_its_own() -> None:
    assert all(isnan(one) for one in visits.centiles([]))
    assert visits.centiles([7.0]) == (7.0, 7.0)
    assert visits.centiles([float(n) for n in range(101)])[0] == 50


@pytest.mark.parametrize(
    ("answer", "wrong"),
    [
        (PAGE, ""),
        (PAGE.replace(b"200 OK", b"503 Busy"), "503"),
        (PAGE.replace(b"</html>", b"<html> "), "cut"),
        (PAGE[:-2], "IncompleteRead"),
        (b"", "RemoteDisconnected"),
    ],
)
def test_what_is_wrong_with_a_page_is_told(answer: bytes, wrong: str) -> None:
    with answering(answer) as port:
        assert visits.Browser(port).ask("/")[1] == wrong


def test_a_connection_that_was_closed_while_it_rested_is_opened_again() -> None:
    with answering(PAGE, PAGE, PAGE) as port:
        browser = visits.Browser(port)
        assert [browser.ask("/")[1] for _ in range(3)] == ["", "", ""]


def test_a_site_that_does_not_start_is_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "web").mkdir()
    (tmp_path / "web" / "__main__.py").write_text("raise SystemExit(3)")
    with pytest.raises(TimeoutError), visits.served(tmp_path):
        pass


def test_no_place_of_the_needs_is_asked_about() -> None:
    assert len(visits.COMMUNES) > 1_000 and not visits.POSTAL & set(visits.COMMUNES)
