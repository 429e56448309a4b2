"""The match sheet as a tagged PDF (PDF/UA-1): two or three pages to print, to send and to keep.

What a user typed goes to the template as data, never as markup.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from matcher.catalogue.french import decimal
from matcher.catalogue.model import Need
from matcher.ranking.explain import Suggestion

from ..proof.stamp import NAME, stamped
from .presentation import Answer, Card, present
from .printable import printable
from .seats import seats_map
from .sheet import TEMPLATES
from .workbook import Sheet

if TYPE_CHECKING:
    from matcher.ranking.matcher import Matcher

FONTS = Path(__file__).parents[1] / "fonts"
DEPARTEMENTS = "departements.geojson"
NOTHING = decimal(0.0, 1)
"""Points that are not worth a word."""


def render_pdf(
    matcher: Matcher, need: Need, suggestions: Sequence[Suggestion], outlines: Path
) -> bytes:
    """Write `suggestions` for `need` as a PDF in French.

    The same input gives the same bytes: it bears the date of the data, not today's. Its proof is
    attached: see `matcher.reports.proof`.

    Parameters
    ----------
    outlines : Path
        The folder `reference/outlines/` of the data.

    Raises
    ------
    NeedError
        When the need cannot be read.
    """
    answer = present(matcher, need, suggestions)
    drawn = seats_map(answer.commune, suggestions, matcher.territory, outlines / DEPARTEMENTS)
    data = {
        **_data(answer),
        "carte": {"svg": drawn.svg, "pres": drawn.near, "loin": drawn.far},
    }
    proof = json.dumps(stamped(need, suggestions, outlines.parents[1]), ensure_ascii=False)
    return _compile("sheet.typ", printable(data), preuve=proof, nom_preuve=NAME)


def render_tables(title: str, subtitle: str, tables: Sequence[tuple[Sheet, str]]) -> bytes:
    """Write tables as a PDF in French, each with a note on how to read it."""
    data = {
        "titre": title,
        "sous_titre": subtitle,
        "tableaux": [
            {
                "titre": sheet.title,
                "note": note,
                "entetes": list(sheet.headings),
                "nombres": [_is_number(sheet, i) for i in range(len(sheet.headings))],
                "lignes": [[_cell(value) for value in row] for row in sheet.rows],
            }
            for sheet, note in tables
        ],
    }
    return _compile("tables.typ", printable(data))


def _is_number(sheet: Sheet, column: int) -> bool:
    return all(row[column] is None or isinstance(row[column], int | float) for row in sheet.rows)


def _cell(value: Any) -> str:
    if value is None:
        return "–"
    if not isinstance(value, int | float):
        return str(value)
    return decimal(value, 1 if isinstance(value, float) else 0)


def _compile(template: str, data: dict[str, Any], **inputs: str) -> bytes:
    import typst  # 50 ms: only a PDF pays for it

    compiled = typst.compile(
        TEMPLATES / template,
        root=TEMPLATES,
        format="pdf",
        font_paths=[FONTS],
        ignore_system_fonts=True,  # the same everywhere
        pdf_standards=["ua-1"],
        sys_inputs={"data": json.dumps(data, ensure_ascii=False), **inputs},
        timestamp=0,
    )
    assert isinstance(compiled, bytes), "one PDF"
    return compiled


def _data(answer: Answer) -> dict[str, Any]:
    return {
        "commune": answer.place.name,
        "insee": "" if answer.need.places else answer.commune.insee,
        "lieux": list(answer.areas),
        "population": answer.population,
        "label": answer.label,
        "besoin": [{"texte": p.text, "preuve": p.role == "proof"} for p in answer.passages],
        "themes": [
            {
                "nom": theme.label,
                "mineur": theme.minor,
                "declare": theme.declared,
                "mots": list(theme.words),
            }
            for theme in answer.themes
        ],
        "ailleurs": f"{answer.aside}." if answer.aside else "",
        "etape": answer.stage,
        "etape_lue": not answer.stage_declared,
        "compte": answer.counted,
        "suggestions": [_card(card) for card in answer.cards],
        "credits": answer.credits,
    }


def _card(card: Card) -> dict[str, Any]:
    facts = card.facts
    return {
        "rang": card.suggestion.rank,
        "nom": facts.name,
        "type": facts.kind,
        "perimetre": card.reach,
        "distance": card.where,
        "description": facts.description,
        "doute": facts.warning,
        "raisons": [part.sentence for part in card.reasons],
        "parts": [
            {"nom": p.label, "points": p.shown, "longueur": p.points}
            for p in card.parts
            if p.shown != NOTHING
        ],
        "score": card.shown,
        "stabilite": card.stability,
        "site": facts.website,
        "joindre": facts.joined,
        "fraicheur": facts.freshness,
        "age": facts.aged,
        "sources": list(facts.sources),
    }
