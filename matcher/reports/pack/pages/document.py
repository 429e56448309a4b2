"""The documents of a pack: PDF pages and their shell."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from matcher.catalogue.french import counted
from matcher.reports.answer.printable import printable
from matcher.reports.answer.sheet import TEMPLATES

from ..cohort import Pack
from ..map import departement_map
from .digest import epci_views, sheet_view, shown_sheets
from .note import note_view
from .view import View, commune_view, settings_view, sources_view

NAMED = 8
"""Communes named in the description of the map."""
FONTS = Path(__file__).parents[2] / "fonts"


def departement_pdf(view: View) -> bytes:
    """A note, a page an EPCI, a page some communes, the annex (see `document_view`)."""
    import typst  # a compiler: only a PDF pays for it

    found = typst.compile(
        str(TEMPLATES / "pack.typ"),
        font_paths=[str(FONTS)],
        ignore_system_fonts=True,  # the same page on every machine
        sys_inputs={"data": json.dumps(printable(view), ensure_ascii=False)},
        pdf_standards="ua-1",
        timestamp=0,
    )
    assert isinstance(found, bytes), "one output, no page template: bytes"
    return found


def document_view(pack: Pack, code: str) -> View:
    """All that the document of a département says."""
    view = note_view(pack, code)
    names = sorted(pack.by_departement[code], key=lambda c: (-(c.population or 0), c.insee))
    where = view["name"], ", ".join(commune.name for commune in names[:NAMED])
    shown = shown_sheets(pack, code)
    asked = [c.insee for c in pack.by_departement[code] if c.insee in set(pack.sheets)]
    return {
        **view,
        "map": departement_map(pack, code),
        "map_alt": "Carte : {} et les communes de la cohorte, dont {}.".format(*where),
        "epcis": epci_views(pack, code),
        "sheets": [sheet_view(pack, insee) for insee in shown],
        "unshown": counted(len(asked) - len(shown), "autre commune a", "autres communes ont")
        if len(asked) > len(shown)
        else "",
    }


if TYPE_CHECKING:
    from jinja2 import Template


def commune_page(pack: Pack, insee: str) -> str:
    """The sheet of a commune: all its needs, each with all its suggestions."""
    view = commune_view(pack, insee)
    return _template("pack_commune.html").render(
        commune=view,
        departement=pack.departement(view["departement"]),
        sources=sources_view(pack),
        settings=settings_view(pack),
        style=_style(),
    )


def departement_page(view: View) -> str:
    """The page of a département, from `pack_document.document_view`: what its PDF says."""
    return _template("pack_departement.html").render(d=view, style=_style())


@cache
def _template(name: str) -> Template:
    from jinja2 import Environment, FileSystemLoader  # .1 s: only pages pay for it

    env = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    return env.get_template(name)


@cache
def _style() -> str:
    return "".join((TEMPLATES / name).read_text("utf-8") for name in ("sheet.css", "pack.css"))
