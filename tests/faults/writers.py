"""Processes that write requests to the inbox and tell which were acknowledged."""

from __future__ import annotations

import os
import select as waiting
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from casework import NEED
from postgresql import server
from sqlalchemy import func, select, text

from web.casework import audit
from web.casework.audit import Action
from web.casework.dossiers.inbox import Inbox, InboxUnavailable, Request, RequestKind
from web.casework.store import schema
from web.casework.store.database import Database
from web.casework.store.tables import AuditEntry, Contact, Dossier


def requests(name: str, count: int) -> Iterator[Request]:
    """Requests that are all different."""
    for i in range(count):
        yield Request(RequestKind.INTRODUCTION, f"{name}-{i}", NEED)


@dataclass
class Writer:
    """A process that writes; a line of its pipe is a reference, or what went wrong, and a time."""

    pid: int
    pipe: int

    @classmethod
    def start(cls, url: str, name: str, count: int) -> Writer:
        """Write `count` requests in a process of its own."""
        reader, writer = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(reader)
            try:
                _write(url, name, count, writer)
                os._exit(0)
            except BaseException as error:
                os.write(2, f"{error!r}\n".encode())
                os._exit(1)
        os.close(writer)
        return cls(pid, reader)

    def wait_for_one(self) -> None:
        """Wait until it was acknowledged a request."""
        waiting.select([self.pipe], [], [], 60)

    def kill(self) -> None:
        """End it at once: it cannot tidy up."""
        os.kill(self.pid, signal.SIGKILL)

    def told(self) -> list[tuple[str, float]]:
        """Wait for its end: the references that it was given, with the seconds that each took."""
        with os.fdopen(self.pipe) as pipe:
            lines = pipe.read().splitlines(keepends=True)
        _, status = os.waitpid(self.pid, 0)
        assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0, "a writer failed by itself"
        whole = [line.split() for line in lines if line.endswith("\n")]
        return [(reference, float(seconds)) for reference, seconds in whole]


REFUSED = "refus"
"""What a writer tells instead of a reference."""


def _write(url: str, name: str, count: int, pipe: int) -> None:
    inbox = Inbox(Database(url))
    for request in requests(name, count):
        begun = time.perf_counter()
        try:
            reference = inbox.receive(request)
        except InboxUnavailable:
            reference = REFUSED
        os.write(pipe, f"{reference} {time.perf_counter() - begun:.6f}\n".encode())


@dataclass(frozen=True)
class State:
    """What a check of the whole database found.

    Parameters
    ----------
    dossiers : frozenset of str
        The references that are there.
    torn : int
        Dossiers without their contact or their one line in the log, contacts without a dossier.
    faults : tuple of str
        What the database, or the chain of the log, finds wrong with itself.
    """

    dossiers: frozenset[str]
    torn: int
    faults: tuple[str, ...]


def state(database: Database) -> State:
    """Check everything."""
    with database.reading() as session:
        rows = session.execute(select(Dossier.reference, Dossier.contact_id)).all()
        logged = session.execute(
            select(AuditEntry.subject, func.count())
            .where(AuditEntry.action == Action.DOSSIER_RECEIVED.value)
            .group_by(AuditEntry.subject)
        ).all()
        contacts = set(session.scalars(select(Contact.id)))
        faults = [f"{number} {said}" for number, said in audit.verify(session).broken]
        if database.is_sqlite:
            faults += [
                str(row)
                for check in ("integrity_check", "foreign_key_check")
                for row in session.execute(text(f"PRAGMA {check}"))
                if tuple(row) != ("ok",)
            ]
    lines = dict(tuple(row) for row in logged)
    torn = sum(lines.pop(reference, 0) != 1 for reference, _ in rows)
    torn += len(lines) + len(contacts ^ {contact for _, contact in rows})
    assert len({reference for reference, _ in rows}) == len(rows)
    return State(frozenset(reference for reference, _ in rows), torn, tuple(faults))


def print_both(measure: Callable[[str], object]) -> None:
    """Print what is measured on an empty database of each kind, one that survives a power cut."""
    with tempfile.TemporaryDirectory() as folder, server() as running:
        for url in (f"sqlite:///{folder}/base.sqlite", running.new_base()):
            schema.upgrade(Database(url))
            print(url.partition(":")[0], measure(url), flush=True)
