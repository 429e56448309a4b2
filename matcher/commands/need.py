"""Commands about one need: match it, read it, find its commune."""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path

from matcher import Matcher, Need, Suggestion, Theme
from matcher.catalogue.tables import write_bytes_whole, write_whole
from matcher.reports.answer import records, sheet, text, workbook
from matcher.reports.answer.facts import unranked
from matcher.reports.answer.proof import keep
from matcher.reports.answer.replay import ReplayVerdict, answer_json, verify
from matcher.reports.answer.trails import trails_of
from matcher.tables import Repaired, repair
from matcher.tables.cells import BOM

from .console import (
    EXIT_BAD_DATA,
    EXIT_NOTHING_FOUND,
    click,
    data_folder,
    explained,
    input_file,
    stop,
)

BINARY = ("xlsx", "pdf")
"""Forms of an answer that are no text: a terminal cannot show them."""
PROVED = ("json", "pdf")
"""Forms that carry their proof: the data of the day are kept, so that they can be replayed."""
EXITS = {
    ReplayVerdict.IDENTICAL: 0,
    ReplayVerdict.DIFFERENT: EXIT_BAD_DATA,
    ReplayVerdict.UNKNOWN: EXIT_NOTHING_FOUND,
}
DEMO_COMMUNE = "34142"
DEMO_NEED = (
    "Notre centre ancien se vide de ses commerces. Un collectif d’habitants veut ouvrir une "
    "recyclerie avec un café dans une halle inoccupée, mais la commune ne peut pas "
    "acheter les murs."
)
LARGEST_SHEET = 2**25
"""Bytes of a sheet to verify, at most: ours have some 100,000."""
DEMO_SHEET = Path("sortie/fiche-lodeve.html")


@click.command()
@click.argument("commune", metavar="COMMUNE")
@click.option(
    "--need", "besoin", metavar="BESOIN", default="", help="Le besoin, en quelques phrases."
)
@click.option(
    "--theme", "themes", metavar="THÈME", multiple=True, help="Thème déclaré ; peut être répété."
)
@click.option(
    "--stage", metavar="ÉTAPE", help="Situation du projet (emergence, creation, immobilier…)."
)
@click.option(
    "--top",
    default=10,
    show_default=True,
    type=click.IntRange(1, 100),
    metavar="NOMBRE",
    help="Nombre de structures au plus.",
)
@click.option(
    "--format",
    "output",
    type=click.Choice(["table", "json", "csv", "html", "xlsx", "pdf"]),
    default="table",
    show_default=True,
    help="Forme de la réponse ; xlsx et pdf demandent --out.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FICHIER",
    help="Fichier à écrire, au lieu de l’écran.",
)
@click.option(
    "--quand-meme",
    "anyway",
    is_flag=True,
    help="Classer aussi un besoin hors champ ou qui ne dit rien.",
)
@data_folder
@explained
def match(
    commune: str,
    besoin: str,
    themes: tuple[str, ...],
    stage: str | None,
    top: int,
    output: str,
    out: Path | None,
    anyway: bool,
    folder: Path | None,
) -> None:
    """Classe les structures qui peuvent aider COMMUNE (nom, code Insee ou code postal).

    COMMUNE peut être une intercommunalité (« CC … », `epci:` et son SIREN) ou plusieurs communes
    (« Decazeville, Aubin »).
    """
    if out is None and output in BINARY:
        raise click.UsageError(f"Dites où écrire le fichier {output} : --out FICHIER.")
    matcher = Matcher.open(folder)
    place = matcher.place(commune)
    plain = _plain(besoin)
    need = Need(place.commune.insee, plain.text, themes, stage, places=place.places)
    suggestions = matcher.match(need, top=top, anyway=anyway)  # checks the need
    root = folder or Matcher.embedded()
    if output in BINARY:
        outlines = root / "reference" / "outlines"
        written = (
            workbook.render_workbook(matcher, need, suggestions)
            if output == "xlsx"
            else sheet.render_pdf(matcher, need, suggestions, outlines)
        )
    else:
        written = _text(matcher, need, suggestions, output, root).encode()
    if out is None:
        click.echo(written, nl=False)
    else:
        write_bytes_whole(out, written)
        if output in PROVED:
            with suppress(OSError):  # the answer is written; it can be verified while data last
                keep(root)
    if not matcher.status(need).ranked:
        sys.exit(EXIT_NOTHING_FOUND)
    if not suggestions:
        stop("Aucune structure ne couvre cette commune.", EXIT_NOTHING_FOUND)


