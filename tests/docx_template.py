"""Draws the template of the documents of an introduction: `python tests/docx_template.py`.

Here and not in the product, which only fills it in.
"""

from __future__ import annotations

import io
from typing import Any

from docx import Document
from docx.shared import Cm, Pt, RGBColor

from web.casework.letters.filled import TEMPLATE, dated


def make_template() -> bytes:
    """Draw the template anew: plain styles, a table of facts, tags of docxtpl."""
    made: Any = Document()
    made.core_properties.title = "Mise en relation"
    made.core_properties.author = "Maillage"
    made.core_properties.language = "fr-FR"
    section = made.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2.3)
    section.top_margin = section.bottom_margin = Cm(2)
    ink = RGBColor(0x9C, 0x3A, 0x1D)
    for name, size in (("Normal", 11), ("Title", 18), ("Heading 1", 15), ("Heading 2", 12)):
        style = made.styles[name]
        style.font.name, style.font.size = "Calibri", Pt(size)
        if name != "Normal":
            style.font.color.rgb = ink
    made.styles["Normal"].paragraph_format.space_after = Pt(6)
    made.add_paragraph("{{ subject }}", style="Title")
    _repeated(made, "paragraph in paragraphs", "{{ paragraph }}")
    heading = made.add_paragraph("{{ title }}", style="Heading 1")
    heading.paragraph_format.page_break_before = True
    made.add_paragraph("Fiche établie le {{ written }}, dossier {{ reference }}.")
    table = made.add_table(rows=3, cols=2, style="Table Grid")
    table.cell(0, 0).text = "{%tr for label, value in facts %}"
    table.cell(1, 0).text, table.cell(1, 1).text = "{{ label }}", "{{ value }}"
    table.cell(2, 0).text = "{%tr endfor %}"
    for row in table.rows:
        row.cells[0].width, row.cells[1].width = Cm(4.5), Cm(11.9)
    made.add_paragraph("{{ need_title }}", style="Heading 2")
    made.add_paragraph("{{ need }}")
    for title, loop, line in (
        (
            "Projets cités et leurs sources",
            "one in evidence",
            "{{ one.said }} : {{ one.source }}{% if one.doubt %} (à vérifier : {{ one.doubt }})"
            "{% endif %}",
        ),
        ("À vérifier", "doubt in doubts", "{{ doubt }}"),
        ("{{ missing_title }}", "item in missing", "{{ item }}"),
    ):
        made.add_paragraph(f"{{%p if {loop.rpartition(' ')[2]} %}}")
        made.add_paragraph(title, style="Heading 2")
        _repeated(made, loop, line, "List Bullet")
        made.add_paragraph("{%p endif %}")
    drawn = io.BytesIO()
    made.save(drawn)
    return dated(drawn.getvalue())


def _repeated(made: Any, loop: str, line: str, style: str | None = None) -> None:
    made.add_paragraph(f"{{%p for {loop} %}}")
    made.add_paragraph(line, style=style)
    made.add_paragraph("{%p endfor %}")


if __name__ == "__main__":
    TEMPLATE.write_bytes(make_template())
