"""The command that makes a pack to hand over from the results of a batch: `pack`."""

from __future__ import annotations

import sys
from pathlib import Path

from matcher.catalogue.french import decimal

from .console import EXIT_BAD_DATA, EXIT_WORKERS, click, data_folder, explained, stop

KINDS = ("xlsx", "geojson", "gpkg", "html", "pdf")


@click.command()
@click.argument(
    "results",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    metavar="RÉSULTATS",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="PAQUET",
    required=True,
    help="Dossier du paquet, créé s’il manque.",
)
@click.option(
    "--cohort-name",
    metavar="NOM",
    default="",
    help="Nom de la cohorte, pour les titres (par défaut : celui du traitement).",
)
@click.option(
    "--format",
    "formats",
    type=click.Choice(KINDS),
    multiple=True,
    help="Fichiers à faire, option à répéter (par défaut : tous).",
)
@data_folder
@explained
def pack(
    results: Path, out: Path, cohort_name: str, formats: tuple[str, ...], folder: Path | None
) -> None:
    """Fait d’un traitement (commande batch) un paquet à remettre : tableur, cartes, fiches, PDF.

    RÉSULTATS est le dossier de sortie de batch. Le paquet a un tableur (maillage.xlsx), des couches
    pour QGIS (maillage.qgz et maillage.gpkg) et le web (maillage-….geojson), une fiche par commune
    où il y a du local ou du déclaré (communes/) et un document court par département, en HTML et en
    PDF.
    """
    from matcher.catalogue.files import Busy
    from matcher.cohorts.batch import packing
    from matcher.cohorts.batch.workers import WorkersLost
    from matcher.reports.pack.tables import figures
    from matcher.reports.pack.workbook import TooManyRows

    wanted = formats or KINDS
    found = packing.read_pack(results, folder, cohort_name)
    if not found.replies:
        stop("Aucun besoin dans ces résultats.", EXIT_BAD_DATA)
    try:
        with click.progressbar(
            packing.write_pack(found, out, wanted),
            length=packing.count_files(found, wanted),
            label="Fichiers",
            show_pos=True,
            file=sys.stderr,
        ) as bar:
            for _ in bar:
                pass
    except (Busy, TooManyRows) as error:
        stop(str(error), EXIT_BAD_DATA)
    except WorkersLost as error:
        stop(str(error), EXIT_WORKERS)
    for name, number in figures(found):
        click.echo(f"{name} : {decimal(number)}")
    click.echo(f"Paquet : {out}.")


COMMANDS = (pack,)
