"""The command line of those who run the site: `python -m web.admin`. One module a noun.

It reads the settings that the site reads, and so works on the same database.
"""

from __future__ import annotations

from . import base, exports, persons
from .console import click

__all__ = ["main"]


@click.group(
    context_settings={"help_option_names": ["--help", "-h"]},
    subcommand_metavar="COMMANDE [ARGUMENTS]...",
)
def main() -> None:
    """Maillage : comptes, base, sauvegardes, journal et données personnelles.

    Les réglages sont ceux du site (« reglages » les montre tous).

    Codes de sortie : 0 réussite, 1 journal rompu, 2 commande mal écrite, 5 demande refusée ou
    fichier illisible, 6 rien trouvé, 7 disque plein, 9 base indisponible.
    """


for _module in (persons, base, exports):
    for _command in _module.COMMANDS:
        main.add_command(_command)
