"""The workbook of a pack: XLSX for a spreadsheet, the same bytes for the same data.

Rows are written one after the other and not kept (constant memory); texts are written as texts,
so that nothing that a user typed is ever a formula or a link.
"""

from __future__ import annotations

from datetime import datetime
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .cohort import Pack
from .records import Organisation, PackTable, ValueKind
from .tables import figures, tables

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

INK, RULE = "#7A2C14", "#E0D2BF"
"""Colours of the sheets: those of the printed match sheet."""
NUMBERS = {
    ValueKind.TEXT: "@",
    ValueKind.LONG: "@",
    ValueKind.WHOLE: "#,##0",
    ValueKind.SCORE: "0.0",
    ValueKind.KM: "#,##0.0",
    ValueKind.YEAR: "0",
}
"""Formats in the notation of the file; a French spreadsheet shows `1 234,5`."""
LINE = 15
"""Height of a line, points."""
MOST_LINES = 6
MOST_ROWS = 1_048_576
"""Rows of a sheet, its heading among them."""


class TooManyRows(ValueError):
    """A table does not fit in a sheet; the message is French."""


def write_workbook(pack: Pack, path: Path) -> None:
    """Write the workbook.

    Raises
    ------
    TooManyRows
        When a table has more rows than a sheet can hold.
    """
    from xlsxwriter import Workbook  # a tenth of a second: only a workbook pays for it

    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with Workbook(str(path), options) as book:
        book.set_properties(
            {
                "title": f"Maillage – {pack.name}",
                "comments": "; ".join(f"{s.data} : {s.origin}, {s.date}" for s in pack.sources),
                "created": datetime(pack.vintage, 1, 1),  # the date of the data, not of the day
            }
        )
        styles = _Styles(book)
        _summary(book.add_worksheet("Synthèse"), styles, pack)
        for table in tables(pack):
            _table(book.add_worksheet(table.title), styles, table)
        _sources(book.add_worksheet("Sources et licences"), styles, pack)


class _Styles:
    """Formats of the cells, made once a workbook."""

    def __init__(self, book: Workbook) -> None:
        top = {"valign": "top", "font_name": "Calibri"}
        texts = (ValueKind.TEXT, ValueKind.LONG)
        self.cells: dict[ValueKind, Format] = {
            kind: book.add_format(
                {
                    **top,
                    "num_format": number,
                    "text_wrap": kind is ValueKind.LONG,
                    # A text does not touch the number before it.
                    **({"align": "left", "indent": 1} if kind in texts else {}),
                }
            )
            for kind, number in NUMBERS.items()
        }
        heading = {"bold": True, "text_wrap": True, "valign": "vcenter", "font_name": "Calibri"}
        self.heading = book.add_format(
            {**heading, "bg_color": INK, "font_color": "#FFFFFF", "border": 1, "border_color": RULE}
        )
        self.title = book.add_format({"bold": True, "font_size": 18, "font_color": INK})
        self.part = book.add_format({**heading, "font_size": 13, "font_color": INK, "bottom": 2})
        self.about = book.add_format({**top, "italic": True, "text_wrap": True})
        self.said = book.add_format({**top, "italic": True, "font_color": "#66564B"})
        self.figure = book.add_format({**top, "num_format": "#,##0", "bold": True})


def _table(sheet: Worksheet, styles: _Styles, table: PackTable) -> None:
    """A heading that stays in sight, filters, and the rows."""
    for i, column in enumerate(table.columns):
        sheet.set_column(i, i, column.width, styles.cells[column.kind])
    sheet.set_row(0, 45)
    for i, column in enumerate(table.columns):
        sheet.write_string(0, i, column.heading, styles.heading)
    last = 0
    for last, row in enumerate(table.rows(), 1):
        if last >= MOST_ROWS:
            raise TooManyRows(
                f"« {table.title} » dépasse {MOST_ROWS} lignes : réduisez la cohorte."
            )
        lines = _lines(table, row)
        if lines > 1:
            sheet.set_row(last, LINE * lines)
        for i, (column, value) in enumerate(zip(table.columns, row, strict=True)):
            _write(sheet, last, i, value, styles.cells[column.kind])
    if not last:
        sheet.write_string(1, 0, table.empty, styles.said)
    sheet.freeze_panes(1, table.pinned)
    sheet.autofilter(0, 0, max(last, 1), len(table.columns) - 1)
    _print(sheet)
    sheet.repeat_rows(0)
    if table.printed:
        sheet.print_area(0, 0, last, table.printed - 1)


