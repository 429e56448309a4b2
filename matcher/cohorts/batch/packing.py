"""From the folder of a batch to the pack that is handed over: files for people, written whole."""

from __future__ import annotations

import csv
import json
import os
import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from matcher.catalogue import files
from matcher.catalogue.faults import DataError, Fault
from matcher.catalogue.files import Written
from matcher.cohorts.batch.known import data_sources, read_organisation, read_reply
from matcher.ranking.matcher import Matcher
from matcher.reports.pack import layers as pack_layers
from matcher.reports.pack import workbook as pack_workbook
from matcher.reports.pack.choropleth import read_outlines
from matcher.reports.pack.cohort import Pack
from matcher.reports.pack.pages import document as pack_document
from matcher.reports.pack.pages.overview import overview_view
from matcher.reports.pack.records import RunChange
from matcher.tables.cells import FORMULA
from matcher.upkeep.directory.doors import Doors
from matcher.upkeep.directory.matrix import Matrix, doors_line

from .assembly import REFUSED
from .known import Nearness, door_line, gaps_of, survey_of, unsure_of
from .manifest import LARGEST, UNREADABLE, Manifest, Versions, read_results, read_structures
from .run import CHANGES
from .workers import TRIES, Killed, WorkersLost, spread

FORMATS = ("xlsx", "geojson", "gpkg", "html", "pdf")
AT_ONCE = 200
"""Communes whose documents are laid out by this process."""
DOCUMENTS = 8
"""Documents that a process lays out before it ends."""
NAME = "paquet.json"
"""List of the files of a pack with their digests; written last."""
OURS = re.compile(r"(communes/)?[\w-]+\.(xlsx|gpkg|qgz|geojson|html|pdf)")
"""Names that the files of a pack have."""


def read_pack(results: Path, folder: Path | None = None, name: str = "") -> Pack:
    """Gather all that a pack says, from a batch that ended.

    Parameters
    ----------
    results : Path
        Folder of the batch.
    folder : Path or None
        Data folder, None for the embedded data: those of the batch.
    name : str
        Of the cohort, in French; by default what the batch was asked.

    Raises
    ------
    DataError
        When the folder has no results, damaged ones, or those of other data.
    """
    root = folder or Matcher.embedded()
    manifest = Manifest.read(results)
    manifest.check(results)
    versions = Versions.of(root)
    if (versions.catalogue, versions.reference) != (
        manifest.versions.catalogue,
        manifest.versions.reference,
    ):
        rule = (
            "les données ont changé depuis ce traitement : relancez-le avant d’en faire un paquet"
        )
        raise DataError([Fault(str(results), None, None, None, rule)])
    matcher = Matcher.open(folder)
    territory = matcher.territory
    doors = Matrix(matcher.structures.values(), territory, Doors.open(root))
    needs = [found.need for found in read_results(results)]
    communes = {need.commune for need in needs}
    others = {insee for need in needs for insee in need.places} - communes
    structures = list(matcher.structures.values())
    seen = survey_of(matcher, structures, communes)
    everywhere = survey_of(matcher, structures, communes | others) if others else seen
    near = Nearness(structures, everywhere)
    replies = tuple(
        read_reply(one.id, one.need, matcher.question(one.need), one.suggestions, near, one.trail)
        for one in read_results(results)
    )
    outlines = read_outlines(root / "reference" / "outlines" / "departements.geojson")
    asked = (
        name or manifest.asked.get("nom") or f"Besoins du fichier {manifest.asked.get('besoins')}"
    )
    pack = Pack(
        name=asked,
        territory=territory,
        vintage=matcher.profiles.newest_source,
        replies=replies,
        structures={
            key: read_organisation(record) for key, record in read_structures(results).items()
        },
        sources=(),
        gaps=tuple(gaps_of(seen, matcher, doors, replies)),
        surveyed=True,
        unsure=unsure_of(seen),
        refused=tuple(_refused(results)),
        changes=_changes(results),
        outlines={outline.code: outline for outline in outlines},
        contours=root / "reference" / "outlines",
        doors={insee: doors_line(doors.states_at(territory.communes[insee])) for insee in communes},
        door_lines={
            code: tuple(door_line(cell, matcher) for cell in doors.of(code))
            for code in sorted({territory.communes[insee].departement for insee in communes})
        },
        lines={name: n for name, n in manifest.counts.items() if name.startswith("lignes")},
        settings={
            "Empreinte du catalogue": manifest.versions.catalogue[:16],
            "Empreinte des tables de référence": manifest.versions.reference[:16],
            "Empreinte des poids": manifest.versions.weights[:16],
        },
    )
    return replace(pack, sources=data_sources(matcher, pack.years))


