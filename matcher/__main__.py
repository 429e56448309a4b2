"""The command line: `python -m matcher COMMAND`. It parses, calls the front door and prints.

Libraries that only one command needs are imported in that command: a match answers sooner.
"""

from __future__ import annotations

import gettext
import json
import os
import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

os.environ["LANGUAGE"] = "fr"  # click speaks through gettext; everything a user reads is French
gettext.bindtextdomain("messages", str(Path(__file__).parent / "locale"))

import click  # noqa: E402 - after the language is set

from . import DataError, Matcher, Need, NeedError, UnknownCommune, UnknownStructure  # noqa: E402
from .reports import records, sheet, text  # noqa: E402

EXIT_UNKNOWN_COMMUNE = 3
EXIT_BAD_NEED = 4
EXIT_BAD_DATA = 5
EXIT_NOTHING_FOUND = 6

DEMO_COMMUNE = "34142"
DEMO_NEED = (
    "Notre centre ancien se vide de ses commerces. Un collectif d’habitants veut ouvrir une "
    "recyclerie avec un café dans une halle inoccupée, mais la commune ne peut pas "
    "acheter les murs."
)
DEMO_SHEET = Path("sortie/fiche-lodeve.html")

F = TypeVar("F", bound=Callable[..., Any])


def _explained(command: F) -> F:
    """Turn a user's mistake into a French sentence and an exit code, never a traceback."""

    @wraps(command)
    def run(*args: Any, **kwargs: Any) -> Any:
        try:
            return command(*args, **kwargs)
        except UnknownCommune as error:
            _stop(str(error), EXIT_UNKNOWN_COMMUNE)
        except NeedError as error:
            _stop(str(error), EXIT_BAD_NEED)
        except UnknownStructure as error:
            _stop(str(error), EXIT_NOTHING_FOUND)
        except DataError as error:
            _stop(str(error), EXIT_BAD_DATA)
        except BrokenPipeError:  # the reader (head, less) has seen enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

    return run  # type: ignore[return-value]


def _stop(message: str, code: int) -> None:
    click.echo(message, err=True)
    sys.exit(code)


_folder = click.option(
    "--data",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="Dossier de données (par défaut : les données livrées).",
)


@click.group(context_settings={"help_option_names": ["--help", "-h"]})
def main() -> None:
    """Maillage : du besoin d’une commune aux acteurs de l’ESS qui peuvent l’aider, et pourquoi.

    Codes de sortie : 0 réussite, 2 commande mal écrite, 3 commune inconnue, 4 besoin illisible,
    5 données fautives, 6 rien trouvé.
    """


@main.command()
@click.argument("commune")
@click.option("--need", "besoin", default="", help="Le besoin, en quelques phrases.")
@click.option("--theme", "themes", multiple=True, help="Thème déclaré ; peut être répété.")
@click.option("--stage", "stage", help="Situation du projet (emergence, creation, immobilier…).")
@click.option("--top", default=10, show_default=True, type=click.IntRange(1, 100))
@click.option(
    "--format",
    "output",
    type=click.Choice(["table", "json", "csv", "html"]),
    default="table",
    show_default=True,
)
@_folder
@_explained
def match(
    commune: str,
    besoin: str,
    themes: tuple[str, ...],
    stage: str | None,
    top: int,
    output: str,
    folder: Path | None,
) -> None:
    """Classe les structures qui peuvent aider COMMUNE (nom, code Insee ou code postal)."""
    matcher = Matcher.open(folder)
    found = matcher.commune(commune)
    need = Need(found.insee, besoin, themes, stage)  # type: ignore[arg-type]  # checked by match
    suggestions = matcher.match(need, top=top)
    if output == "json":
        answer = {
            "commune": records.commune_record(found, matcher.territory),
            "besoin": besoin,
            "suggestions": [records.suggestion_record(s, matcher.territory) for s in suggestions],
        }
        click.echo(json.dumps(answer, ensure_ascii=False, indent=2))
    elif output == "csv":
        click.echo("\ufeff" + records.suggestions_csv(suggestions, matcher.territory), nl=False)
    elif output == "html":
        click.echo(sheet.render_sheet(matcher, need, suggestions), nl=False)
    else:
        click.echo(text.commune_line(found, matcher.territory))
        for line in text.reading_lines(matcher.question(need).reading):
            click.echo(line)
        click.echo()
        click.echo(text.suggestions_text(suggestions, matcher.territory))
    if not suggestions:
        _stop("Aucune structure ne couvre cette commune.", EXIT_NOTHING_FOUND)


@main.command()
@click.argument("query")
@_folder
@_explained
def commune(query: str, folder: Path | None) -> None:
    """Trouve une commune : code Insee (même ancien), code postal, nom, « nom (département) »."""
    from .catalogue.territory import Territory

    territory = Territory.open(folder or Matcher.embedded())
    found = territory.find(query)
    click.echo(text.commune_line(found, territory))


