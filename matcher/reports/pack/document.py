"""The PDF of a département: tagged (PDF/UA-1), in French, the same bytes for the same data."""

from __future__ import annotations

import json
from pathlib import Path

from ..answer.printable import printable
from ..answer.sheet import TEMPLATES
from .cohort import Pack
from .digest import digest_view
from .map import departement_map
from .view import View, departement_view

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
