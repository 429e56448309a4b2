"""Commands that judge the ranking: evaluate it on real cases, propose weights."""

from __future__ import annotations

import sys
from pathlib import Path

from matcher import Matcher
from matcher.catalogue.french import counted, percent
from matcher.catalogue.tables import write_whole
from matcher.tables.cells import BOM, french_csv

from .console import (
    EXIT_BAD_DATA,
    check_place,
    click,
    data_folder,
    explained,
    input_file,
    out_option,
    stop,
)


@click.command()
@click.argument("cases", type=input_file, metavar="CAS")
@data_folder
@explained
def evaluate(cases: Path, folder: Path | None) -> None:
    """Mesure le classement sur des CAS réels d’accompagnement, face à trois références."""
    from matcher.cohorts.evaluation import cases as evaluation

    matcher = Matcher.open(folder)
    listed = evaluation.read_cases(cases)
    evaluation.check_cases(matcher, listed, cases.name)
    with click.progressbar(listed, label="Cas jugés", file=sys.stderr) as bar:
        results = [evaluation.judge(matcher, case) for case in bar]
    for line in evaluation.lines(matcher, results):
        click.echo(line)
    click.echo("\nCas où la structure attendue est au-delà du rang 10 :")
    for line in evaluation.misses(results, depth=10):
        click.echo(f"  {line}")


@click.command("evaluate-pertinence")
@click.argument(
    "judged",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    metavar="DOSSIER",
)
@data_folder
@explained
def evaluate_pertinence(judged: Path, folder: Path | None) -> None:
    """Mesure la pertinence des premières réponses sur un DOSSIER de besoins jugés."""
    from matcher.cohorts.evaluation import grades, relevance

    matcher = Matcher.open(folder)
    needs = relevance.read_judged(judged)
    relevance.check_judged(matcher, needs)
    with click.progressbar(needs, label="Besoins jugés", file=sys.stderr) as bar:
        answered = [relevance.answer(matcher, need) for need in bar]
    for line in grades.lines(matcher, answered):
        click.echo(line)


@click.command("pool")
@click.argument(
    "needs",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    metavar="DOSSIER",
)
@click.option("--seed", default=1, show_default=True, metavar="N", help="Graine du mélange.")
@out_option
@data_folder
@explained
def pool(needs: Path, seed: int, out: Path, folder: Path | None) -> None:
    """Écrit les réserves des besoins d’un DOSSIER : à noter de 0 à 3, sans voir les rangs."""
    from matcher.cohorts.evaluation import grades, relevance

    check_place(out, needs / relevance.NEEDS)
    matcher = Matcher.open(folder)
    asked = relevance.read_needs(needs)
    relevance.check_judged(matcher, asked)
    with click.progressbar(asked, label="Besoins", file=sys.stderr) as bar:
        rows = list(grades.rows(matcher, bar, seed))
    write_whole(out, BOM + french_csv(grades.HEADER, rows))
    click.echo(f"{counted(len(rows), 'structure', 'structures')} à noter dans {out}.")


@click.command("exposure")
@click.argument("needs", type=input_file, metavar="BESOINS")
@data_folder
@explained
def exposure(needs: Path, folder: Path | None) -> None:
    """Mesure qui est montré, quand toutes les communes PVD posent des BESOINS à tour de rôle."""
    from matcher.cohorts.batch.wording import parse_cohort
    from matcher.cohorts.evaluation import exposure as shown

    matcher = Matcher.open(folder)
    towns = parse_cohort("pvd", matcher.territory)
    communes = [matcher.territory.communes[insee] for insee in towns.members]
    found = shown.exposure(matcher, communes, shown.read_texts(needs))
    for line in shown.lines(found):
        click.echo(line)


@click.command("evaluate-reading")
@click.argument("cases", type=input_file, metavar="CAS")
@data_folder
@explained
def evaluate_reading(cases: Path, folder: Path | None) -> None:
    """Mesure la lecture des besoins sur des CAS étiquetés (colonnes texte et primary)."""
    from matcher.cohorts.evaluation import reading

    for line in reading.reading_lines(Matcher.open(folder), reading.read_labelled(cases)):
        click.echo(line)


@click.command("evaluate-places")
@click.option(
    "--step",
    default=1,
    show_default=True,
    type=click.IntRange(1, 1_000),
    metavar="N",
    help="Une demande sur N de chaque sorte, pour aller plus vite.",
)
@data_folder
@explained
def evaluate_places(step: int, folder: Path | None) -> None:
    """Compte les lieux trouvés, demandés ou faux, sur tous les noms et codes connus."""
    from matcher.cohorts.evaluation import reading

    for line in reading.place_lines(reading.judge_places(Matcher.open(folder).territory, step)):
        click.echo(line)


@click.command()
@click.argument("decisions", type=input_file, metavar="DÉCISIONS")
@out_option
@data_folder
@explained
def calibrate(decisions: Path, out: Path, folder: Path | None) -> None:
    """Propose des poids d’après des DÉCISIONS de conseillers ; n’adopte rien."""
    from matcher.cohorts.evaluation import calibration

    check_place(out, decisions)

    decided = calibration.read_decisions(Matcher.open(folder), decisions)
    try:
        proposal = calibration.propose(decided)
    except ValueError as error:  # nothing to compare
        stop(str(error), EXIT_BAD_DATA)
    calibration.write(proposal, out)
    pairs = counted(proposal.pairs, "paire", "paires")
    before, after = percent(proposal.before), percent(proposal.after)
    click.echo(
        f"{pairs}, part bien ordonnée : {before} aujourd’hui, {after} avec les poids proposés "
        "(validation croisée)."
    )
    click.echo(f"Proposition écrite dans {out} : à relire, rien n’est adopté.")


COMMANDS = (
    evaluate,
    evaluate_pertinence,
    pool,
    exposure,
    evaluate_reading,
    evaluate_places,
    calibrate,
)
