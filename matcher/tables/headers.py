"""The header of a table: found below titles, its columns known by the names that people write."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from matcher.catalogue.faults import Fault, shorten
from matcher.catalogue.french import unaccented
from matcher.catalogue.rows import COLUMNS_MAX

REMARKS = ("ligne", "motif")
"""Columns that a file of refused rows has more: where a row was, and why it was refused."""
SEARCHED = 40
"""Rows from the top among which the header is looked for."""

ALIASES: Mapping[str, tuple[str, ...]] = {
    "commune": (
        *("ville", "nom de la commune", "nom commune", "nom de la ville", "nom ville"),
        *("collectivite", "nom de la collectivite", "mairie", "localite", "commune pvd"),
        *("libelle commune", "lib com", "libcom", "nom com", "communes", "municipalite"),
    ),
    "insee": (
        *("code insee", "insee com", "code commune", "codgeo", "code insee commune", "com insee"),
        *("code insee de la commune", "insee commune", "code officiel geographique", "cog"),
        *("code commune insee", "n insee", "numero insee", "depcom"),
    ),
    "code_postal": ("cp", "code postal", "codepostal", "code post", "postal"),
    "departement": (
        *("dep", "dept", "dpt", "code departement", "numero departement", "n departement"),
        *("nom departement", "nom du departement", "code dep", "lib dep"),
    ),
    "besoin": (
        *("besoins", "besoin exprime", "besoins exprimes", "description du besoin", "le besoin"),
        *("expression du besoin", "texte du besoin", "votre besoin", "demande", "description"),
        *("besoin de la commune", "description du projet", "intitule du besoin", "projet"),
        *("objet de la demande", "demande exprimee", "problematique", "decrivez votre besoin"),
    ),
    "themes": ("theme", "thematique", "thematiques", "theme s", "codes themes"),
    "themes_ecartes": ("theme ecarte", "themes exclus", "themes a ecarter"),
    "etape": (
        *("situation", "stade", "etape du projet", "situation du projet", "stade du projet"),
        *("avancement", "etat d avancement", "phase"),
    ),
    "id": ("identifiant", "id besoin", "identifiant du besoin"),
    "courriel": ("email", "e mail", "mail", "adresse mail", "adresse e mail", "adresse courriel"),
    "service": ("service demandeur", "service de la mairie"),
    "accord": ("consentement", "accord de la commune", "accord de transmission"),
    "source": ("origine", "provenance"),
    "reference_externe": ("reference", "ref", "reference externe", "votre reference"),
    "statut": (
        *("etat", "statut du dossier", "etat du dossier", "statut du suivi", "etat de la demande"),
        *("suivi", "statut de la demande", "suite donnee", "ou en est on", "issue", "resultat"),
    ),
    "recu_le": (
        *("date de reception", "date reception", "date de la demande", "date demande"),
        *("date d arrivee", "date de saisine", "date de contact", "premier contact"),
        *("date du premier contact", "date 1er contact", "date du besoin", "date"),
    ),
    "envoye_le": (
        *("date d envoi", "date envoi", "date de mise en relation", "date mise en relation"),
        *("mis en relation le", "mise en relation le", "date de transmission", "transmis le"),
        *("date d orientation", "date de l introduction", "date d introduction", "oriente le"),
    ),
    "repondu_le": ("date de reponse", "date reponse", "reponse le", "date de la reponse"),
    "rencontre_le": (
        *("date de rencontre", "date rencontre", "date de la rencontre", "date du rdv", "date rdv"),
        *("rdv le", "rdv", "date du rendez vous", "date de rendez vous", "rendez vous"),
        "rencontre",
    ),
    "clos_le": ("date de cloture", "date cloture", "cloture le", "date de fin", "clos", "cloture"),
    "revenir_le": (
        *("date de relance", "a relancer le", "relancer le", "prochaine relance", "a revoir le"),
        *("date de rappel", "a rappeler le", "prochaine echeance", "echeance", "relance"),
    ),
    "revenir_pour": (
        *("prochaine action", "action a mener", "prochaine etape", "suite a donner", "a faire"),
        "actions a mener",
    ),
    "responsable": (
        *("conseiller", "conseillere", "suivi par", "charge de mission", "chargee de mission"),
        *("referent", "referente", "en charge", "pilote", "charge du dossier", "attribue a"),
        *("affecte a", "responsable du dossier", "qui suit", "agent", "qui"),
    ),
    "telephone": (
        *("tel", "numero de telephone", "n de telephone", "tel mairie", "telephone mairie"),
        *("telephone de la mairie", "tel de la mairie", "tel contact", "telephone du contact"),
    ),
    "structures": (
        *("structure", "structures sollicitees", "structure sollicitee", "structures proposees"),
        *("structure proposee", "structure s", "structures contactees", "structure contactee"),
        *("structure orientee", "mis en relation avec", "mise en relation avec", "structure ess"),
        *("structures ess", "structure d appui", "structure introduite", "structures introduites"),
        *("orientation", "partenaire", "partenaires", "operateur", "oriente vers"),
    ),
    "reponse": (
        *("reponses", "reponse de la structure", "retour de la structure", "retour structure"),
        *("reponse structure", "avis de la structure", "reponse des structures", "retour"),
    ),
    "raison": (
        *("motif du refus", "raison du refus", "motif de cloture", "motif cloture"),
        *("motif refus", "raison de la cloture"),
    ),
    "notes": (
        *("note", "commentaires", "commentaire", "observations", "observation", "remarques"),
        *("remarque", "notes de suivi", "historique", "compte rendu"),
    ),
    "structure_id": ("structure", "id structure", "identifiant de la structure"),
    "capacite": ("capacites", "nombre d introductions", "capacite d accueil", "places"),
}
"""What people write over a column, without case, accents or punctuation, by the name it has here.
The surest comes first: of two columns that fit, the one whose name stands first here is taken,
the other is kept as it is."""


@dataclass(frozen=True)
class Wanted:
    """The columns that a reader knows.

    Parameters
    ----------
    required : sequence of sequences of str
        One of each group must be there.
    optional : sequence of str
    aliases : mapping of str to sequence of str
        Other names of a column, folded.
    chosen : mapping of str to str
        Our column for a folded name, as a person says; "" to keep that one as it is.
    several : collection of str
        Columns that a table may have more than once.
    """

    required: Sequence[Sequence[str]] = ()
    optional: Sequence[str] = ()
    aliases: Mapping[str, Sequence[str]] = field(default_factory=lambda: ALIASES)
    chosen: Mapping[str, str] = field(default_factory=dict)
    several: Collection[str] = ()

    @property
    def ranks(self) -> dict[str, tuple[str, int]]:
        """Our name of a column by each of its spellings, folded, and how sure that is: 0 first."""
        own = [*(name for group in self.required for name in group), *self.optional]
        known = {fold(name): (name, 0) for name in own}
        for name in own:
            for rank, alias in enumerate(self.aliases.get(name, ()), start=1):
                known.setdefault(alias, (name, rank))
        for folded, name in self.chosen.items():
            known.pop(folded, None)
            if name in own:
                known[folded] = (name, -1)
        return known


@dataclass(frozen=True)
class Header:
    """The columns of a table.

    Parameters
    ----------
    line : int
        Where the header is in the file.
    written : tuple of str
        Its cells as they are.
    known : mapping of int to str
        Our name of a column by its position.
    kept : mapping of int to str
        Name in the file of each other column that has one, by its position.
    """

    line: int
    written: tuple[str, ...]
    known: Mapping[int, str]
    kept: Mapping[int, str]

    @property
    def width(self) -> int:
        """Columns up to the last that has a name."""
        return max((*self.known, *self.kept, *self.remarks), default=-1) + 1

    @property
    def remarks(self) -> tuple[int, ...]:
        """Positions of the columns that a former refusal added."""
        return tuple(
            i
            for i, name in enumerate(self.written)
            if fold(name) in REMARKS and i not in self.known and i not in self.kept
        )


def fold(name: str) -> str:
    r"""A name of column without case, accents, punctuation, ends of lines or parentheses.

    >>> fold("Besoin exprimé\n(obligatoire) :")
    'besoin exprime'
    """
    plain = unaccented(unicodedata.normalize("NFKC", name.replace("\ufeff", "")))
    bare = re.sub(r"\([^)]*\)", " ", plain)
    return re.sub(r"[^a-z0-9]+", " ", bare if bare.strip() else plain).strip()


def understood(cells: Sequence[str], line: int, wanted: Wanted) -> Header:
    """The columns of a row that may be a header."""
    ranks = wanted.ranks
    folded = [fold(cell) for cell in cells]
    best: dict[str, int] = {}
    for name in folded:
        if name in ranks:
            column, rank = ranks[name]
            best[column] = min(rank, best.get(column, rank))
    known: dict[int, str] = {}
    for i, name in enumerate(folded):
        if name in ranks:
            column, rank = ranks[name]
            if column in wanted.several or rank == best[column]:
                known[i] = column
    own = {column for column, _ in ranks.values()}
    kept = {
        i: _once(" ".join(cell.split()), cells, i)
        for i, cell in enumerate(cells)
        if i not in known and cell.strip() and (folded[i] not in REMARKS or folded[i] in own)
    }
    return Header(line, tuple(cells), known, kept)


def _once(name: str, cells: Sequence[str], at: int) -> str:
    before = sum(" ".join(cell.split()) == name for cell in cells[:at])
    return f"{name} ({before + 1})" if before else name


def missing(header: Header, wanted: Wanted) -> list[str]:
    """The columns that are required and are not there: the first name of each group."""
    found = set(header.known.values())
    return [group[0] for group in wanted.required if not found.intersection(group)]


def find_header(rows: Iterable[tuple[int, Sequence[str]]], wanted: Wanted) -> Header | None:
    """The first row that names all required columns; else the first that names the most of them.

    None when no row has a value.
    """
    best: Header | None = None
    for number, (line, cells) in enumerate(rows):
        if number == SEARCHED and best is not None:
            break
        if not any(map(str.strip, cells)):
            continue
        header = understood(cells, line, wanted)
        lacking = len(missing(header, wanted))
        if not lacking:
            return header
        if best is None or lacking < len(missing(best, wanted)):
            best = header
    return best


def header_faults(header: Header, wanted: Wanted, name: str) -> list[Fault]:
    """What keeps a header from being read, in French."""
    if (count := len(header.written)) > COLUMNS_MAX and header.width > COLUMNS_MAX:
        return [Fault(name, header.line, None, None, f"{count} colonnes, {COLUMNS_MAX} au plus")]
    faults = [
        Fault(name, header.line, column, None, f"colonne présente {times} fois")
        for column, times in Counter(header.known.values()).items()
        if times > 1 and column not in wanted.several
    ]
    read = ", ".join(shorten(cell.strip()) for cell in header.written[:10] if cell.strip())
    for column in missing(header, wanted):
        others = [o for group in wanted.required if group[0] == column for o in group[1:]]
        also = f" (ou {', '.join(f'« {o} »' for o in others)})" if others else ""
        rule = f"colonne absente{also} ; colonnes lues : {read or 'aucune'}"
        faults.append(Fault(name, header.line, column, None, rule))
    return faults
