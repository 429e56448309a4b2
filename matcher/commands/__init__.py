"""The command line: `python -m matcher COMMAND`. It parses, calls the front door and prints.

One module a noun. Libraries that only one command needs are imported in that command: a match
answers sooner.
"""

from . import batch, cohort, dataset, directory, evaluation, gaps, need
from .console import click

__all__ = ["main"]


@click.group(
    context_settings={"help_option_names": ["--help", "-h"]},
    subcommand_metavar="COMMANDE [ARGUMENTS]...",
)
def main() -> None:
    """Maillage : du besoin d’une commune aux acteurs de l’ESS qui peuvent l’aider, et pourquoi.

    Codes de sortie : 0 réussite, 2 commande mal écrite, 3 commune inconnue, 4 besoin illisible,
    5 données fautives, 6 rien trouvé, 7 disque plein, 8 processus de calcul perdus,
    130 arrêt demandé.
    """


for _module in (need, dataset, directory, evaluation, cohort, gaps, batch):
    for _command in _module.COMMANDS:
        main.add_command(_command)
