"""The manifest of a batch: what was asked, with which versions, and what each file holds.

It has no clock and no name of machine: the same run again gives the same bytes. It is written last:
where it is, the run is whole.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from matcher.catalogue import files
from matcher.catalogue.faults import DataError, Fault
from matcher.catalogue.files import Written
from matcher.ranking.policy import CRITERIA

from .versions import Versions

NAME = "manifeste.json"
FORMAT = 1


@dataclass(frozen=True)
class Manifest:
    """What a folder of results holds.

    Parameters
    ----------
    asked : mapping
        What was asked: cohort or file of needs, suggestions a need.
    versions : Versions
    criteria : mapping of str to (label, weight)
    counts : mapping of str to int
        Needs, communes, suggestions, refused rows…
    parts : mapping of str to str
        Fingerprint of each part.
    files : mapping of str to Written
        Digest and size of each file of the folder.
    """

    asked: Mapping[str, Any]
    versions: Versions
    criteria: Mapping[str, tuple[str, float]]
    counts: Mapping[str, int]
    parts: Mapping[str, str]
    files: Mapping[str, Written]

    @classmethod
    def read(cls, folder: Path) -> Manifest:
        """Read that of a folder of results.

        Raises
        ------
        DataError
            When there is none that can be read: not such a folder, or a run that did not end.
        """
        path = folder / NAME
        try:
            found = json.loads(path.read_bytes())
            if found["format"] != FORMAT:
                raise ValueError("format")
            return cls(
                asked=found["demande"],
                versions=Versions(**found["versions"]),
                criteria={c["critere"]: (c["libelle"], c["poids"]) for c in found["criteres"]},
                counts=found["comptes"],
                parts=found["parties"],
                files={
                    name: Written(file["sha256"], file["octets"])
                    for name, file in found["fichiers"].items()
                },
            )
        except FileNotFoundError:
            rule = "manifeste absent : ce dossier n’a pas de résultats, ou le calcul n’est pas fini"
        except (ValueError, KeyError, TypeError, AttributeError):
            rule = "manifeste illisible"
        raise DataError([Fault(str(path), None, None, None, rule)])

    def write(self, folder: Path) -> None:
        """Write it, whole or not at all."""
        found = {
            "format": FORMAT,
            "demande": self.asked,
            "versions": asdict(self.versions),
            "criteres": [
                {"critere": code, "libelle": label, "poids": weight}
                for code, (label, weight) in self.criteria.items()
            ],
            "comptes": self.counts,
            "parties": self.parts,
            "fichiers": {
                name: {"sha256": file.sha256, "octets": file.size}
                for name, file in sorted(self.files.items())
            },
        }
        text = json.dumps(found, ensure_ascii=False, indent=1)
        files.write(folder / NAME, (text.encode(), b"\n"))


def subject(asked: Mapping[str, Any]) -> tuple[Any, Any]:
    """What tells a request from another: its cohort, or its file to the byte."""
    return asked.get("cohorte"), asked.get("sha256")


def described(asked: Mapping[str, Any]) -> str:
    """What was asked, in a few French words."""
    if "cohorte" in asked:
        return f"cohorte {asked['cohorte']}"
    return f"fichier {asked['besoins']}" if "besoins" in asked else "demande sans nom"


def criteria() -> dict[str, tuple[str, float]]:
    """Label and weight of each criterion: what the answers do not repeat."""
    return {criterion.code: (criterion.label, criterion.weight) for criterion in CRITERIA}


def digest_of(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