def _plain(besoin: str) -> Repaired:
    """The text made plain; what may change its meaning is said on stderr."""
    plain = repair(besoin)
    if plain.changes:
        click.echo(plain.told, err=True)
    return plain


def _text(
    matcher: Matcher, need: Need, suggestions: list[Suggestion], output: str, folder: Path
) -> str:
    """The answer as text in one of the forms."""
    territory = matcher.territory
    if output == "json":
        return answer_json(matcher, need, suggestions, folder)
    if output == "html":
        return sheet.render_sheet(matcher, need, suggestions)
    question = matcher.question(need)
    trails = trails_of(matcher.ranking(question), suggestions)
    if output == "csv":
        return BOM + records.suggestions_csv(suggestions, territory, trails)
    lines = [text.place_line(question.places, territory)]
    if need.themes:
        lines.append(f"Déclaré : {', '.join(Theme(code).label for code in question.need.themes)}")
    if need.text.strip():
        lines += text.themes_lines(question.reading)
    if aside := unranked(question.status):
        how = "ou déclarez un thème avec --theme, ou demandez la liste avec --quand-meme"
        lines += ["", *text.wrapped(f"{question.status.label}. {aside}, {how}.")]
    elif trails:
        lines += ["", *text.wrapped(f"{trails.sentence} {trails.title} :")]
    if suggestions or not aside:
        lines += ["", text.suggestions_text(suggestions, territory)]
    return "\n".join(lines) + "\n"


@click.command()
@click.argument("query", metavar="COMMUNE")
@data_folder
@explained
def commune(query: str, folder: Path | None) -> None:
    """Trouve une commune : code Insee (même ancien), code postal, nom, « nom (département) »."""
    from matcher.territory.nest import Territory

    territory = Territory.open(folder or Matcher.embedded())
    found = territory.find(query)
    click.echo(text.commune_line(found, territory))


@click.command()
@click.argument("besoin", metavar="BESOIN")
@data_folder
@explained
def read(besoin: str, folder: Path | None) -> None:
    """Lit un besoin : ses thèmes, le premier d’abord, et les mots qui les prouvent."""
    reading = Matcher.open(folder).read(_plain(besoin).text)
    for line in text.reading_lines(reading):
        click.echo(line)
    if not reading.themes:
        sys.exit(EXIT_NOTHING_FOUND)


@click.command("why-not")
@click.argument("commune", metavar="COMMUNE")
@click.argument("structure")
@click.option(
    "--need", "besoin", metavar="BESOIN", required=True, help="Le besoin, en quelques phrases."
)
@data_folder
@explained
def why_not(commune: str, structure: str, besoin: str, folder: Path | None) -> None:
    """Dit quelle règle ou quel critère écarte STRUCTURE (identifiant ou nom) pour COMMUNE."""
    matcher = Matcher.open(folder)
    place = matcher.place(commune)
    need = Need(place.commune.insee, _plain(besoin).text, places=place.places)
    click.echo(matcher.why_not(need, structure).sentence)
    change = matcher.counterfactual(need, structure)
    if change:
        click.echo(change.sentence)


@click.command()
@click.argument("fiche", type=input_file, metavar="FICHE", required=False)
@click.option(
    "--garder",
    "kept",
    is_flag=True,
    help="Garder un instantané des données d’aujourd’hui, pour les réponses que donne le site.",
)
@data_folder
@explained
def verifier(fiche: Path | None, kept: bool, folder: Path | None) -> None:
    """Rejoue FICHE (PDF ou JSON de « match ») et dit si elle est identique ou ce qui diffère.

    Codes de sortie : 0 identique, 5 différente, 6 non vérifiable ici.
    """
    root = folder or Matcher.embedded()
    if kept:
        click.echo(f"Instantané des données : {keep(root)}.")
    if fiche is None:
        if not kept:
            raise click.UsageError("Dites quel fichier vérifier : verifier FICHE.pdf.")
        return
    if fiche.stat().st_size > LARGEST_SHEET:
        stop("Ce fichier est trop long pour être une réponse de Maillage.", EXIT_BAD_DATA)
    found = verify(fiche.read_bytes(), root)
    for line in found.lines:
        click.echo(line, err=found.verdict is not ReplayVerdict.IDENTICAL)
    sys.exit(EXITS[found.verdict])


@click.command()
@explained
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
    write_whole(DEMO_SHEET, sheet.render_sheet(matcher, need, suggestions))
    click.echo(f"\nFiche à ouvrir dans un navigateur : {DEMO_SHEET.resolve()}")
    click.echo("Pour démarrer le site : make serve, puis http://127.0.0.1:8000")


COMMANDS = (match, commune, read, why_not, verifier, demo)
