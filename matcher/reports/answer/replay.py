"""Make an answer again from what it carries, and say whether it is the same."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from matcher.catalogue.french import listed
from matcher.catalogue.model import Need
from matcher.catalogue.terms import Status
from matcher.ranking.explain import Suggestion
from matcher.ranking.matcher import Matcher
from matcher.tables.asked import NeedError

from .proof import KEY, WHOLE, Digests, Stamp, opened, read_stamp, record_digest, stamped
from .records import commune_record, place_record, suggestion_record
from .sheet import render_pdf
from .trails import trails_of

OUTLINES = Path("reference") / "outlines"
SHOWN = 10
"""Differences that are told."""
API = ("commune", "lieu", "statut", "hors_champ", "pistes", "suggestions")
"""What an answer of the API says as an answer of the command line does."""


class ReplayVerdict(Enum):
    """What making an answer again showed."""

    IDENTICAL = "identique"
    DIFFERENT = "différente"
    UNKNOWN = "non vérifiable"


@dataclass(frozen=True, slots=True)
class Replayed:
    """A verdict with the French sentences that explain it."""

    verdict: ReplayVerdict
    lines: tuple[str, ...]


def answer_json(
    matcher: Matcher, need: Need, suggestions: Sequence[Suggestion], folder: Path
) -> str:
    """An answer as JSON, with its proof."""
    territory, question = matcher.territory, matcher.question(need)
    trails = trails_of(matcher.ranking(question), suggestions)
    answer: dict[str, Any] = {
        "commune": commune_record(territory.communes[need.commune], territory),
        **place_record(need, territory),
        "besoin": need.text,
        "statut": question.status.value,
        "themes_lus": [theme.value for theme in question.themes],
        "hors_champ": question.status is Status.HORS_CHAMP,
        "pistes": trails and trails.record,
        "suggestions": [suggestion_record(s, territory) for s in suggestions],
        KEY: stamped(need, suggestions, folder),
    }
    return json.dumps(answer, ensure_ascii=False, indent=2) + "\n"


def verify(data: bytes, folder: Path) -> Replayed:
    """Make an answer again, and compare all its bytes.

    Parameters
    ----------
    data : bytes
        Of the PDF or of the JSON.
    folder : Path
        The data of today: they serve when the answer was made from the very same.
    """
    stamp = read_stamp(data)
    if stamp is None:
        return Replayed(
            ReplayVerdict.UNKNOWN,
            (
                "Ce fichier ne porte pas de preuve lisible : il n’a pas été fait par Maillage, "
                "ou il a été modifié.",
            ),
        )
    if changed := _changed(stamp.digests, Digests.of(folder)):
        return Replayed(ReplayVerdict.UNKNOWN, changed)
    with opened(stamp.digests.data, folder) as found:
        if found is None:
            return Replayed(
                ReplayVerdict.UNKNOWN,
                (
                    "Les données de cette réponse ne sont plus celles d’ici, et aucun instantané "
                    f"n’en est gardé (empreinte {stamp.digests.data[:16]}…). Vérifiez-la là où "
                    "elle a été faite.",
                ),
            )
        return _compared(data, stamp, found)


def _changed(then: Digests, now: Digests) -> tuple[str, ...]:
    """What of the software is no longer what the answer was made with, in French."""
    parts = [
        name
        for name, a, b in (
            ("le programme", then.code, now.code),
            ("les poids des critères", then.weights, now.weights),
            ("les versions", then.version, now.version),
        )
        if a != b
    ]
    if not parts:
        return ()
    return (
        f"Non vérifiable ici : {listed(parts)} ne sont pas ceux de cette réponse.",
        f"Elle a été faite par {then.version} (programme {then.code[:16]}…) ; "
        f"ici : {now.version} (programme {now.code[:16]}…). Installez cette version pour la "
        "rejouer.",
    )


def _compared(data: bytes, stamp: Stamp, folder: Path) -> Replayed:
    matcher = Matcher.open(folder)
    ids = {key for _, key, _ in stamp.shown}
    top = max((rank for rank, _, _ in stamp.shown), default=1)
    try:
        everyone = matcher.match(stamp.need, top=top, anyway=True)
        again = [s for s in everyone if s.structure.id in ids]
        if data.startswith(b"%PDF"):
            made = render_pdf(matcher, stamp.need, again, folder / OUTLINES)
        else:
            made = answer_json(matcher, stamp.need, again, folder).encode()
    except (NeedError, LookupError, ValueError, TypeError, AttributeError):
        return Replayed(
            ReplayVerdict.DIFFERENT,
            ("Différente : la demande qu’elle porte n’est pas une demande.",),
        )
    if made == data or _same_record(data, made):
        return Replayed(
            ReplayVerdict.IDENTICAL,
            (
                "Identique : rejouée, cette réponse redonne exactement "
                + ("le même fichier." if made == data else "les mêmes lieu, rangs et raisons."),
                f"Données {stamp.digests.data[:16]}…, programme {stamp.digests.code[:16]}…, "
                f"poids {stamp.digests.weights[:16]}….",
            ),
        )
    return Replayed(ReplayVerdict.DIFFERENT, tuple(_differences(data, made, stamp, again)))


def _same_record(data: bytes, made: bytes) -> bool:
    """Whether an answer of the API is whole, and says what it says when it is made again."""
    if data.startswith(b"%PDF"):
        return False
    record, again = json.loads(data), json.loads(made)
    if record[KEY].get(WHOLE) != record_digest(record):
        return False
    stamp = {key: value for key, value in record[KEY].items() if key != WHOLE}
    return all(record.get(key) == value for key, value in again.items() if key in API) and (
        stamp == again[KEY]
    )


def _differences(data: bytes, made: bytes, stamp: Stamp, again: Sequence[Suggestion]) -> list[str]:
    said = {key: (rank, score) for rank, key, score in stamp.shown}
    found = {s.structure.id: (s.rank, round(s.score, 4)) for s in again}
    lines = [
        f"  {key} : rang {said[key][0]}, score {said[key][1]} dans le fichier ; "
        + (f"rang {found[key][0]}, score {found[key][1]} rejouée" if key in found else "absente")
        for key in said
        if said[key] != found.get(key)
    ]
    if lines:
        return [
            "Différente : le fichier n’est pas ce que l’on obtient en rejouant.",
            *lines[:SHOWN],
        ]
    at = next((i for i, (a, b) in enumerate(zip(data, made, strict=False)) if a != b), None)
    where = min(len(data), len(made)) if at is None else at
    return [
        "Différente : les structures, rangs et scores qu’elle annonce sont les bons, mais le "
        f"fichier a été modifié (premier écart à l’octet {where + 1} ; {len(data)} octets, "
        f"{len(made)} rejouée)."
    ]