@main.command()
@click.argument("besoin")
@_folder
@_explained
def read(besoin: str, folder: Path | None) -> None:
    """Lit un besoin : ses thèmes, le premier d’abord, et les mots qui les prouvent."""
    from .ranking.needs import Reader
    from .ranking.question import check_text

    reading = Reader.open(folder or Matcher.embedded()).read(check_text(besoin))
    for line in text.reading_lines(reading):
        click.echo(line)
    if not reading.themes:
        sys.exit(EXIT_NOTHING_FOUND)


@main.command("import")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@_folder
@_explained
def import_(file: Path, folder: Path | None) -> None:
    """Ajoute au catalogue les structures de FILE (notre format, ou celui de data.inclusion)."""
    from .catalogue.sources import import_structures

    report = import_structures(file, folder or Matcher.embedded())
    click.echo(str(report))
    if report.refused:
        sys.exit(EXIT_BAD_DATA)


@main.command()
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@_explained
def check(folder: Path) -> None:
    """Vérifie un dossier de données : fichier, ligne, colonne, valeur et règle de chaque faute."""
    from .catalogue.audit import check as audit
    from .ranking.checks import check_reference

    faults = [*audit(folder), *check_reference(folder)]
    errors = [fault for fault in faults if fault.level == "erreur"]
    for fault in faults:
        click.echo(str(fault))
    click.echo(f"{len(errors)} erreur(s), {len(faults) - len(errors)} avertissement(s).")
    if errors:
        sys.exit(EXIT_BAD_DATA)


@main.command("why-not")
@click.argument("commune")
@click.argument("structure")
@click.option("--need", "besoin", required=True, help="Le besoin, en quelques phrases.")
@_folder
@_explained
def why_not(commune: str, structure: str, besoin: str, folder: Path | None) -> None:
    """Dit quelle règle ou quel critère écarte STRUCTURE (son identifiant) pour COMMUNE."""
    matcher = Matcher.open(folder)
    need = Need(matcher.commune(commune).insee, besoin)
    click.echo(matcher.why_not(need, structure).sentence)
    change = matcher.counterfactual(need, structure)
    if change:
        click.echo(change.sentence)


@main.command()
@click.argument("cases", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@_folder
@_explained
def evaluate(cases: Path, folder: Path | None) -> None:
    """Mesure le classement sur des accompagnements réels, face à trois références."""
    from .cohorts import evaluation, scoreboard

    matcher = Matcher.open(folder)
    with click.progressbar(evaluation.read_cases(cases), label="Cas jugés", file=sys.stderr) as bar:
        results = [evaluation.judge(matcher, case) for case in bar]
    for line in scoreboard.lines(matcher, results):
        click.echo(line)
    click.echo("\nCas où la structure attendue est au-delà du rang 10 :")
    for line in scoreboard.misses(results, depth=10):
        click.echo(f"  {line}")


@main.command()
@click.argument("decisions", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True)
@_folder
@_explained
def calibrate(decisions: Path, out: Path, folder: Path | None) -> None:
    """Propose des poids d’après des DECISIONS de conseillers ; n’adopte rien."""
    from .cohorts import calibration

    proposal = calibration.propose(calibration.read_decisions(Matcher.open(folder), decisions))
    calibration.write(proposal, out)
    click.echo(
        f"{proposal.pairs} paires, bien ordonnées : {proposal.before:.0%} aujourd’hui, "
        f"{proposal.after:.0%} avec les poids proposés (validation croisée)."
    )
    click.echo(f"Proposition écrite dans {out} : à relire, rien n’est adopté.")


@main.command()
@click.option("--pvd", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@_explained
def data(pvd: Path | None) -> None:
    """Reconstruit data/reference/ et data/schemas/ depuis les sources figées."""


@main.command()
@_explained
def demo() -> None:
    """Montre l’essentiel sur un besoin de Lodève, et écrit la fiche en HTML."""
    matcher = Matcher.open()
    found = matcher.commune(DEMO_COMMUNE)
    need = Need(found.insee, DEMO_NEED)
    suggestions = matcher.match(need, top=5)
    click.echo(text.commune_line(found, matcher.territory))
    click.echo(f"\nBesoin : {DEMO_NEED}\n")
    for line in text.reading_lines(matcher.read(DEMO_NEED)):
        click.echo(line)
    click.echo()
    click.echo(text.suggestions_text(suggestions, matcher.territory))
    DEMO_SHEET.parent.mkdir(exist_ok=True)
    DEMO_SHEET.write_text(sheet.render_sheet(matcher, need, suggestions), encoding="utf-8")
    click.echo(f"\nFiche à ouvrir dans un navigateur : {DEMO_SHEET.resolve()}")
    click.echo("Pour démarrer le site : make serve, puis http://127.0.0.1:8000")


if __name__ == "__main__":
    main(prog_name="python -m matcher")
