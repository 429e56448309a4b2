"""A server of this machine in the place of the sources: it replays answers, faults included."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cached_property
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True)
class Reply:
    """One answer: a status, a body (JSON unless it is text or bytes), headers."""

    body: Any = ""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: bool = False
    """Announces more bytes than it sends, and hangs up."""

    @cached_property
    def bytes(self) -> bytes:
        if isinstance(self.body, bytes):
            return self.body
        return (self.body if isinstance(self.body, str) else json.dumps(self.body)).encode()


@dataclass
class Asked:
    """One request as it came."""

    path: str
    query: dict[str, str]
    headers: Mapping[str, str]
    body: bytes


@dataclass
class StandIn:
    """The answers to give by path, in order, the last one again and again; the requests that came.

    Parameters
    ----------
    address : str
        Where it listens.
    """

    address: str = ""
    replies: dict[str, list[Reply]] = field(default_factory=lambda: defaultdict(list))
    asked: list[Asked] = field(default_factory=list)

    def says(self, path: str, *replies: Reply | Any) -> None:
        """Give these answers at a path from now on."""
        self.replies[path] = [r if isinstance(r, Reply) else Reply(r) for r in replies]

    def reply(self, asked: Asked) -> Reply:
        """The next answer to a request; 304 where the mark that it bears is that of the answer."""
        self.asked.append(asked)
        waiting = self.replies.get(asked.path)
        if not waiting:
            return Reply({"detail": "Not Found"}, 404)
        reply = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        mark = reply.headers.get("ETag")
        if mark and asked.headers.get("If-None-Match") == mark:
            return Reply(b"", 304, {"ETag": mark})
        return reply


@contextmanager
def stand_in() -> Iterator[StandIn]:
    """A stand-in that listens on a free port of this machine until the end of the block."""
    standing = StandIn()

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            url = urlsplit(self.path)
            query = {name: values[-1] for name, values in parse_qs(url.query).items()}
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            reply = standing.reply(Asked(url.path, query, dict(self.headers), body))
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(reply.bytes) + 100 * reply.cut))
            self.end_headers()
            with suppress(ConnectionError):  # who asked for it has left
                self.wfile.write(reply.bytes)
            self.close_connection = True

        do_GET = do_POST = answer  # noqa: N815 - the names that the library calls

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    standing.address = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield standing
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