def write_pack(pack: Pack, out: Path, formats: Iterable[str] = FORMATS) -> Iterator[str]:
    """Write the files of a pack, each whole or not at all; their names, as they are done.

    What a former pack wrote in this folder and this one does not is removed.

    Raises
    ------
    OSError
        Disk full, folder that cannot be written.
    WorkersLost
        When a document kills the processes that lay it out.
    """
    wanted = set(formats)
    pages = out / "communes"
    (pages if "html" in wanted else out).mkdir(parents=True, exist_ok=True)
    with files.alone(out):
        files.tidy(out)
        files.tidy(pages)
        former = listed_files(out)
        (out / NAME).unlink(missing_ok=True)  # until all is written, the pack is not whole
        written: dict[str, Written] = {}
        for name, content in _files(pack, wanted):
            written[name] = files.write(out / name, (content,))
            yield name
        for name in former - set(written):
            (out / name).unlink(missing_ok=True)
        with suppress(OSError):
            pages.rmdir()  # of a former pack, when nothing is left in it
        listed = {n: {"sha256": w.sha256, "octets": w.size} for n, w in sorted(written.items())}
        about = {"cohorte": pack.name, **pack.settings, "fichiers": listed}
        files.write(out / NAME, (json.dumps(about, ensure_ascii=False, indent=1).encode(), b"\n"))


def count_files(pack: Pack, formats: Iterable[str] = FORMATS) -> int:
    """How many files `write_pack` writes."""
    wanted = set(formats)
    single = sum({"xlsx": 1, "gpkg": 2, "geojson": 3}.get(kind, 0) for kind in wanted)
    places = len(pack.by_departement) + pack.several
    return single + ("pdf" in wanted) * places + ("html" in wanted) * (places + len(pack.sheets))


def _files(pack: Pack, wanted: set[str]) -> Iterator[tuple[str, bytes]]:
    for kind, write in (
        ("xlsx", pack_workbook.write_workbook),
        ("gpkg", pack_layers.write_geopackage),
    ):
        if kind in wanted:
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / f"maillage.{kind}"
                write(pack, path)
                yield path.name, path.read_bytes()
    yield from _map_files(pack, wanted)
    if "html" in wanted:
        for insee in pack.sheets:
            yield f"communes/{insee}.html", pack_document.commune_page(pack, insee).encode()
    views = (pack_document.document_view(pack, code) for code in pack.by_departement)
    if "html" in wanted:
        for view in views:
            yield f"departement-{view['code']}.html", pack_document.departement_page(view).encode()
    yield from _overview(pack, wanted)
    if "pdf" in wanted:
        for code, document in _documents(pack):
            yield f"departement-{code}.pdf", document


def _overview(pack: Pack, wanted: set[str]) -> Iterator[tuple[str, bytes]]:
    """The note of a pack of several départements."""
    if not pack.several or not wanted & {"html", "pdf"}:
        return
    view = overview_view(pack)
    if "html" in wanted:
        yield "ensemble.html", pack_document.departement_page(view).encode()
    if "pdf" in wanted:
        yield "ensemble.pdf", pack_document.departement_pdf(view)


def _map_files(pack: Pack, wanted: set[str]) -> Iterator[tuple[str, bytes]]:
    if "geojson" in wanted:
        yield from ((name, text.encode()) for name, text in pack_layers.geojson(pack))
    if "gpkg" in wanted:
        yield "maillage.qgz", pack_layers.write_project(pack)


def _documents(pack: Pack) -> Iterator[tuple[str, bytes]]:
    """The PDF of each département.

    The compiler keeps all that it laid out, some 2 MB a commune: each large pack is laid out by
    processes that end after a few documents.
    """
    views = ((code, pack_document.document_view(pack, code)) for code in pack.by_departement)
    if len(pack.by_commune) <= AT_ONCE:
        yield from ((code, pack_document.departement_pdf(view)) for code, view in views)
        return
    try:
        # Apart: a fork would copy this process's threads.
        for (code, _), document in spread(
            _document, views, os.cpu_count() or 1, apart=True, lasts=DOCUMENTS
        ):
            yield code, document
    except Killed as error:
        raise WorkersLost(
            f"Le document du département {error.task[0]} a arrêté {TRIES} processus (mémoire "
            "insuffisante ?). Les autres formats se font sans lui : --format."
        ) from None


def _document(task: tuple[str, dict[str, Any]]) -> bytes:
    return pack_document.departement_pdf(task[1])


def listed_files(out: Path) -> set[str]:
    """The files of the former pack of a folder, of those that a pack may have.

    None when there is no readable list. One that somebody made names nothing outside of the folder.
    """
    try:
        found = set(map(str, json.loads(files.read(out / NAME, LARGEST))["fichiers"]))
    except (OSError, *UNREADABLE):
        return set()
    return {name for name in found if OURS.fullmatch(name)}


def _refused(results: Path) -> Iterator[Fault]:
    for row in _rows(results / REFUSED):
        line = int(row["ligne"]) if row["ligne"] else None
        yield Fault(row["fichier"], line, row["colonne"] or None, row["valeur"], row["regle"])


def _changes(results: Path) -> tuple[RunChange, ...] | None:
    """What the batch says of a former run, None when it was not asked."""
    path = results / CHANGES
    if not path.exists():
        return None
    return tuple(
        RunChange(
            row["id_besoin"],
            row["insee"],
            row["structure"],
            row["changement"],
            int(row["rang_avant"]) if row["rang_avant"] else None,
            int(row["rang"]) if row["rang"] else None,
        )
        for row in _rows(path)
    )


def _rows(path: Path) -> Iterator[Mapping[str, str]]:
    """Rows of a table written for a spreadsheet, without the quotes that disarm formulas."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file, delimiter=";"):
            yield {
                name: value[1:] if value[:1] == "'" and value[1:].startswith(FORMULA) else value
                for name, value in row.items()
            }
