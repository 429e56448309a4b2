"""What a note says of the lines of the file that have no answer, each with its rule."""

from __future__ import annotations

from collections.abc import Sequence

from matcher.catalogue.faults import shorten
from matcher.catalogue.french import counted, typographic
from matcher.tables.understood import counts_line

from ..cohort import Pack
from .view import View

REFUSED = 12
"""Refused lines that a note tells; the workbook has them all."""


def refused_view(pack: Pack, codes: Sequence[str]) -> View:
    """What was read of the file and its refused lines, in the note of the whole pack.

    The commune of a refused line is not known: it is in the note of no département among several.
    """
    if not pack.lines or len(codes) < len(pack.by_commune):
        return {"read": "", "refused": [], "refused_beyond": ""}
    more = len(pack.refused) - REFUSED
    return {
        "read": typographic(counts_line(pack.lines)),
        "refused": [
            {
                "line": "–" if fault.line is None else str(fault.line),
                "value": shorten(fault.value) if fault.value else "–",
                "rule": typographic(fault.rule),
            }
            for fault in pack.refused[:REFUSED]
        ],
        "refused_beyond": counted(more, "autre ligne", "autres lignes") if more > 0 else "",
    }


def refused_said(pack: Pack, codes: Sequence[str]) -> str:
    """How many lines have no answer and which, in the note of the whole pack; "" where none has."""
    if not pack.refused or len(codes) < len(pack.by_commune):
        return ""
    numbers = [str(fault.line) for fault in pack.refused if fault.line is not None]
    shown = ", ".join([*numbers[:REFUSED], *(["…"] if numbers[REFUSED:] else [])])
    said = counted(len(pack.refused), "ligne n’a pas", "lignes n’ont pas")
    return f"{said} de réponse ({shown}) : la règle de chacune est plus bas."
