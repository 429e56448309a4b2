"""The embedded inbox: whole or not at all, once, never over another, and for three years."""

from __future__ import annotations

import json
import os
import stat
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web.inbox import KEPT_SECONDS, REFERENCE, FolderInbox, default_folder
from web.ports import Inbox, InboxUnavailable, Kind, Request

ONE = Request(Kind.PROJECT, "jeton", {"titre": "L’Établi", "themes": ["foncier"]})


@pytest.fixture
def inbox(tmp_path: Path) -> FolderInbox:
    return FolderInbox(tmp_path / "a" / "demandes")


def test_a_request_is_one_file_that_its_owner_alone_reads(inbox: FolderInbox) -> None:
    port: Inbox = inbox
    reference = port.receive(ONE)
    (path,) = inbox.folder.iterdir()
    assert path.name == f"{reference}.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(inbox.folder.stat().st_mode) == 0o700
    record = json.loads(path.read_text("utf-8"))
    assert record["titre"] == "L’Établi" and record["reference"] == reference
    assert record["recue_le"].endswith("+00:00")


def test_the_folder_is_made_when_the_first_request_comes(inbox: FolderInbox) -> None:
    assert not inbox.folder.exists()
    inbox.receive(ONE)
    assert inbox.folder.is_dir()


def test_by_default_the_folder_is_outside_of_the_code(monkeypatch: pytest.MonkeyPatch) -> None:
    root = Path(__file__).resolve().parents[1]
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    assert root not in default_folder().resolve().parents
    monkeypatch.setenv("XDG_DATA_HOME", "/srv/donnees")
    assert default_folder() == Path("/srv/donnees/maillage/demandes")


@given(
    st.sampled_from(Kind),
    st.text(),
    st.dictionaries(st.text(), st.none() | st.booleans() | st.text() | st.lists(st.text())),
)
def test_a_reference_can_be_read_over_the_telephone_and_is_always_the_same(
    tmp_path: Path, kind: Kind, token: str, content: dict[str, object]
) -> None:
    inbox = FolderInbox(tmp_path)
    reference = inbox.receive(Request(kind, token, content))
    assert REFERENCE.fullmatch(reference)
    assert inbox.receive(Request(kind, token, content)) == reference


@pytest.mark.parametrize(
    "other",
    [
        Request(Kind.CORRECTION, "jeton", ONE.content),
        Request(Kind.PROJECT, "autre", ONE.content),
        Request(Kind.PROJECT, "jeton", {**ONE.content, "titre": "L'Établi"}),
    ],
)
def test_another_request_has_another_reference(inbox: FolderInbox, other: Request) -> None:
    assert inbox.receive(ONE) != inbox.receive(other)
    assert len(list(inbox.folder.iterdir())) == 2


def test_a_file_is_never_written_over(inbox: FolderInbox) -> None:
    reference = inbox.receive(ONE)
    path = inbox.folder / f"{reference}.json"
    path.write_text("annotée par un conseiller", encoding="utf-8")
    assert inbox.receive(ONE) == reference
    assert path.read_text("utf-8") == "annotée par un conseiller"


def test_the_same_request_from_many_at_once_is_one_file(inbox: FolderInbox) -> None:
    start = threading.Barrier(8)

    def send(_: int) -> str:
        start.wait()
        return inbox.receive(ONE)

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(send, range(8)))) == 1
    (path,) = inbox.folder.iterdir()
    json.loads(path.read_text("utf-8"))


@pytest.mark.parametrize("call", ["fsync", "link"])
def test_a_full_disk_leaves_nothing_half_written(
    inbox: FolderInbox, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, call, full)
    with pytest.raises(InboxUnavailable):
        inbox.receive(ONE)
    assert list(inbox.folder.iterdir()) == []
    monkeypatch.undo()
    assert inbox.receive(ONE)


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "fichier").write_text("", encoding="utf-8")
    with pytest.raises(InboxUnavailable):
        FolderInbox(tmp_path / "fichier" / "demandes").receive(ONE)


def test_what_is_older_than_three_years_is_erased_when_the_next_one_comes(
    inbox: FolderInbox,
) -> None:
    old, young = (
        inbox.folder / f"{inbox.receive(Request(Kind.PROJECT, token, {}))}.json"
        for token in ("ancienne", "récente")
    )
    for path, age in ((old, KEPT_SECONDS + 60), (young, KEPT_SECONDS - 86_400)):
        os.utime(path, (time.time() - age,) * 2)
    inbox.receive(ONE)
    assert not old.exists() and young.exists()


def test_an_old_one_that_cannot_be_erased_does_not_lose_the_new_one(
    inbox: FolderInbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = inbox.folder / f"{inbox.receive(ONE)}.json"
    os.utime(path, (0, 0))

    def refuse(_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(Path, "unlink", refuse)
    assert inbox.receive(Request(Kind.PROJECT, "autre", {}))
