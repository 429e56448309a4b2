"""The manifest of a batch: what was asked, with which versions, what each file holds, read back.

It has no clock and no name of machine: the same run again gives the same bytes. It is written last:
where it is, the run is whole.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

from matcher.catalogue import files
from matcher.catalogue.faults import DataError, Fault
from matcher.catalogue.files import Written
from matcher.catalogue.model import Need
from matcher.catalogue.vocabulary import Stage, Theme
from matcher.ranking.policy import CRITERIA
from matcher.reports.answer.proof import files_digest, package_version, weights_digest
from matcher.reports.answer.trails import Trail

PACKAGE = Path(__file__).parents[2]
ANSWERING = (
    *("catalogue/*.py", "territory/*.py", "tables/*.py", "reading/**/*.py", "index/*.py"),
    *("ranking/*.py", "cohorts/batch/parts.py"),
    *(f"reports/answer/{name}.py" for name in ("records", "facts", "trails")),
)
"""The code that makes an answer: nothing else changes the bytes of a part."""


@dataclass(frozen=True, slots=True)
class Versions:
    """Digests (SHA-256) of the catalogue, of the reference tables, of the weights, of the code."""

    catalogue: str
    reference: str
    weights: str
    code: str
    package: str

    @classmethod
    def of(cls, folder: Path) -> Versions:
        """Those of a data folder as it is on the disk, and of the code as it was first read."""
        return cls(
            catalogue=files_digest(folder, folder.glob("catalogue/*.csv")),
            reference=files_digest(folder, folder.glob("reference/*.csv")),
            weights=weights_digest(),
            code=_code(),
            package=package_version(),
        )

    @property
    def digest(self) -> str:
        """All of them in one."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()


@cache
def _code() -> str:
    """Read once: what runs is what was read then, whatever is on the disk later."""
    return files_digest(PACKAGE, (path for pattern in ANSWERING for path in PACKAGE.glob(pattern)))


SUGGESTIONS = "suggestions.jsonl"
STRUCTURES = "structures.json"


@dataclass(frozen=True, slots=True)
class Result:
    """A need and what was suggested.

    Parameters
    ----------
    id : str
        Key of the need in its table; `<insee>-<theme>` in a panorama.
    departement : str
        Insee code of that of the commune.
    suggestions : tuple of dict
        Each as `records.suggestion_record` has it, best first; no rank interval.
    trail : Trail or None
        Why they are but trails.
    """

    id: str
    need: Need
    departement: str
    suggestions: tuple[dict[str, Any], ...]
    trail: Trail | None = None


def read_results(folder: Path) -> Iterator[Result]:
    """The results of a batch that ended, one at a time: by département, commune, then need.

    Raises
    ------
    DataError
        When the folder has no manifest: not a folder of results, or a run that did not end; or
        when a file is damaged.
    """
    manifest = Manifest.read(folder)
    structures = read_structures(folder)
    with files.opened(folder / SUGGESTIONS) as lines:
        for number, line in enumerate(lines, 1):
            try:
                found = result(json.loads(line), structures, manifest.criteria)
            except UNREADABLE:
                raise _damaged(folder / SUGGESTIONS, number) from None
            yield found


def read_structures(folder: Path) -> dict[str, dict[str, Any]]:
    """The `structure` of a `suggestion_record`, by id, for the whole catalogue of the run."""
    try:
        found: dict[str, dict[str, Any]] = json.loads(files.read(folder / STRUCTURES, LARGEST))
    except (OSError, *UNREADABLE):
        raise _damaged(folder / STRUCTURES) from None
    return found


def _damaged(path: Path, line: int | None = None) -> DataError:
    """What is said of a file of results that changed since the run wrote it."""
    rule = "fichier abîmé ou modifié depuis le traitement : relancez la même commande batch"
    return DataError([Fault(str(path), line, None, None, rule)])


def result(
    line: Mapping[str, Any],
    structures: Mapping[str, dict[str, Any]],
    criteria: Mapping[str, tuple[str, float]],
) -> Result:
    """A result from a line of `suggestions.jsonl`, whole again."""
    stage = line["etape"]
    themes = {Theme(code): weight for code, weight in line["themes"].items()}
    return Result(
        id=line["id"],
        need=Need(
            line["insee"],
            line["besoin"],
            themes,
            stage and Stage(stage),
            places=tuple(line.get("communes", ())),
        ),
        departement=line["departement"],
        suggestions=tuple(_whole(one, structures, criteria) for one in line["suggestions"]),
        trail=Trail(line["pistes"]) if line.get("pistes") else None,
    )


def _whole(
    brief: dict[str, Any],
    structures: Mapping[str, dict[str, Any]],
    criteria: Mapping[str, tuple[str, float]],
) -> dict[str, Any]:
    contributions = []
    for one in brief["contributions"]:
        label, weight = criteria[one["critere"]]
        contributions.append({**one, "libelle": label, "poids": weight})
    return {
        **brief,
        "intervalle_de_rang": None,
        "structure": structures[brief["structure"]],
        "contributions": contributions,
    }


NAME = "manifeste.json"
LARGEST = 256 * 2**20
"""Bytes of a manifest: a line a part."""
FORMAT = 1
UNREADABLE = (ValueError, KeyError, TypeError, AttributeError, RecursionError)
"""What JSON that is damaged, or is not ours, may raise when it is read."""


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
            found = json.loads(files.read(path, LARGEST))
            parts = (found["demande"], found["comptes"], found["parties"])
            if found["format"] != FORMAT or not all(isinstance(part, dict) for part in parts):
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
        except (OSError, *UNREADABLE):
            rule = "manifeste illisible"
        raise DataError([Fault(str(path), None, None, None, rule)])

    def check(self, folder: Path) -> None:
        """Refuse a folder one of whose files is not as the run wrote it.

        Raises
        ------
        DataError
        """
        for name, written in self.files.items():
            try:
                sound = files.digest_of(folder / name) == written.sha256
            except OSError:
                sound = False
            if not sound:
                raise _damaged(folder / name)

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
