"""`maillage COMMAND`: what `python -m matcher` does, `serve`, `admin`, `--version`."""

from __future__ import annotations

from importlib import metadata

from matcher.commands import main as matching
from matcher.commands.console import click, explained


@click.group(
    context_settings={"help_option_names": ["--help", "-h"]},
    subcommand_metavar="COMMANDE [ARGUMENTS]...",
    help=matching.help,
)
@click.version_option(metadata.version("maillage"), message="maillage %(version)s")
def main() -> None:
    """Every command of Maillage."""


@main.command()
def serve() -> None:
    """Démarre le site, sur le port 8000 de cette machine ou selon HOST et PORT."""
    from web.__main__ import main as site  # a second: only the site pays for it

    site()


@main.command(
    context_settings={"ignore_unknown_options": True, "help_option_names": []},
    add_help_option=False,
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def admin(arguments: tuple[str, ...]) -> None:
    """Comptes, base, sauvegardes, journal (« maillage admin --help »)."""
    from web.admin import main as administration
    from web.admin.console import explained as told

    told(administration)(args=arguments, prog_name="maillage admin")


for _name, _command in matching.commands.items():
    main.add_command(_command, _name)


def run() -> None:
    """The entry point that an installation gives."""
    explained(main)(prog_name="maillage")
