"""Documents: an introduction for Word or LibreOffice, by `docxtpl`.

First the letter as it is kept, then a sheet: the need in full, the facts and their sources. The
template, `web/templates/docx/introduction.docx`, is an ordinary document with Jinja tags in it:
it may be restyled by hand. Here is also what made it, `python -m web.casework.documents`.
"""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

from matcher import french

from .briefs import Brief
from .letters import Letter

TEMPLATE = Path(__file__).parents[1] / "templates" / "docx" / "introduction.docx"
MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
OLDEST = (1980, 1, 1, 0, 0, 0)
"""Date of each part of the archive, the oldest it may bear: the same input gives the same bytes."""


def document(letter: Letter, brief: Brief, *, to_commune: bool) -> bytes:
    """Make the document of one side.

    Parameters
    ----------
    letter : Letter
        As it is shown: the address filled in, or left out.
    to_commune : bool
        Whose document it is: the sheet tells each side about the other one.
    """
    from docxtpl import DocxTemplate  # .2 s: only a document pays for it

    template = DocxTemplate(TEMPLATE)
    template.render(
        {
            "subject": letter.subject,
            "paragraphs": [line for line in letter.body.split("\n") if line.strip()],
            "title": brief.structure if to_commune else brief.place.name,
            "facts": _structure_facts(brief) if to_commune else _commune_facts(brief),
            "need": brief.need,
            "evidence": [
                {
                    "said": one.said,
                    "source": " ; ".join(one.sources) or "source non renseignée",
                    "doubt": one.doubt,
                }
                for one in brief.evidence
            ],
            "doubts": list(brief.doubts),
            "missing_title": (
                "Ce que nous ne savons pas" if to_commune else "À demander à la commune"
            ),
            "missing": list(brief.missing if to_commune else brief.unsaid),
            "written": f"{brief.written_at:%d/%m/%Y}",
            "reference": brief.reference,
        },
        autoescape=True,
    )
    made = io.BytesIO()
    template.save(made)
    return _dated(made.getvalue())


def _structure_facts(brief: Brief) -> list[tuple[str, str]]:
    return [
        ("Type", brief.kind),
        ("Ce qu’elle fait", brief.description or "non renseigné"),
        ("Siège", brief.seat or "non renseigné"),
        ("Site", brief.website or "non renseigné"),
        ("Source de la fiche", brief.record),
    ]


def _commune_facts(brief: Brief) -> list[tuple[str, str]]:
    place = brief.place
    return [
        ("Département", place.departement),
        ("Habitants", place.population or "non renseigné"),
        ("Programme", place.programme or "aucun connu"),
        ("Thèmes déclarés", french.listed(brief.themes) if brief.themes else "aucun"),
        *(
            [("Thèmes lus dans le texte", french.listed(brief.guessed_themes))]
            if brief.guessed_themes
            else []
        ),
        ("Situation du projet", brief.stage or "non indiquée"),
        ("Source de votre fiche", brief.record),
    ]


def _dated(archive: bytes) -> bytes:
    """Give each part of the archive one date."""
    made = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(archive)) as before,
        zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as after,
    ):
        for name in before.namelist():
            after.writestr(zipfile.ZipInfo(name, OLDEST), before.read(name), zipfile.ZIP_DEFLATED)
    return made.getvalue()


def make_template() -> bytes:
    """Draw the template anew: plain styles, a table of facts, tags of docxtpl."""
    from docx import Document
    from docx.shared import Cm, Pt, RGBColor

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
    made.add_paragraph("Le besoin, dans les mots de la commune", style="Heading 2")
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
    return _dated(drawn.getvalue())


def _repeated(made: Any, loop: str, line: str, style: str | None = None) -> None:
    made.add_paragraph(f"{{%p for {loop} %}}")
    made.add_paragraph(line, style=style)
    made.add_paragraph("{%p endfor %}")


if __name__ == "__main__":
    TEMPLATE.write_bytes(make_template())
