"""What is kept outside of the base, beside the keys: a key for the log, and two sealed registers.

Whoever can write to the base has neither. A register is a file of JSON lines; each line is sealed
with the one before by the key, so that a line changed, added or taken out by hand is seen.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from matcher.catalogue import files

LARGEST = 64 * 2**20
"""Bytes of a register: a line a backup or an erasure, for centuries."""
SEAL = "sceau"
"""Name of the seal in a line."""


def digest(secret: str) -> str:
    """What the base keeps of a secret, in hexadecimal: who reads it there has no secret."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


class VaultError(RuntimeError):
    """A register that cannot be believed; the message is French."""


@dataclass(frozen=True)
class Vault:
    """The key and the registers of one base.

    Parameters
    ----------
    key : str
        Seals the rows of the audit log and the lines of the registers.
    folder : Path
        Where the registers are: that of the keys.
    base : str
        Which base the lines are about: a digest of its address.
    """

    key: str
    folder: Path
    base: str

    @classmethod
    def of(cls, key: str, folder: Path, address: str) -> Vault:
        """That of a base by its address, which may hold a password and is not kept."""
        return cls(key, folder, hashlib.sha256(address.encode()).hexdigest()[:16])

    def seal(self, purpose: str, text: str) -> str:
        """HMAC of a text with the key, in hexadecimal; what seals one thing seals no other."""
        sealed = f"{purpose}\n{text}".encode()
        return hmac.new(self.key.encode(), sealed, hashlib.sha256).hexdigest()

    def lines(self, name: str) -> list[dict[str, Any]]:
        """The lines of a register, oldest first; none when it does not exist.

        Raises
        ------
        VaultError
            When a line was changed by hand, or sealed with another key.
        """
        found, previous = [], ""
        for number, line in enumerate(self._text(name).splitlines(), 1):
            try:
                read = json.loads(line)
                seal = read.pop(SEAL)
                if seal != self._sealed(name, read, previous):
                    raise ValueError("seal")
            except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
                raise VaultError(
                    f"{self.folder / name}, ligne {number} : changée à la main, ou scellée par "
                    "une autre clé. Remettez la copie de ce fichier."
                ) from None
            found.append(read)
            previous = seal
        return found

    def add(self, name: str, line: Mapping[str, Any]) -> None:
        """Add a line to a register, to the disk.

        Raises
        ------
        VaultError, OSError
            It cannot be believed, or written: it is as it was.
        """
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with files.alone_in(self.folder):
            self.lines(name)  # what is not to be believed is not made longer
            before = self._text(name)
            last = json.loads(before.splitlines()[-1])[SEAL] if before else ""
            sealed = {**line, SEAL: self._sealed(name, line, last)}
            text = before + json.dumps(sealed, ensure_ascii=False) + "\n"
            files.write(self.folder / name, (text.encode(),), files.PRIVATE)

    def _text(self, name: str) -> str:
        try:
            return files.read(self.folder / name, LARGEST).decode("utf-8", "replace")
        except FileNotFoundError:
            return ""

    def _sealed(self, name: str, line: Mapping[str, Any], previous: str) -> str:
        return self.seal(name, json.dumps([line, previous], ensure_ascii=False, sort_keys=True))