def _lines(table: PackTable, row: tuple[Any, ...]) -> int:
    """Lines that the longest wrapped text of a row takes, `MOST_LINES` at most.

    Said in the file: readers differ in what they do about the height of a row.
    """
    wrapped = (
        ceil(len(value) / column.width)
        for column, value in zip(table.columns, row, strict=True)
        if column.kind is ValueKind.LONG and value
    )
    return min(MOST_LINES, max(wrapped, default=1))


def _write(sheet: Worksheet, row: int, column: int, value: Any, style: Format) -> None:
    """A number as a number, anything else as a text: a code keeps its zeros."""
    if value is None or value == "":
        return
    if isinstance(value, int | float):
        sheet.write_number(row, column, value, style)
    else:
        sheet.write_string(row, column, str(value), style)


def _summary(sheet: Worksheet, styles: _Styles, pack: Pack) -> None:
    sheet.set_column(0, 0, 62)
    sheet.set_column(1, 1, 14)
    sheet.hide_gridlines(2)
    sheet.write_string(0, 0, f"Maillage – {pack.name}", styles.title)
    said = (
        f"Qui peut aider ces communes ({pack.years}). Un score ne se compare pas d’un besoin à "
        "l’autre. Non recensé : nous ne connaissons personne, il y a peut-être quelqu’un."
    )
    sheet.set_row(1, 4 * LINE)
    sheet.merge_range(1, 0, 1, 1, said, styles.about)
    row = _figures(sheet, styles, 3, "En chiffres", figures(pack))
    asked = [] if pack.panorama else [(theme.label, count) for theme, count in pack.themes()]
    row = _figures(sheet, styles, row, "Thèmes des besoins", asked)
    most = [(_flagged(pack.structures[x.structure]), x.communes) for x in pack.loads()[:10]]
    row = _figures(sheet, styles, row, "Structures les plus sollicitées (communes)", most)
    places = [(pack.departement(d), len(c)) for d, c in pack.by_departement.items()]
    row = _figures(sheet, styles, row, "Communes par département", places)
    _print(sheet)


def _flagged(one: Organisation) -> str:
    """A name with whether it is to verify and the year of its source."""
    return f"{one.name} ({'à vérifier, ' if one.to_verify else ''}{one.freshness})"


def _figures(
    sheet: Worksheet, styles: _Styles, row: int, title: str, rows: list[tuple[str, int]]
) -> int:
    """A small table under a title; the row where the next one begins."""
    if not rows:
        return row
    sheet.write_string(row, 0, title, styles.part)
    sheet.write_blank(row, 1, None, styles.part)
    for row, (name, value) in enumerate(rows, row + 1):  # noqa: B020 - goes on from the title
        sheet.write_string(row, 0, name, styles.cells[ValueKind.TEXT])
        sheet.write_number(row, 1, value, styles.figure)
    return row + 2


def _sources(sheet: Worksheet, styles: _Styles, pack: Pack) -> None:
    for i, (heading, width) in enumerate(
        (("Données", 34), ("Source", 70), ("Licence", 44), ("Date des données", 24))
    ):
        sheet.set_column(i, i, width, styles.cells[ValueKind.LONG])
        sheet.write_string(0, i, heading, styles.heading)
    for row, source in enumerate(pack.sources, 1):
        sheet.set_row(row, 2 * LINE)
        for i, text in enumerate((source.data, source.origin, source.licence, source.date)):
            sheet.write_string(row, i, text, styles.cells[ValueKind.LONG])
    last = len(pack.sources) + 1
    for row, (name, value) in enumerate(pack.settings.items(), last + 1):
        sheet.write_string(row, 0, name, styles.cells[ValueKind.LONG])
        sheet.write_string(row, 1, value, styles.cells[ValueKind.LONG])
    sheet.freeze_panes(1, 0)
    _print(sheet)


def _print(sheet: Worksheet) -> None:
    """Landscape A4, as wide as the page, numbered."""
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    sheet.set_footer("&L&8Maillage – &A&R&8Page &P sur &N")
