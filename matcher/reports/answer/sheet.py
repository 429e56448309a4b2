"""The match sheet: one HTML file that holds everything, to print, to send and to keep."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from matcher.catalogue.model import Need
from matcher.ranking.explain import Suggestion

from .presentation import present

if TYPE_CHECKING:
    from matcher.ranking.matcher import Matcher

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
