"""A QGIS project (`.qgz`) beside a GeoPackage: its layers in order, French names, their styles."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

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
    """A layer of the project: its table, its French title, its geometry and its style (QML)."""

    name: str
    title: str
    geometry: str
    style: str


def project(title: str, package: str, layers: Sequence[Drawn]) -> bytes:
    """Write the project of a GeoPackage that stands beside it.

    Parameters
    ----------
    package : str
        File name of the GeoPackage.
    layers : sequence of Drawn
        From the lowest to the one on top.
    """
    top_first = list(reversed(layers))
    tree = "".join(
        f'<layer-tree-layer id="{one.name}" name={quoteattr(one.title)} checked="Qt::Checked" '
        f"source={quoteattr(_source(package, one))} "
        'providerKey="ogr" expanded="0"/>'
        for one in top_first
    )
    order = "".join(f'<layer id="{one.name}"/>' for one in top_first)
    maps = "".join(_maplayer(package, one) for one in layers)
    text = (
        "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"
        f'<qgis version="3.28.0" projectname={quoteattr(title)}>'
        f"<title>{escape(title)}</title><projectCrs>{_WGS84}</projectCrs>"
        f"<layer-tree-group>{tree}</layer-tree-group><layerorder>{order}</layerorder>"
        f"<projectlayers>{maps}</projectlayers>"
        '<properties><Paths><Absolute type="bool">false</Absolute></Paths></properties></qgis>\n'
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        name = zipfile.ZipInfo(f"{package.rsplit('.', 1)[0]}.qgs", _UNDATED)
        name.compress_type = zipfile.ZIP_DEFLATED
        archive.writestr(name, text)
    return out.getvalue()


def _source(package: str, one: Drawn) -> str:
    return f"./{package}|layername={one.name}"


def _maplayer(package: str, one: Drawn) -> str:
    drawn = re.sub(r"^<!DOCTYPE[^>]*><qgis[^>]*>|</qgis>$", "", one.style)
    labels = 'labelsEnabled="1"' if "<labeling" in drawn else 'labelsEnabled="0"'
    return (
        f'<maplayer type="vector" geometry="{SHAPES[one.geometry]}" {labels}>'
        f"<id>{one.name}</id><datasource>{escape(_source(package, one))}</datasource>"
        f"<layername>{escape(one.title)}</layername><srs>{_WGS84}</srs>"
        f'<provider encoding="UTF-8">ogr</provider>{drawn}</maplayer>'
    )
