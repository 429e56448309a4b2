"""How QGIS opens a GeoPackage: a style a layer, a project (`.qgz`) that puts the layers together.

Styles are in its own language (QML), kept in `layer_styles`; the project has French names.
"""

from __future__ import annotations

import io
import re
import sqlite3
import zipfile
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

VERSION = "3.22.0"
"""Of the QGIS whose files these are: it and the later ones read them without a word."""
INK, MIDDLE, SOFT = "122,44,20", "190,105,60", "224,178,120"
SEAT, DOUBT = "20,60,80", "150,150,150"
"""Colours of the pack, each of another lightness: they read in grey too."""

_FILL = (
    '<symbol type="fill" name={name} alpha="1"><layer class="SimpleFill" enabled="1"><Option '
    'type="Map"><Option type="QString" name="color" value="{colour},{alpha}"/><Option '
    'type="QString" name="outline_color" value="{line},255"/><Option type="QString" '
    'name="outline_width" value="{width}"/><Option type="QString" name="outline_width_unit" '
    'value="MM"/><Option type="QString" name="style" value="solid"/></Option></layer></symbol>'
)
_MARK = (
    '<symbol type="marker" name={name} alpha="1"><layer class="SimpleMarker" enabled="1"><Option '
    'type="Map"><Option type="QString" name="name" value="{shape}"/><Option type="QString" '
    'name="color" value="{colour},255"/><Option type="QString" name="outline_color" '
    'value="255,255,255,255"/><Option type="QString" name="size" value="{size}"/><Option '
    'type="QString" name="size_unit" value="MM"/></Option></layer></symbol>'
)
_LINE = (
    '<symbol type="line" name={name} alpha="0.5"><layer class="SimpleLine" enabled="1"><Option '
    'type="Map"><Option type="QString" name="line_color" value="{colour},255"/><Option '
    'type="QString" name="line_width" value="{width}"/><Option type="QString" '
    'name="line_width_unit" value="MM"/></Option></layer></symbol>'
)


def fill(name: str, colour: str, alpha: int, width: float, line: str = INK) -> str:
    """A symbol of areas; `alpha` from 0, `width` of the border in millimetres."""
    return _FILL.format(name=quoteattr(name), colour=colour, alpha=alpha, width=width, line=line)


def mark(name: str, colour: str, size: float, shape: str = "circle") -> str:
    """A symbol of points, `size` in millimetres."""
    return _MARK.format(name=quoteattr(name), colour=colour, size=size, shape=shape)


def line(name: str, colour: str, width: float) -> str:
    """A symbol of lines, `width` in millimetres."""
    return _LINE.format(name=quoteattr(name), colour=colour, width=width)


def single(symbol: str, label: str = "") -> str:
    """A style of one symbol; `label` is the expression that names the features."""
    return _qml(
        f'<renderer-v2 type="singleSymbol"><symbols>{symbol}</symbols></renderer-v2>', label
    )


def classed(
    field: str, classes: Sequence[tuple[float, float, str]], symbols: Sequence[str], label: str = ""
) -> str:
    """A style by the class of a number: from, to and the French name of each class.

    A number on the border of two classes is of the first.
    """
    ranges = "".join(
        f'<range render="true" lower="{low}" upper="{high}" symbol="{i}" label={quoteattr(name)}/>'
        for i, (low, high, name) in enumerate(classes)
    )
    return _qml(
        f'<renderer-v2 type="graduatedSymbol" attr={quoteattr(field)}><ranges>{ranges}</ranges>'
        f"<symbols>{''.join(symbols)}</symbols></renderer-v2>",
        label,
    )


def ruled(rules: Sequence[tuple[str, str]], symbols: Sequence[str]) -> str:
    """A style by rules: the expression and the French name of each."""
    each = "".join(
        f'<rule filter={quoteattr(test)} symbol="{i}" key="{{{i}}}" label={quoteattr(name)}/>'
        for i, (test, name) in enumerate(rules)
    )
    return _qml(
        f'<renderer-v2 type="RuleRenderer"><rules key="{{rules}}">{each}</rules>'
        f"<symbols>{''.join(symbols)}</symbols></renderer-v2>",
        "",
    )


def _qml(renderer: str, label: str) -> str:
    named = (
        '<labeling type="simple"><settings><text-style isExpression="1" '
        f'fieldName={quoteattr(label)} fontSize="9" textColor="42,33,28,255"><text-buffer '
        'bufferDraw="1" bufferSize="0.8" bufferSizeUnits="MM" bufferColor="255,255,255,255"/>'
        '</text-style><placement placement="0" dist="1.5" distUnits="MM"/>'
        '<rendering obstacle="0"/></settings></labeling>'  # a point hides no name
        if label
        else ""
    )
    return (
        "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>"
        f'<qgis version="{VERSION}" labelsEnabled="{int(bool(label))}" '
        f'styleCategories="Symbology|Labeling">{renderer}{named}</qgis>'
    )


