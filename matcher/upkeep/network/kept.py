"""What a source sent last time, with what it needs to tell that nothing changed (ETag)."""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from pathlib import Path

from matcher.catalogue import files


class Kept:
    """The copy of one address in the cache folder; it may be deleted at any time.

    Parameters
    ----------
    cache : Path
        The folder.
    url : str
        The address, without a key.
    """

    def __init__(self, cache: Path, url: str) -> None:
        name = hashlib.sha256(url.encode()).hexdigest()[:24]
        self._body = cache / f"{name}.donnees"
        self._facts = cache / f"{name}.json"
        self._url = url
        self.etag = self.modified = ""
        with suppress(OSError, ValueError, KeyError, TypeError):
            facts = json.loads(self._facts.read_text(encoding="utf-8"))
            if hashlib.sha256(self._body.read_bytes()).hexdigest() == facts["sha256"]:
                self.etag, self.modified = str(facts["etag"]), str(facts["modified"])

    def conditions(self) -> dict[str, str]:
        """The headers that ask for an answer only where something changed."""
        said = {"If-None-Match": self.etag, "If-Modified-Since": self.modified}
        return {name: value for name, value in said.items() if value}

    def body(self) -> bytes:
        """The copy."""
        return self._body.read_bytes()

    def keep(self, body: bytes, etag: str, modified: str) -> None:
        """Keep an answer that was read without a fault, where the source gave it a mark."""
        if not etag and not modified:
            return
        self._body.parent.mkdir(parents=True, exist_ok=True)
        facts = {
            "url": self._url,
            "sha256": hashlib.sha256(body).hexdigest(),
            "etag": etag,
            "modified": modified,
        }
        files.write(self._body, (body,))
        files.write(self._facts, (json.dumps(facts).encode(),))
