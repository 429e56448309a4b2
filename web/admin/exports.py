"""What leaves the site as files: what advisers decided and visitors said, and a mail-merge.

Decisions and opinions are written as `calibrate` and `evaluate-pertinence` read them. The
mail-merge asks each structure whether its record is right: a table and drafts. Nothing is sent: the
drafts open in a mail program, where a person reads them first.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

from matcher import Matcher, Structure
from matcher.catalogue import french
from matcher.tables import BOM, french_csv

from ..casework import audit
from ..casework import decisions as kept
from ..casework.audit import Action
from ..casework.decisions import judged
from ..casework.store.database import Database
from ..signin.keys import LINK_DAYS, link_of
from .console import click, database, explained, keep, new_file, opened

COLUMNS = ("id", "nom", "courriel", "site", "doute", "lien")
TABLE = "publipostage.csv"
EMAIL = ("email", "courriel")
"""Names that the column of a generic address may have in the directory."""
SUBJECT = "Votre fiche dans Maillage est-elle juste ?"
TEXT = """Bonjour,

Maillage aide les communes à trouver, près de chez elles, qui peut les aider à faire naître un
projet de l’économie sociale et solidaire. {name} y a une fiche publique.

Est-elle juste ? Une minute suffit pour le dire, sans compte :
{link}

Trois réponses possibles : tout est juste, quelque chose est à corriger, ou vous n’existez plus.
Ce lien ne sert qu’à votre fiche, pendant {days} jours. Chaque réponse est relue avant publication.

Merci, et bonne journée.
"""


@click.command()
@click.option(
    "--site",
    metavar="ADRESSE",
    required=True,
    help="Adresse publique du site, par exemple https://maillage.example.",
)
@click.option("--toutes", "everyone", is_flag=True, help="Toutes les fiches, même sans doute.")
@click.option(
    "-o",
    "folder",
    metavar="DOSSIER",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Dossier à écrire : le tableau, et un brouillon par fiche.",
)
@explained
def confirmations(site: str, everyone: bool, folder: Path) -> None:
    """Écrit de quoi demander aux structures si leur fiche est juste : tableau et brouillons.

    Sans --toutes, celles des fiches à vérifier. Rien n’est envoyé : les brouillons (.eml) s’ouvrent
    dans un logiciel de courriel.
    """
    if not site.startswith(("https://", "http://")):
        raise click.UsageError("--site est une adresse qui commence par https:// ou http://.")
    app = opened()
    matcher = Matcher.open(app.config["DATA"])
    found = [s for s in matcher.structures.values() if everyone or s.to_verify]
    addresses = _addresses(Path(app.config["DATA"]))
    with app.app_context():
        links = {s.id: f"{site.rstrip('/')}/fiche/{link_of(s.id)}" for s in found}
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    keep(folder / TABLE, _table(found, links, addresses))
    for one in found:
        draft = _draft(one, links[one.id], addresses.get(one.id, ""))
        keep(folder / f"{one.id}.eml", draft.as_bytes(policy=SMTP).decode("ascii"))
    reached = sum(one.id in addresses for one in found)
    click.echo(
        f"{french.counted(len(found), 'brouillon', 'brouillons')} dans {folder}, dont {reached} "
        f"avec une adresse générique ; le tableau est {folder / TABLE}."
    )


def _addresses(data: Path) -> Mapping[str, str]:
    """Generic addresses of the directory, by id; none while it has no such column."""
    with (data / "catalogue" / "structures.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    found = ((row["id"], next((row[c] for c in EMAIL if row.get(c)), "")) for row in rows)
    return {i: address for i, address in found if address}


def _table(
    found: Iterable[Structure], links: Mapping[str, str], addresses: Mapping[str, str]
) -> str:
    rows = [
        (
            *(one.id, one.name, addresses.get(one.id, ""), one.website),
            *(one.note if one.to_verify else "", links[one.id]),
        )
        for one in found
    ]
    return BOM + french_csv(COLUMNS, rows)


def _draft(structure: Structure, link: str, address: str) -> EmailMessage:
    """A message to read and send: `X-Unsent` makes a mail program open it as a draft."""
    message = EmailMessage(policy=SMTP)
    message["X-Unsent"] = "1"
    message["Subject"] = SUBJECT
    if address:
        message["To"] = address
    text = TEXT.format(name=structure.name, link=link, days=LINK_DAYS)
    message.set_content(text, charset="utf-8", cte="quoted-printable")
    return message


@click.command()
@click.option("-o", "path", metavar="FICHIER", type=new_file, required=True, help="CSV à écrire.")
@explained
def decisions(path: Path) -> None:
    """Écrit les décisions des conseillers, pour « python -m matcher calibrate »."""
    app = opened()
    database: Database = app.extensions["database"]
    matcher = Matcher.open(app.config["DATA"])
    with database.reading() as session:  # long: each need is read again
        rows, left_out = kept.decisions(session, matcher)
    with database.writing() as session:
        audit.record(session, Action.EXPORT, None, "decisions")
    keep(path, kept.as_csv(rows))  # needs are told as communes wrote them
    click.echo(f"Écrit : {path} ({_counted(len(rows))}).")
    for why in kept.LeftOut:
        if found := left_out.get(why):
            dossiers = french.counted(len(set(found)), "dossier", "dossiers")
            click.echo(f"Laissé de côté, {why.label} : {_counted(len(found))} de {dossiers}.")


def _counted(count: int) -> str:
    return french.counted(count, "décision", "décisions")


@click.command()
@click.option(
    *("-o", "folder"),
    metavar="DOSSIER",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    help="Dossier à écrire : besoins.csv, notes.csv, affichages.csv.",
)
@explained
def avis(folder: Path) -> None:
    """Écrit les avis des visiteurs, pour « python -m matcher evaluate-pertinence DOSSIER »."""
    opened = database()
    with opened.writing() as session:
        files = judged(session)
        audit.record(session, Action.EXPORT, None, "avis")
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        keep(folder / name, text)
        click.echo(f"Écrit : {folder / name} ({text.count(chr(10)) - 1} lignes).")


COMMANDS = (confirmations, decisions, avis)
