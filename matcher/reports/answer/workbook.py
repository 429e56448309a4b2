"""An answer, or any tables, as a workbook: XLSX, texts as texts, numbers as numbers."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from matcher.catalogue.french import percent, typographic
from matcher.catalogue.model import Need
from matcher.ranking.explain import Suggestion
from matcher.ranking.policy import WEIGHT_CHANGE

from .presentation import Answer, present
from .records import beside, travel_minutes

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.worksheet import Worksheet

    from matcher.ranking.matcher import Matcher

INK, RULE = "#7A2C14", "#E0D2BF"
"""Colours of the headings: those of the printed sheet."""
LONGEST_CELL = 32_767
"""Characters that a cell holds."""


@dataclass(frozen=True)
class SheetColumn:
    """A column: its heading, its width in characters, and the format of its numbers."""

    heading: str
    width: float
    number: str = "@"


SUGGESTIONS = (
    SheetColumn("Rang", 7, "0"),
    SheetColumn("Score sur 100", 9, "0.0"),
    SheetColumn("Rang le meilleur", 10, "0"),
    SheetColumn("Rang le moins bon", 10, "0"),
    SheetColumn("Structure", 38),
    SheetColumn("Type", 26),
    SheetColumn("Intervient", 24),
    SheetColumn("Distance du siège (km)", 12, "#,##0.0"),
    SheetColumn("Trajet estimé (min)", 10, "0"),
    SheetColumn("Pourquoi", 70),
    SheetColumn("À savoir", 40),
    SheetColumn("Site", 34),
    SheetColumn("Comment la joindre", 50),
    SheetColumn("À vérifier", 30),
    SheetColumn("Année de la source", 10, "0"),
    SheetColumn("Source", 40),
    SheetColumn("Identifiant", 24),
    SheetColumn("Commune du siège (code Insee)", 14),
)
CONTRIBUTIONS = (
    SheetColumn("Rang", 7, "0"),
    SheetColumn("Structure", 38),
    SheetColumn("Critère", 26),
    SheetColumn("Points sur 100", 10, "0.0"),
    SheetColumn("Score du critère", 10, "0.00"),
    SheetColumn("Poids", 8, "0.00"),
    SheetColumn("Explication", 90),
    SheetColumn("Identifiant", 24),
)
SOURCES = (SheetColumn("", 28), SheetColumn("", 110))


def render_workbook(matcher: Matcher, need: Need, suggestions: Sequence[Suggestion]) -> bytes:
    """Write `suggestions` for `need` as a workbook in French.

    The same input gives the same bytes: it bears the date of the data, not today's.

    Raises
    ------
    NeedError
        When the need cannot be read.
    """
    from xlsxwriter import Workbook  # .1 s: only a workbook pays for it

    answer = present(matcher, need, suggestions)
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with Workbook(out, options) as book:
        vintage = matcher.profiles.newest_source
        book.set_properties(
            {"title": f"Qui peut aider {answer.place.name}", "created": datetime(vintage, 1, 1)}
        )
        write_table(book, "Suggestions", SUGGESTIONS, _suggestions(answer), pinned=5)
        write_table(book, "Contributions", CONTRIBUTIONS, _contributions(answer), pinned=2)
        _sources(book, answer)
    return out.getvalue()


def _suggestions(answer: Answer) -> Iterable[Sequence[Any]]:
    for card in answer.cards:
        suggestion, structure = card.suggestion, card.suggestion.structure
        low, high = suggestion.rank_interval or (None, None)
        km = suggestion.distance_km
        yield (
            suggestion.rank,
            card.score,
            low,
            high,
            card.facts.name,
            card.facts.kind,
            card.reach,
            km,
            None if km is None else travel_minutes(km),
            card.summary,
            typographic(beside(suggestion, answer.trails)),
            card.facts.website,
            card.facts.joined,
            card.facts.warning,
            structure.source_year,
            " ; ".join(card.facts.sources),
            structure.id,
            structure.seat,
        )


def _contributions(answer: Answer) -> Iterable[Sequence[Any]]:
    for card in answer.cards:
        parts = {part.criterion: part for part in card.parts}
        for c in card.suggestion.contributions:
            part = parts.get(c.criterion)
            yield (
                card.suggestion.rank,
                card.facts.name,
                c.label,
                part.points if part else None,
                c.score,
                c.weight,
                part.sentence if part else "Ne s’applique pas ici.",
                card.suggestion.structure.id,
            )


def _sources(book: Workbook, answer: Answer) -> None:
    """What was asked, what it rests on, and how to read it."""
    commune, places = answer.commune, answer.place.communes
    rows = [
        ("Commune", commune.name)
        if len(places) == 1
        else ("Communes", f"{answer.place.name} : {', '.join(c.name for c in places)}"),
        ("Code Insee", ", ".join(c.insee for c in places)),
        ("Territoires", ", ".join(answer.areas)),
        ("Programme", answer.label),
        ("Besoin", answer.need.text),
        ("Thèmes", ", ".join(theme.label for theme in answer.themes)),
        ("Statut du besoin", f"{answer.status.label}. {answer.aside}".rstrip(". ") + "."),
        *([(answer.trails.title, answer.trails.sentence)] if answer.trails else []),
        ("Situation du projet", answer.stage),
        ("Données", answer.credits),
        (
            "Licence",
            "Communes : Licence Ouverte 2.0. Fiches des structures : licence de chaque page citée.",
        ),
        ("Points", "Sur 100. Ils comparent les structures pour ce besoin-ci, sans les noter."),
        ("Trajets", "Estimations faites à partir de la distance à vol d’oiseau."),
        (
            "Rang le meilleur, le moins bon",
            f"Quand le poids d’un critère varie de {percent(WEIGHT_CHANGE)}.",
        ),
    ]
    sheet = book.add_worksheet("Sources et licence")
    bold = book.add_format({"bold": True, "valign": "top", "font_color": INK})
    wrapped = book.add_format({"text_wrap": True, "valign": "top", "num_format": "@"})
    for i, column in enumerate(SOURCES):
        sheet.set_column(i, i, column.width)
    for row, (name, value) in enumerate(rows):
        sheet.write_string(row, 0, name, bold)
        sheet.write_string(row, 1, value[:LONGEST_CELL], wrapped)
    _print(sheet)


def write_table(
    book: Workbook,
    title: str,
    columns: Sequence[SheetColumn],
    rows: Iterable[Sequence[Any]],
    pinned: int,
) -> None:
    """A heading that stays in sight, filters, and the rows."""
    sheet = book.add_worksheet(title)
    heading = book.add_format(
        {
            **{"bold": True, "text_wrap": True, "valign": "vcenter"},
            **{"bg_color": INK, "font_color": "#FFFFFF", "border": 1, "border_color": RULE},
        }
    )
    sheet.set_row(0, 48)
    styles = []
    for i, column in enumerate(columns):
        style = {"num_format": column.number, "valign": "top", "text_wrap": column.number == "@"}
        styles.append(book.add_format(style))
        sheet.set_column(i, i, column.width)
        sheet.write_string(0, i, column.heading, heading)
    last = 0
    for last, row in enumerate(rows, 1):
        for i, (value, style) in enumerate(zip(row, styles, strict=True)):
            if isinstance(value, int | float):
                sheet.write_number(last, i, value, style)
            elif value:
                sheet.write_string(last, i, str(value)[:LONGEST_CELL], style)
    sheet.freeze_panes(1, pinned)
    sheet.autofilter(0, 0, max(last, 1), len(columns) - 1)
    sheet.repeat_rows(0)
    _print(sheet)


def _print(sheet: Worksheet) -> None:
    """Landscape A4, as wide as the page, numbered."""
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.set_footer("&L&8Maillage – &A&R&8Page &P sur &N")


WIDEST = 60
"""Characters of the widest column: longer texts go on the next line."""
TITLE_MAX = 31
"""Characters of the name of a sheet, and those that it may not have."""
FORBIDDEN = str.maketrans(dict.fromkeys("[]:*?/\\", "-"))


@dataclass(frozen=True)
class Sheet:
    """A table with its name and its headings; None is a blank cell.

    Parameters
    ----------
    rows : sequence of sequences
        Texts, whole numbers, or floats, written with one decimal; as long as `headings`.
    """

    title: str
    headings: Sequence[str]
    rows: Sequence[Sequence[Any]]


def render_sheets(title: str, sheets: Sequence[Sheet], made: datetime) -> bytes:
    """Write tables as a workbook in French, dated `made`: the same input gives the same bytes."""
    from xlsxwriter import Workbook  # .1 s: only a workbook pays for it

    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with Workbook(out, options) as book:
        book.set_properties({"title": title, "created": made.replace(tzinfo=None)})
        for sheet in sheets:
            name = sheet.title.translate(FORBIDDEN)[:TITLE_MAX]
            write_table(book, name, _columns(sheet), sheet.rows, pinned=1)
    return out.getvalue()


def _columns(sheet: Sheet) -> list[SheetColumn]:
    """Columns as wide as what they hold, their numbers as most of them are."""
    found = []
    for i, heading in enumerate(sheet.headings):
        values = [row[i] for row in sheet.rows if row[i] is not None]
        longest = max((len(str(value)) for value in values), default=0)
        width = min(WIDEST, max(longest, min(len(heading), 16)) + 3)
        if values and all(isinstance(value, int) for value in values):
            found.append(SheetColumn(heading, width, "#,##0"))
        elif values and all(isinstance(value, int | float) for value in values):
            found.append(SheetColumn(heading, width, "0.0"))
        else:
            found.append(SheetColumn(heading, width))
    return found
