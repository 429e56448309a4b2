"""The match sheet: one HTML file that holds everything, a tagged PDF (PDF/UA-1) to print.

What a user typed goes to the template as data, never as markup. A PDF that everyone can read shows
no character that its fonts lack: `printable`.
"""

from __future__ import annotations

import json
import math
import re
import unicodedata
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from matcher.catalogue.french import decimal
from matcher.catalogue.model import Need
from matcher.ranking.explain import Suggestion

from .presentation import Answer, Card, present
from .proof import NAME, stamped
from .seats import seats_map
from .workbook import Sheet

if TYPE_CHECKING:
    from matcher.ranking.matcher import Matcher


UNKNOWN = "?"
"""Stands for a run of letters that cannot be printed nor written in other ones (Chinese …)."""
_PRINTED = """
20-7e a0-ac ae-2ff 370-377 37a-37f 384-38a 38c 38e-3a1 3a3-482 48a-4ff 510-513 51a-51d 531-556
559-58a 58d-58f 5be 5c0 5c3 5c6 5d0-5ea 5ef-5f4 606-60c 61b 61f 621-63a 640-64a 660-66d 674
679-67b 67e-680 683-684 686-687 691 698 6a4 6a9 6af 6be 6cc 6f0-6f9 10d0-10ff 1d00-1dbf
1e00-1f15 1f18-1f1d 1f20-1f45 1f48-1f4d 1f50-1f57 1f59 1f5b 1f5d 1f5f-1f7d 1f80-1fb4 1fb6-1fc4
1fc6-1fd3 1fd6-1fdb 1fdd-1fef 1ff2-1ff4 1ff6-1ffe 2000-200a 2010-2027 202f-205f 2070-2071
2074-208e 2090-209c 20a0-20c0 2100-2151 2153-2184 2189 2190-23ff 2422-2423 2460-262f 2638-268b
2690-269c 26a0-26a7 26aa-26b2 2701-2704 2706-2709 270c-2727 2729-274b 274d 274f-2752 2756
2758-275e 2761-277f 2794 2798-27af 27b1-2b73 2b76-2b95 2b97-2bff fb00-fb06
"""
"""Numbers (hexadecimal) of the characters that the fonts of the templates have: Figtree, then
those that typst brings, which `tests/test_printable.py` holds against the fonts themselves."""
_RANGES = [[chr(int(end, 16)) for end in span.split("-")] for span in _PRINTED.split()]
_LACKING = re.compile("[^\n" + "".join("-".join(map(re.escape, span)) for span in _RANGES) + "]")
_SIGNS = {
    "✅": "✓",
    "❌": "✗",
    "❎": "✗",
    "➕": "+",
    "➖": "−",
    "➗": "÷",
    "❓": "?",
    "❔": "?",
    "❕": "!",
    "❗": "!",
    "、": ",",
    "。": ".",
    "㎡": "m²",
    "㎥": "m³",
    "㎢": "km²",
}
"""Signs that say something and have a neighbour that is printed."""
_FLAG = 0x1F1E6
"""The letter A of flags, which are two letters of a country."""
_SOUNDED = re.compile(r"(?:HIRAGANA|KATAKANA) LETTER (?:SMALL )?(\w+)$|HANGUL SYLLABLE (\w+)$")
"""Names of characters that say how they sound."""
_DROPPED = "\ufffe"
"""Where a picture was, until the spaces around it are seen to."""

T = TypeVar("T")


def printable(value: T) -> T:
    """A text, or lists and dictionaries of texts, with what the fonts have.

    Accents are put together with their letters; a character that the fonts lack is written with
    others when it can be (« ㎡ » is « m² »); pictures and marks without a shape are left out; a run
    of letters of another script reads `UNKNOWN`.
    """
    if isinstance(value, str):
        return _text(value)  # type: ignore[return-value]
    if isinstance(value, dict):
        return {key: printable(item) for key, item in value.items()}  # type: ignore[return-value]
    if isinstance(value, list):
        return [printable(item) for item in value]  # type: ignore[return-value]
    return value


def _text(text: str) -> str:
    text = unicodedata.normalize("NFC", text.replace("\t", " "))
    if not _LACKING.search(text):
        return text
    runs = re.sub(f"{_LACKING.pattern}+", _run, text)
    return re.sub(f"(^| )(?:{_DROPPED} ?)+", r"\1", runs).replace(_DROPPED, "")


def _run(found: re.Match[str]) -> str:
    written = "".join(map(_written, found.group()))
    return re.sub("\0+", UNKNOWN, written)


@cache
def _written(char: str) -> str:
    """One character that the fonts lack, written with those they have."""
    if char in _SIGNS:
        return _SIGNS[char]
    if "🇦" <= char <= "🇿":
        return chr(ord(char) - _FLAG + ord("A"))
    plain = unicodedata.normalize("NFKD", char)
    letters = _LACKING.sub("", unicodedata.normalize("NFC", plain))
    if letters.strip() and plain != char:
        return letters
    sounded = _SOUNDED.search(unicodedata.name(char, ""))
    if sounded:
        return (sounded[1] or sounded[2]).lower()
    return {"L": "\0", "N": "\0", "S": _DROPPED, "Z": " "}.get(unicodedata.category(char)[0], "")


TEMPLATES = Path(__file__).parents[1] / "templates"


def render_sheet(matcher: Matcher, need: Need, suggestions: Sequence[Suggestion]) -> str:
    """Write `suggestions` for `need` as a self-contained HTML page in French.

    The same input gives the same text: it bears the date of the data, not today's.

    Raises
    ------
    NeedError
        When the need cannot be read.
    """
    from jinja2 import Environment, FileSystemLoader  # .1 s: only a sheet pays for it

    env = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    style = (TEMPLATES / "sheet.css").read_text("utf-8")
    answer = present(matcher, need, suggestions)
    page = env.get_template("sheet.html")
    return page.render(answer=answer, style=style) + "\n"


FONTS = Path(__file__).parents[1] / "fonts"
DEPARTEMENTS = "departements.geojson"
SHORT, WIDEST = 16, 90
"""Characters up to which a column of a table stays as it is, and past which it gets no wider."""
NOTHING = decimal(0.0, 1)
"""Points that are not worth a word."""


def render_pdf(
    matcher: Matcher, need: Need, suggestions: Sequence[Suggestion], outlines: Path
) -> bytes:
    """Write `suggestions` for `need` as a PDF in French.

    The same input gives the same bytes: it bears the date of the data, not today's. Its proof is
    attached: see `matcher.reports.answer.proof`.

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
                "largeurs": [_width(sheet, i) for i in range(len(sheet.headings))],
                "lignes": [[_cell(value) for value in row] for row in sheet.rows],
            }
            for sheet, note in tables
        ],
    }
    return _compile("tables.typ", printable(data))


def _width(sheet: Sheet, column: int) -> float:
    """Share of the page of a column of texts; 0 for one that is as wide as what it holds."""
    longest = max((len(_cell(row[column])) for row in sheet.rows), default=0)
    if column and (longest <= SHORT or _is_number(sheet, column)):
        return 0.0
    return round(math.sqrt(min(max(longest, SHORT), WIDEST)), 2)


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
        "titre": answer.title,
        "pistes": answer.trails.sentence if answer.trails else "",
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
        "stabilite": " ".join(filter(None, (card.lower, card.stability))),
        "site": facts.website,
        "joindre": facts.joined,
        "fraicheur": facts.freshness,
        "age": facts.aged,
        "sources": list(facts.sources),
    }
