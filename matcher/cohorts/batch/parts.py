"""A part of a batch: the needs of one département, or some of them, answered on their own."""

from __future__ import annotations

import gc
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import groupby
from pathlib import Path
from typing import Any

from matcher.ranking.explain import Suggestion
from matcher.ranking.matcher import Matcher
from matcher.ranking.question import Question
from matcher.reports.answer.records import suggestion_record
from matcher.reports.answer.trails import trail_of
from matcher.tables.asked import asked_by
from matcher.territory.nest import Territory

from .demand import Demand
from .manifest import Versions

LARGEST = 400
"""Needs of a part, at most: about half a second of work, what a killed worker loses."""


class WrongVersions(RuntimeError):
    """A worker has other data or other code than the run asks for; the message is French."""


@dataclass(frozen=True)
class Part:
    """Some needs and all that their answers depend on.

    Parameters
    ----------
    key : str
        Département and number: `48-001`.
    demands : tuple of Demand
        In the order of the communes, then of the file.
    top : int
        Suggestions a need, at most.
    folder : str or None
        Data folder, None for the embedded data.
    versions : str
        Digest of the data and of the code (see `Versions`).
    """

    key: str
    departement: str
    demands: tuple[Demand, ...]
    top: int
    folder: str | None
    versions: str

    def __len__(self) -> int:
        return len(self.demands)

    @cached_property
    def fingerprint(self) -> str:
        """Digest of all that the bytes of the part depend on."""
        found = hashlib.sha256(f"{self.versions} {self.top}\n".encode())
        for demand in self.demands:
            found.update(_bytes({"id": demand.id, **_asked(demand)}))
        return found.hexdigest()

    def head(self, digest: str) -> bytes:
        """First line of the file of the part: what it answers, and the digest of its lines."""
        told = {"partie": self.key, "empreinte": self.fingerprint, "besoins": len(self)}
        return _bytes({**told, "lignes": digest})

    def is_done(self, path: Path) -> bool:
        """Whether a file holds the answer to this very part, as it was written."""
        try:
            with path.open("rb") as file:
                first = file.readline(4_096)
                return first == self.head(hashlib.file_digest(file, "sha256").hexdigest())
        except FileNotFoundError:
            return False


def partition(
    demands: Iterable[Demand],
    territory: Territory,
    *,
    top: int,
    folder: Path | None,
    versions: Versions,
    largest: int = LARGEST,
) -> list[Part]:
    """Cut needs into parts by département, each of at most `largest` needs, of like sizes."""

    def place(demand: Demand) -> tuple[str, str]:
        return territory.communes[demand.need.commune].departement, demand.need.commune

    root, digest = None if folder is None else str(folder.resolve()), versions.digest
    parts: list[Part] = []
    ordered = sorted(demands, key=place)  # stable: a commune's needs stay in their order
    for departement, group in groupby(ordered, key=lambda demand: place(demand)[0]):
        asked = tuple(group)
        count = -(-len(asked) // largest)
        for i in range(count):
            some = asked[i * len(asked) // count : (i + 1) * len(asked) // count]
            parts.append(Part(f"{departement}-{i + 1:03}", departement, some, top, root, digest))
    return parts


def run_part(part: Part) -> bytes:
    """Answer the needs of a part: the same bytes on any machine.

    Returns
    -------
    bytes
        JSON lines in UTF-8: the head of the part, then a line a need.

    Raises
    ------
    WrongVersions
        When the data or the code here are not those of the run.
    DataError
        When the data cannot be read.
    """
    matcher = opened(part.folder, part.versions)
    territory = matcher.territory
    needs = (demand.need for demand in part.demands)
    answers = matcher.match_many(needs, part.top, on_theme=True)
    lines = b"".join(
        _bytes(_line(demand, matcher.question(demand.need), found, territory))
        for demand, found in zip(part.demands, answers, strict=True)
    )
    return part.head(hashlib.sha256(lines).hexdigest()) + lines


@lru_cache(maxsize=1)
def opened(folder: str | None, digest: str) -> Matcher:
    """The matcher of a data folder, opened once a process, at the versions that are asked for.

    Raises
    ------
    WrongVersions
    """
    root = Matcher.embedded() if folder is None else Path(folder)
    if Versions.of(root).digest != digest:
        raise WrongVersions(
            "Les données ou le code de cette machine ne sont pas ceux du traitement : mettez la "
            "même version de Maillage et des données partout, puis redémarrez les machines."
        )
    matcher = Matcher.open(folder)
    gc.collect()
    gc.freeze()  # the catalogue is not garbage: no need to look at it again, nor to unshare it
    return matcher


def body(path: Path) -> Iterator[bytes]:
    """The lines of the file of a part, its head left out."""
    with path.open("rb") as file:
        next(file)
        yield from file


def _line(
    demand: Demand, question: Question, found: list[Suggestion], territory: Territory
) -> dict[str, Any]:
    """A need, what was read of it, and its answer; what repeats is left to its own tables."""
    commune = question.commune
    return {
        "id": demand.id,
        "commune": asked_by(demand.need, territory),
        "departement": commune.departement,
        **_asked(demand),
        "statut": question.status.value,
        "themes_lus": [theme.value for theme in question.themes],
        "pistes": trail_of(question, next(iter(found), None)),
        "suggestions": [_brief(suggestion_record(one, territory)) for one in found],
    }


def _brief(record: dict[str, Any]) -> dict[str, Any]:
    del record["intervalle_de_rang"]  # not measured in a batch
    record["structure"] = record["structure"]["id"]
    for contribution in record["contributions"]:
        del contribution["libelle"], contribution["poids"]
    return record


def _asked(demand: Demand) -> dict[str, Any]:
    """A need as its commune said it, with what it typed for its place and what was repaired."""
    need = demand.need
    repaired = demand.repairs or demand.aside
    themes = need.themes if isinstance(need.themes, Mapping) else dict.fromkeys(need.themes, 1.0)
    return {
        "insee": need.commune,
        **({"commune_saisie": demand.typed} if demand.typed else {}),
        "besoin": need.text,
        "themes": {str(theme): float(weight) for theme, weight in themes.items()},
        "etape": None if need.stage is None else str(need.stage),
        **({"communes": list(need.places)} if need.places else {}),
        **({"reparations": [*demand.repairs, *demand.aside]} if repaired else {}),
    }


def _bytes(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
