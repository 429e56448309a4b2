"""The settings, with their values in force."""

from __future__ import annotations

import os

from ..settings import reading
from .console import EXIT_REFUSED, click, explained, stop


@click.command()
@click.option("--page", is_flag=True, help="Écrit la page de la documentation, en Markdown.")
@explained
def reglages(page: bool) -> None:
    """Montre chaque réglage et sa valeur en vigueur, secrets cachés ; dit ceux qui sont refusés."""
    if page:
        click.echo(reading.page(), nl=False)
        return
    told = reading.given(os.environ)
    for setting, value, is_told in reading.in_force(told):
        click.echo(f"{setting.name} = {value}{'' if is_told else '  (par défaut)'}")
        click.echo(f"    {setting.meaning}.")
    if faults := reading.wrong(told):
        stop("\n".join(["", *faults]), EXIT_REFUSED)


COMMANDS = (reglages,)
