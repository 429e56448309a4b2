"""The documents of a pack: PDF pages and their shell."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from matcher.reports.answer.printable import printable
from matcher.reports.answer.sheet import TEMPLATES

from .cohort import Pack
from .digest import digest_view
from .map import departement_map
from .view import View, commune_view, departement_view, sources_view

FONTS = Path(__file__).parents[1] / "fonts"


def departement_pdf(view: View) -> bytes:
    """A cover, a list of the communes, two pages a commune, the sources (see `document_view`)."""
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
    view = departement_view(pack, code)
    where = view["name"], ", ".join(commune["name"] for commune in view["communes"])
    return {
        **view,
        "map": departement_map(pack, code),
        "map_alt": "Carte : {} et les communes de la cohorte ({}).".format(*where),
        "pages": [digest_view(pack, commune["insee"]) for commune in view["communes"]],
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
        settings=[{"name": name, "value": value} for name, value in pack.settings.items()],
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
