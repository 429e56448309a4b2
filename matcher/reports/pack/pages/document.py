"""The documents of a pack: PDF pages and their shell, the map of a département as SVG."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from functools import cache
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from matcher.catalogue.french import counted
from matcher.catalogue.model import Commune
from matcher.reports.answer.sheet import TEMPLATES, printable
from matcher.territory.nest import PVD

from ..choropleth import Frame
from ..cohort import Pack
from .digest import epci_views, sheet_view, shown_sheets
from .note import note_view
from .view import View, commune_view, settings_view, sources_view

if TYPE_CHECKING:
    from jinja2 import Template


WIDTH, HEIGHT = 620, 500
"""Largest size of the map, pixels."""
MARGIN = 22
LEGEND = 66
"""Height of the legend, pixels."""
LABELS = 18
"""Names written at most; the pages of the EPCI have them all."""
TOWN = 5_000
"""Inhabitants from which a commune is named like a Petite ville de demain."""
SIZE = 14
"""Height of a name, pixels."""
FONT = "Figtree, 'Liberation Sans', Arial, sans-serif"
COMMUNE, SEAT = "#9c3a1d", "#1d5f7a"

Box = tuple[float, float, float, float]


def departement_map(pack: Pack, code: str) -> str:
    """Draw the map; without a contour, the communes alone frame it.

    Names are those of the most populous communes and of the Petites villes de demain, where there
    is room. The map says nothing that the pages of the EPCI do not say.
    """
    communes = pack.by_departement[code]
    outline = pack.outlines.get(code)
    rings = outline.rings if outline else ()
    points = [point for ring in rings for point in ring]
    points += [(c.lon + d, c.lat + d) for c in communes for d in (-0.02, 0.02)]
    frame = Frame(points, MARGIN, MARGIN, WIDTH, HEIGHT)
    width = max(frame.width, 460) + 2 * MARGIN
    height = frame.height + 2 * MARGIN + LEGEND
    seats = list(_seats(pack, communes))
    name = pack.departement(code)
    title = f"{name} : {counted(len(communes), 'commune', 'communes')}"
    parts = [f'<path d="{frame.path(rings)}" fill="#f7efe4" stroke="#b59e86"/>'] if rings else []
    parts += [_dot(frame.place(c.lon, c.lat), c.name) for c in communes]
    parts += [_seat(frame.place(c.lon, c.lat), f"{c.name} : {n}") for c, n in seats]
    parts += list(_names(communes, frame, width))
    parts += list(_legend(MARGIN + frame.height + 26, bool(seats)))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" '
        f'width="{width:.0f}" height="{height:.0f}" lang="fr" role="img" '
        f'aria-labelledby="carte-{code}" font-family="{FONT}">\n'
        f'<title id="carte-{code}">{escape(title)}</title>\n'
        f'<rect width="{width:.0f}" height="{height:.0f}" fill="#ffffff"/>\n'
        + "\n".join(parts)
        + "\n</svg>\n"
    )


def _seats(pack: Pack, communes: Iterable[Commune]) -> Iterator[tuple[Commune, str]]:
    """Communes of the département where suggested structures have their seat, with how many."""
    communes = list(communes)
    counts: dict[str, int] = {}
    for load in pack.loads([c.insee for c in communes]):
        seat = pack.structures[load.structure].seat
        if seat is not None and seat in pack.territory.communes:
            counts[seat] = counts.get(seat, 0) + 1
    for insee, count in sorted(counts.items()):
        seat_commune = pack.territory.communes[insee]
        if seat_commune.departement == communes[0].departement:
            yield seat_commune, counted(count, "structure", "structures")


def _names(communes: Iterable[Commune], frame: Frame, width: float) -> Iterator[str]:
    """Names of the towns that people know, none on another nor on the point of a named one."""
    known = sorted(
        communes,
        key=lambda c: (
            PVD not in c.labels and (c.population or 0) < TOWN,
            -(c.population or 0),
            c.insee,
        ),
    )
    known = sorted(known[:LABELS], key=lambda c: (-(c.population or 0), c.insee))
    taken: list[Box] = []
    for commune in known:
        x, y = frame.place(commune.lon, commune.lat)
        long = 0.54 * SIZE * len(commune.name)
        for left, anchor, at in ((x + 9, "start", x + 9), (x - 9 - long, "end", x - 9)):
            box = (left, y - SIZE / 2, left + long, y + SIZE / 2)
            if left >= 2 and box[2] <= width - 2 and not any(_touch(box, o) for o in taken):
                taken += [box, (x - 5, y - 5, x + 5, y + 5)]
                yield (
                    f'<text x="{at:.1f}" y="{y + SIZE / 3:.1f}" text-anchor="{anchor}" '
                    f'font-size="{SIZE}" fill="#2a211c" stroke="#ffffff" stroke-width="3.5" '
                    f'stroke-linejoin="round" paint-order="stroke">{escape(commune.name)}</text>'
                )
                break


def _touch(a: Box, b: Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _dot(at: tuple[float, float], said: str) -> str:
    return (
        f'<circle cx="{at[0]:.1f}" cy="{at[1]:.1f}" r="4" fill="{COMMUNE}" stroke="#ffffff">'
        f"<title>{escape(said)}</title></circle>"
    )


def _seat(at: tuple[float, float], said: str) -> str:
    """A diamond: another shape, not another colour alone."""
    x, y = at
    return (
        f'<path transform="translate({x:.1f} {y:.1f})" d="M0,-9L9,0L0,9L-9,0Z" '
        f'fill="{SEAT}" stroke="#ffffff"><title>{escape(said)}</title></path>'
    )


def _legend(y: float, seats: bool) -> Iterator[str]:
    rows = [(_dot, "commune étudiée")]
    if seats:
        rows.append((_seat, "commune où une structure suggérée a son siège"))
    for i, (draw, words) in enumerate(rows):
        at = y + 24 * i
        yield draw((MARGIN + 10, at), words)
        yield (
            f'<text x="{MARGIN + 26}" y="{at + SIZE / 3:.1f}" font-size="{SIZE}" '
            f'fill="#2a211c">{escape(words)}</text>'
        )


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
        "map_alt": "Carte : {} et les communes étudiées, dont {}.".format(*where),
        "epcis": epci_views(pack, code),
        "sheets": [sheet_view(pack, insee) for insee in shown],
        "unshown": counted(len(asked) - len(shown), "autre commune a", "autres communes ont")
        if len(asked) > len(shown)
        else "",
    }


def commune_page(pack: Pack, insee: str) -> str:
    """The sheet of a commune: all its needs, each with all its suggestions."""
    view = commune_view(pack, insee)
    return _template("pack_commune.html").render(
        commune=view,
        departement=pack.departement(view["departement"]),
        sources=sources_view(pack, pack.years_in([insee])),
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