def write_styles(path: Path, styles: Mapping[str, str], day: str, about: str) -> None:
    """Write the style of each layer in the table where QGIS looks for it.

    Parameters
    ----------
    styles : mapping of str to str
        QML by the name of the layer.
    day : str
        Date and time that the table asks for: that of the data.
    about : str
        The sources of the data, for the list of contents.
    """
    with closing(sqlite3.connect(path)) as base, base:
        base.execute(
            "CREATE TABLE layer_styles (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,"
            " f_table_catalog TEXT, f_table_schema TEXT, f_table_name TEXT,"
            " f_geometry_column TEXT, styleName TEXT, styleQML TEXT, styleSLD TEXT,"
            " useAsDefault BOOLEAN, description TEXT, owner TEXT, ui TEXT, update_time DATETIME)"
        )
        geometry = dict(
            base.execute("SELECT table_name, column_name FROM gpkg_geometry_columns").fetchall()
        )
        base.executemany(
            "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name,"
            " f_geometry_column, styleName, styleQML, styleSLD, useAsDefault, description, owner,"
            " update_time) VALUES ('', '', ?, ?, 'maillage', ?, '', 1, 'Maillage', '', ?)",
            [(layer, geometry[layer], qml, day) for layer, qml in styles.items()],
        )
        base.execute(
            "INSERT INTO gpkg_contents (table_name, data_type, identifier, description,"
            " last_change) VALUES ('layer_styles', 'attributes', 'layer_styles', ?, ?)",
            (about, day),
        )


_UNDATED = (1980, 1, 1, 0, 0, 0)
"""The first day that an archive can write: the same layers give the same bytes."""
_WGS84 = (
    "<spatialrefsys><authid>EPSG:4326</authid><srid>4326</srid>"
    "<description>WGS 84</description><geographicflag>true</geographicflag></spatialrefsys>"
)
SHAPES = {"Point": "Point", "LineString": "Line", "MultiPolygon": "Polygon"}
"""What QGIS calls a geometry."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A layer of the project: its table, its French title, its geometry and its style (QML).

    Parameters
    ----------
    shown : bool
        Whether it is drawn when the project opens; else a reader ticks it.
    """

    name: str
    title: str
    geometry: str
    style: str
    shown: bool = True


Extent = tuple[float, float, float, float]
"""West, south, east and north, degrees."""


def project(title: str, package: str, layers: Sequence[Drawn], extent: Extent) -> bytes:
    """Write the project of a GeoPackage that stands beside it.

    Parameters
    ----------
    package : str
        File name of the GeoPackage.
    layers : sequence of Drawn
        From the lowest to the one on top.
    extent : tuple of float
        What is seen first.
    """
    top_first = list(reversed(layers))
    tree = "".join(
        f'<layer-tree-layer id="{_id(one)}" name={quoteattr(one.title)} '
        f'checked="Qt::{"Checked" if one.shown else "Unchecked"}" '
        f"source={quoteattr(_source(package, one))} "
        'providerKey="ogr" expanded="0"/>'
        for one in top_first
    )
    order = "".join(f'<layer id="{_id(one)}"/>' for one in top_first)
    sides = dict(zip(("xmin", "ymin", "xmax", "ymax"), extent, strict=True))
    seen = "".join(f"<{side}>{at}</{side}>" for side, at in sides.items())
    first = " ".join(f'{side}="{at}"' for side, at in sides.items())
    maps = "".join(_maplayer(package, one) for one in layers)
    text = (
        "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"
        f'<qgis version="{VERSION}" projectname={quoteattr(title)}>'
        f"<title>{escape(title)}</title><projectCrs>{_WGS84}</projectCrs>"
        f"<layer-tree-group>{tree}</layer-tree-group><layerorder>{order}</layerorder>"
        f'<mapcanvas name="theMapCanvas"><units>degrees</units><extent>{seen}</extent>'
        f"<destinationsrs>{_WGS84}</destinationsrs></mapcanvas>"
        f"<ProjectViewSettings><DefaultViewExtent {first}>{_WGS84}</DefaultViewExtent>"
        "</ProjectViewSettings>"
        f"<projectlayers>{maps}</projectlayers>"
        '<properties><Paths><Absolute type="bool">false</Absolute></Paths></properties></qgis>\n'
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        name = zipfile.ZipInfo(f"{package.rsplit('.', 1)[0]}.qgs", _UNDATED)
        name.compress_type = zipfile.ZIP_DEFLATED
        archive.writestr(name, text)
    return out.getvalue()


def _id(one: Drawn) -> str:
    """Its key in the project: QGIS takes one of more than ten characters, else it draws another."""
    return f"maillage_{one.name}"


def _source(package: str, one: Drawn) -> str:
    return f"./{package}|layername={one.name}"


def _maplayer(package: str, one: Drawn) -> str:
    drawn = re.sub(r"^<!DOCTYPE[^>]*><qgis[^>]*>|</qgis>$", "", one.style)
    labels = 'labelsEnabled="1"' if "<labeling" in drawn else 'labelsEnabled="0"'
    return (
        f'<maplayer type="vector" geometry="{SHAPES[one.geometry]}" {labels}>'
        f"<id>{_id(one)}</id><datasource>{escape(_source(package, one))}</datasource>"
        f"<layername>{escape(one.title)}</layername><srs>{_WGS84}</srs>"
        f'<provider encoding="UTF-8">ogr</provider>{drawn}</maplayer>'
    )
