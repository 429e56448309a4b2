"""The commands of a whole cohort in one run: `batch`, and `pack`, which hands over its results."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from matcher import Matcher, Status
from matcher.catalogue.french import counted, decimal
from matcher.tables.understood import count_line
from matcher.territory.nest import Territory

from .console import (
    EXIT_BAD_DATA,
    EXIT_STOPPED,
    EXIT_WORKERS,
    NO_OUT,
    click,
    data_folder,
    explained,
    input_file,
    show_needs,
    stop,
    verify_option,
)

if TYPE_CHECKING:
    from matcher.cohorts.batch.parts import Part
    from matcher.cohorts.batch.run import Batch, BatchRequest, Manifest

OF_A_NEED, OF_A_THEME = 10, 3
"""Suggestions a need when its commune said it, and in a panorama."""
SIGNALS = (signal.SIGINT, signal.SIGTERM)
KINDS = ("xlsx", "geojson", "gpkg", "html", "pdf")


class Stopped(BaseException):
    """Somebody asked the run to stop. Not an `Exception`: nothing on the way must keep it."""


@click.command()
@click.argument("needs", type=input_file, metavar="[BESOINS]", required=False)
@click.option(
    "--cohort",
    "cohort_name",
    metavar="COHORTE",
    help="Sans BESOINS : pvd, france, departement:48, region:76, epci:SIREN ou commune:34142.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DOSSIER",
    help="Dossier des résultats, créé s’il manque.",
)
@click.option(
    "--top",
    type=click.IntRange(1, 100),
    metavar="NOMBRE",
    help=f"Structures par besoin (par défaut : {OF_A_NEED}, ou {OF_A_THEME} par thème d’une "
    "cohorte).",
)
@click.option(
    "--jobs",
    type=click.IntRange(1, 256),
    metavar="NOMBRE",
    help="Processus de calcul (par défaut : un par cœur).",
)
@click.option(
    "--scheduler",
    metavar="ADRESSE",
    help="Ordonnanceur Dask, pour calculer sur plusieurs machines : tcp://10.0.0.1:8786.",
)
@click.option(
    "--since",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    metavar="DOSSIER",
    help="Résultats d’un traitement précédent : dire ce qui a changé depuis.",
)
@click.option(
    "--remplacer",
    "replace",
    is_flag=True,
    help="Remplacer les résultats d’une autre demande que le dossier contient.",
)
@verify_option
@data_folder
@explained
def batch(
    needs: Path | None,
    cohort_name: str | None,
    out: Path | None,
    top: int | None,
    jobs: int | None,
    scheduler: str | None,
    since: Path | None,
    replace: bool,
    verify: bool,
    folder: Path | None,
) -> None:
    """Répond aux besoins de toute une cohorte, en un traitement qui reprend là où il s’arrête.

    BESOINS est un tableau, CSV, XLSX ou ODS : commune, besoin et, au choix, themes, etape, id ; les
    intitulés courants sont compris, les autres colonnes gardées. Sans besoins déclarés, --cohort
    donne le panorama de ses communes : les meilleures structures de chaque thème.

    Interrompu, relancez la même commande : ce qui est fait n’est pas refait. Codes de sortie
    propres : 7 disque plein, 8 processus de calcul perdus, 130 arrêt demandé.
    """
    from matcher.catalogue.files import Busy
    from matcher.cohorts.batch.parts import WrongVersions
    from matcher.cohorts.batch.run import Batch, Occupied
    from matcher.cohorts.batch.workers import NoCluster, WorkersLost

    if (needs is None) == (cohort_name is None):
        raise click.UsageError("Donnez un fichier BESOINS, ou --cohort : l’un des deux.")
    territory = Territory.open(folder or Matcher.embedded())
    if verify and needs is not None:
        show_needs(needs, territory)
        return
    if out is None:
        raise click.UsageError(NO_OUT)
    if since is not None and since.resolve() == out.resolve():
        raise click.UsageError("--since et --out sont le même dossier.")
    request = _request(needs, cohort_name, top, territory)
    run = Batch(request, out, territory, folder)
    try:
        with _stopped_by_signals():
            manifest = run.run(
                jobs=jobs or os.cpu_count() or 1,
                scheduler=scheduler,
                since=since,
                replace=replace,
                progress=lambda done, missing: _progress(run, done, missing),
            )
    except (Busy, NoCluster, Occupied, WrongVersions) as error:
        stop(str(error), EXIT_BAD_DATA)
    except WorkersLost as error:
        stop(str(error), EXIT_WORKERS)
    except Stopped:
        done = len(run.parts) - len(run.missing())
        stop(
            f"Traitement arrêté. Parties faites et gardées : {done} sur {len(run.parts)}. "
            "Relancez la même commande pour reprendre.",
            EXIT_STOPPED,
        )
    _report(manifest, request, out)
    if not request.demands:
        stop("Aucun besoin lisible dans ce fichier.", EXIT_BAD_DATA)


def _request(
    needs: Path | None, cohort_name: str | None, top: int | None, territory: Territory
) -> BatchRequest:
    from matcher.cohorts.batch.demand import read_needs
    from matcher.cohorts.batch.run import BatchRequest, panorama, request_of
    from matcher.cohorts.batch.wording import parse_cohort

    if needs is None:
        assert cohort_name is not None, "one of the two is given"
        cohort = parse_cohort(cohort_name, territory)
        about = {"cohorte": cohort.code, "nom": cohort.name}
        return BatchRequest(panorama(cohort), top or OF_A_THEME, about=about)
    read = read_needs(needs, territory)
    click.echo(count_line(read.table, read.faults))
    return request_of(read, needs, top or OF_A_NEED)


def _progress(run: Batch, done: Iterator[Part], missing: Sequence[Part]) -> Iterator[Part]:
    """Show the needs answered and the time left, on stderr."""
    if kept := len(run.parts) - len(missing):
        click.echo(f"Reprise : parties déjà faites, {kept} sur {len(run.parts)}.", err=True)
    total = sum(map(len, missing))
    with click.progressbar(
        length=total, label="Besoins", show_pos=True, show_eta=True, file=sys.stderr
    ) as bar:
        for part in done:
            bar.update(len(part))
            yield part


def _report(manifest: Manifest, request: BatchRequest, out: Path) -> None:
    from matcher.cohorts.batch.assembly import MENDABLE

    counts = manifest.counts
    click.echo(
        f"{counted(counts['besoins'], 'besoin', 'besoins')}, "
        f"{counted(counts['communes'], 'commune', 'communes')}, "
        f"{counted(counts['suggestions'], 'suggestion', 'suggestions')}, "
        f"{counted(counts['structures_suggerees'], 'structure', 'structures')}."
    )
    for status in Status:
        if counts[f"besoins_{status}"] and status is not Status.LU:
            count = decimal(counts[f"besoins_{status}"])
            aside = "" if status.ranked else ", sans suggestion"
            click.echo(f"{status.label} : {count} ({status.definition}){aside}.")
    if counts["sans_reponse"]:
        click.echo(f"Besoins sans réponse : {decimal(counts['sans_reponse'])}.")
    if counts["besoins_repares"]:
        click.echo(
            f"Besoins réparés, ou dont un mot est laissé de côté : "
            f"{decimal(counts['besoins_repares'])} (colonne « reparations » de suggestions.csv)."
        )
    if request.refused:
        click.echo(
            f"Lignes refusées : {len(request.refused)}, avec la règle de chacune dans "
            f"{out / 'refus.csv'} ; à corriger et à relancer : "
            f"{out / f'{MENDABLE}{request.mendable[0]}'}.",
            err=True,
        )
    click.echo(f"Résultats : {out} ({', '.join(sorted(manifest.files))}).")


@contextmanager
def _stopped_by_signals() -> Iterator[None]:
    """Let Ctrl-C and `kill` end the run cleanly: what is under way is finished or undone."""

    def stopped(*_: Any) -> None:
        raise Stopped

    before = {number: signal.signal(number, stopped) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


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


COMMANDS = (batch, pack)
