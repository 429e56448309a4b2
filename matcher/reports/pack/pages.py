"""The HTML pages of a pack: one a commune, one a département; each holds everything it shows."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from ..answer.sheet import TEMPLATES
from .cohort import Pack
from .view import View, commune_view, sources_view

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
