"""The results of a batch, read back from its folder."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from matcher.catalogue.model import Need
from matcher.catalogue.vocabulary import Stage, Theme

from .manifest import Manifest

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
    """

    id: str
    need: Need
    departement: str
    suggestions: tuple[dict[str, Any], ...]


def read_results(folder: Path) -> Iterator[Result]:
    """The results of a batch that ended, one at a time: by département, commune, then need.

    Raises
    ------
    DataError
        When the folder has no manifest: not a folder of results, or a run that did not end.
    """
    manifest = Manifest.read(folder)
    structures = read_structures(folder)
    with (folder / SUGGESTIONS).open("rb") as lines:
        for line in lines:
            yield result(json.loads(line), structures, manifest.criteria)


def read_structures(folder: Path) -> dict[str, dict[str, Any]]:
    """The `structure` of a `suggestion_record`, by id, for the whole catalogue of the run."""
    found: dict[str, dict[str, Any]] = json.loads((folder / STRUCTURES).read_bytes())
    return found


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
        need=Need(line["insee"], line["besoin"], themes, stage and Stage(stage)),
        departement=line["departement"],
        suggestions=tuple(_whole(one, structures, criteria) for one in line["suggestions"]),
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
