"""The embedded inbox: one JSON file for each request, in a folder outside of the code."""

from __future__ import annotations

import hashlib
import json
import os
import re
import tempfile
import time
from base64 import b32encode
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from .ports import InboxUnavailable, Kind, Request

KEPT_YEARS = 3
"""Years after which a request is erased; the page « Vie privée » says so."""
KEPT_SECONDS = KEPT_YEARS * 365.25 * 24 * 3600
LETTERS = {Kind.INTRODUCTION: "MR", Kind.PROJECT: "PR", Kind.CORRECTION: "CO"}
REFERENCE = re.compile(r"(MR|PR|CO)(-[A-Z2-7]{4}){3}")
"""What a reference looks like: 60 bits, easy to read over the telephone."""


def default_folder() -> Path:
    """The folder of the user's data on this system, never inside the code."""
    home = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(home) / "maillage" / "demandes"


class FolderInbox:
    """Stores requests under `folder`, made when the first one comes.

    Parameters
    ----------
    folder : Path
        Readable by its owner only, like the files in it: they hold e-mail addresses.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def receive(self, request: Request) -> str:
        """Store a request, whole or not at all; see `Inbox.receive`."""
        content = {"nature": request.kind.value, "jeton": request.token, **request.content}
        written = json.dumps(content, ensure_ascii=False, sort_keys=True)
        digest = hashlib.sha256(written.encode("utf-8", "surrogatepass")).digest()
        code = b32encode(digest).decode("ascii")
        reference = "-".join([LETTERS[request.kind], code[:4], code[4:8], code[8:12]])
        path = self.folder / f"{reference}.json"
        record = {
            "reference": reference,
            "recue_le": datetime.now(UTC).isoformat(timespec="seconds"),
            **content,
        }
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not path.exists():  # the same request was already stored
                self._write(path, record)
        except (OSError, UnicodeEncodeError) as error:
            raise InboxUnavailable(str(self.folder)) from error
        with suppress(OSError):  # the request is stored, whatever becomes of the old ones
            self._forget()
        return reference

    def _write(self, path: Path, record: dict[str, Any]) -> None:
        """Write beside, then give the name: no reader sees half a file, and none is replaced."""
        handle, name = tempfile.mkstemp(dir=self.folder, prefix=".", suffix=".tmp")  # mode 0600
        try:
            with open(handle, "w", encoding="utf-8") as file:  # noqa: PTH123 - an open handle
                json.dump(record, file, ensure_ascii=False, indent=2)
                file.write("\n")
                file.flush()
                os.fsync(file.fileno())
            with suppress(FileExistsError):  # another worker stored the same request meanwhile
                os.link(name, path)  # os.replace would overwrite
            self._sync()
        finally:
            os.unlink(name)  # noqa: PTH108

    def _sync(self) -> None:
        """Make the name survive a power cut too."""
        folder = os.open(self.folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _forget(self) -> None:
        """Erase the requests kept long enough."""
        oldest = time.time() - KEPT_SECONDS
        for path in self.folder.glob("*.json"):
            with suppress(FileNotFoundError):  # another worker erased it
                if path.stat().st_mtime < oldest:
                    path.unlink()
