"""The audit log, checked."""

from __future__ import annotations

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
    """Relit toute la chaîne ; notez ailleurs l’empreinte affichée."""
    opened = database()
    with opened.reading() as session:
        found = audit.verify(session, seal)
    for number, fault in found.broken:
        click.echo(f"ligne {number} : {fault}", err=True)
    if found.broken:
        stop(f"Journal rompu : {len(found.broken)} anomalies, {found.rows} lignes.", EXIT_BROKEN)
    click.echo(f"Journal intact : {found.rows} lignes.")
    click.echo(f"Dernière empreinte : {found.seal}")


COMMANDS = (journal,)
