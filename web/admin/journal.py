"""The audit log, checked."""

from __future__ import annotations

from matcher.catalogue import french

from ..casework import audit
from .console import EXIT_BROKEN, click, database, explained, stop


@click.group(subcommand_metavar="COMMANDE [ARGUMENTS]...")
def journal() -> None:
    """Vérifie le journal des actions."""


@journal.command()
@click.option(
    "--empreinte",
    "seal",
    metavar="EMPREINTE",
    help="Empreinte notée à une vérification passée : elle doit encore être dans le journal.",
)
@explained
def verifier(seal: str | None) -> None:
    """Relit toute la chaîne et la compare aux ancrages, notés hors de la base à chaque sauvegarde.

    Une fin coupée, une chaîne refaite, un déclencheur retiré sont dits.
    """
    opened = database()
    with opened.reading() as session:
        found = audit.verify(session, seal)
    rows = french.counted(found.rows, "ligne", "lignes")
    for fault in found.faults:
        click.echo(fault, err=True)
    if found.faults:
        faults = french.counted(len(found.faults), "anomalie", "anomalies")
        stop(f"Journal rompu : {faults}, {rows}.", EXIT_BROKEN)
    click.echo(f"Journal intact : {rows}.")
    click.echo(f"Dernier ancrage : {found.anchor or 'aucun'}.")
    click.echo(f"Dernière empreinte : {found.seal}")


COMMANDS = (journal,)
