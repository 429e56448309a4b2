"""Commands about the data: import structures, check a folder, rebuild the reference tables."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

from matcher import DataError, Matcher
from matcher.catalogue.french import counted

from .console import (
    EXIT_BAD_DATA,
    click,
    data_folder,
    explained,
    input_file,
    stop,
    verify_option,
)

CACHE = Path(".cache")
"""Where the archives of the sources are kept between two runs of `data`."""


@click.command("import")
@click.argument("file", type=input_file, metavar="FICHIER")
@verify_option
@data_folder
@explained
def import_(file: Path, verify: bool, folder: Path | None) -> None:
    """Ajoute au catalogue les structures de FICHIER (notre format, ou celui de data.inclusion).

    FICHIER est un CSV, un classeur XLSX ou ODS, ou un JSON. Les lignes refusées sont comptées et
    rendues dans un fichier ; le code de sortie n’est 5 que si aucune ligne ne peut être lue.
    """
    from matcher.tables.understood import preview
    from matcher.upkeep.merging import import_structures

    report = import_structures(file, folder or Matcher.embedded(), dry=verify)
    if verify and report.table:
        click.echo("\n".join(preview(report.table, report.refused)))
    click.echo(str(report))
    if report.refused and not (report.added or report.changed or report.unchanged):
        sys.exit(EXIT_BAD_DATA)


@click.command()
@click.argument(
    "folder", metavar="DOSSIER", type=click.Path(path_type=Path, exists=True, file_okay=False)
)
@explained
def check(folder: Path) -> None:
    """Vérifie un dossier de données : fichier, ligne, colonne, valeur et règle de chaque faute."""
    from matcher.catalogue import release
    from matcher.reading.knowledge import check_reference
    from matcher.reading.learned.model import check_model
    from matcher.upkeep import audit
    from matcher.upkeep.directory.checks import check_directory

    data, found = audit.gather(folder)
    told = audit.told(data, found)
    read = [*check_reference(folder), *check_model(folder)]
    faults = [*told, *read, *check_directory(folder, data, date.today())]
    if data is not None:  # else what cannot be read is told already
        faults += release.faults(folder)
    errors = [fault for fault in faults if fault.level == "erreur"]
    for fault in faults:
        click.echo(str(fault))
    click.echo(
        f"{counted(len(errors), 'erreur', 'erreurs')}, "
        f"{counted(len(faults) - len(errors), 'avertissement', 'avertissements')}."
    )
    if errors:
        sys.exit(EXIT_BAD_DATA)


@click.command()
@click.argument(
    "folder", metavar="DOSSIER", type=click.Path(path_type=Path, exists=True, file_okay=False)
)
@click.option("--moins", "smaller", is_flag=True, help="Des lignes ont été retirées exprès.")
@explained
def publier(folder: Path, smaller: bool) -> None:
    """Accepte le catalogue de DOSSIER tel qu’il est, après un changement à la main.

    Le catalogue porte un manifeste : lignes et empreinte de chaque table. Un site ouvert ne sert
    pas une table qui en diffère. L’outil tient le manifeste ; cette commande le refait.
    """
    from matcher.catalogue import release
    from matcher.catalogue.tables import read_catalogue

    read_catalogue(folder)  # what cannot be read is not published
    now = release.found(folder)
    try:
        former = release.read(folder)
    except DataError:
        former = None
    lost = list(release.losses(former or {}, now))
    for name, before, after in lost:
        click.echo(f"{name} : {before} → {after} lignes", err=True)
    if lost and not smaller:
        stop("Des lignes ont disparu. Si c’est voulu, ajoutez --moins.", EXIT_BAD_DATA)
    release.publish(folder)
    for name, (state,) in now.items():
        click.echo(f"{name} : {counted(state.rows, 'ligne', 'lignes')}")


@click.command()
@click.option(
    "--pvd",
    type=input_file,
    metavar="FICHIER",
    help="Liste officielle des Petites villes de demain (CSV de l’ANCT) : seule elle est relue.",
)
@click.option(
    "--vintage",
    metavar="ANNÉE-MOIS",
    default="",
    help="Mois de cette liste, par exemple 2026-11.",
)
@click.option(
    "--annee",
    "year",
    metavar="ANNÉE",
    default="",
    help="Année des communes et des EPCI (par défaut : la plus récente de raw/packages.csv).",
)
@click.option("--schemas-only", is_flag=True, help="N’écrit que data/schemas/, sans télécharger.")
@data_folder
@explained
def data(
    pvd: Path | None, vintage: str, year: str, schemas_only: bool, folder: Path | None
) -> None:
    """Reconstruit data/reference/ et data/schemas/ depuis les sources figées."""
    from matcher.catalogue import tables
    from matcher.territory import reference
    from matcher.territory.reference.pinned import SourceError
    from matcher.territory.reference.pvd import refresh

    root = folder or Matcher.embedded()
    if vintage and not pvd:
        raise click.UsageError("--vintage date la liste de --pvd : donnez les deux.")
    if not root.is_dir():
        raise click.UsageError(f"« {root} » : dossier introuvable.")
    if pvd:
        count = refresh(pvd, root, vintage, tell=lambda fault: click.echo(str(fault), err=True))
        click.echo(f"reference/pvd.csv : {count} communes")
        return
    try:
        if not schemas_only:
            reference.build(root, CACHE, click.echo, year)
    except SourceError as error:
        stop(str(error), EXIT_BAD_DATA)
    for path in tables.write_schemas(root):
        click.echo(f"schemas/{path.name}")


@click.command()
@click.argument("kept", metavar="GARDER")
@click.argument("gone", metavar="DISPARAIT")
@verify_option
@data_folder
@explained
def fusionner(kept: str, gone: str, verify: bool, folder: Path | None) -> None:
    """Réunit deux fiches d’une même structure : GARDER reste, DISPARAIT devient un autre nom.

    Les sources, les noms et les notes des deux sont gardés ; les projets et les ressources qui
    citaient DISPARAIT citent GARDER. Sa page mène désormais à l’autre.
    """
    from matcher.upkeep.directory.joining import join

    done = join(folder or Matcher.embedded(), kept, gone, date.today(), write=not verify)
    named = counted(done.projects + done.resources, "projet ou ressource", "projets et ressources")
    click.echo(f"{gone} {'serait réunie' if verify else 'est réunie'} à {kept} ; {named} à jour.")
    if done.filled:
        click.echo(f"Repris de l’autre fiche : {', '.join(done.filled)}.")
    click.echo(f"Autres noms : {done.row['aliases'] or 'aucun'}.")


@click.command("learn-reading")
@click.option(
    "--vectors",
    is_flag=True,
    help="Relit d’abord les vecteurs de mots dans leur paquet figé (téléchargé une fois).",
)
@data_folder
@explained
def learn_reading(vectors: bool, folder: Path | None) -> None:
    """Apprend à lire les besoins sur reading/phrases.csv et écrit reading/model.npz."""
    from matcher.reading.learned import source
    from matcher.reading.learned.checking import learn
    from matcher.territory.reference.pinned import SourceError

    root = folder or Matcher.embedded()
    if vectors:
        try:
            source.build(root, CACHE, click.echo)
        except SourceError as error:
            stop(str(error), EXIT_BAD_DATA)
    learn(root, click.echo)


COMMANDS = (import_, check, publier, data, learn_reading, fusionner)
