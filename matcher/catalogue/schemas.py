"""The published tables: `data/schemas/<table>.json` is written from `TABLES`; a test says so."""

from __future__ import annotations

from dataclasses import replace

from .columns import Column, TableSchema
from .terms import CONFIRMATION, Audience, Backing, Limit, Offer, ResourceType, Term, Way
from .vocabulary import GENERALIST, Kind, Scale, Stage, Theme

RADIUS = "radius"
"""In `coverage_level`: the communes within so many kilometres of the seat."""

YES, NO = "oui", "non"

COMMUNE = r"(\d{2}|2[AB])\d{3}"
SLUG = r"[a-z0-9]+(-[a-z0-9]+)*"
URL = r"https?://[^\s|;\"<>]+"


def labels(terms: type[Term]) -> dict[str, str]:
    """The codes of a closed list, each with its label."""
    return {term.value: term.label for term in terms}


THEMES = labels(Theme)
YES_NO = {YES: "oui", NO: "non"}
"""Of the columns that hold « oui » or « non »."""

YEARS = (1800, 2100)
"""The years that a page or a project can bear; a fixed range, as the schema must not age."""


def _key(description: str, pattern: str, rule: str) -> Column:
    return Column("id", description, rule, required=True, unique=True, pattern=pattern, length=100)


def _themes(codes: dict[str, str], description: str, required: bool = True) -> Column:
    rule = "thème inconnu : les codes sont dans catalogue/themes.csv"
    return Column("themes", description, rule, required=required, codes=codes, many=True)


def _year(name: str, description: str) -> Column:
    rule = "année attendue, sur quatre chiffres"
    return Column(name, description, rule, minimum=YEARS[0], maximum=YEARS[1])


def _url(name: str, description: str, pattern: str = URL) -> Column:
    rule = "adresse attendue, qui commence par https:// ou http://"
    return Column(name, description, rule, pattern=pattern, length=2_000)


def _structures(description: str) -> Column:
    rule = "identifiants de structures attendus, séparés par une barre verticale"
    return Column("structure_ids", description, rule, pattern=SLUG, many=True)


def _insee(name: str, description: str, required: bool = False) -> Column:
    rule = "code Insee de commune attendu"
    return Column(name, description, rule, required=required, pattern=COMMUNE)


def _reference(name: str, description: str) -> Column:
    rule = "identifiant attendu : minuscules sans accent, chiffres et traits d’union"
    return Column(name, description, rule, pattern=SLUG, length=100)


TO_VERIFY = Column(
    "to_verify",
    "« oui » quand la ligne est douteuse : `note` dit pourquoi",
    codes=YES_NO,
    required=True,
)
NOTE = Column("note", "Remarques et raisons de « à vérifier », séparées par ` ; `", length=2_000)
SOURCES = rf"{URL}( ; {URL})*"
PROOF = Column(
    "source_url",
    "Page qui le dit",
    "adresse attendue, qui commence par https:// ou http://",
    required=True,
    pattern=SOURCES,
    length=2_000,
)

STRUCTURES = TableSchema(
    "structures",
    "Structures d’appui de l’économie sociale et solidaire",
    (
        _key("Identifiant stable", SLUG, "minuscules sans accent, chiffres et traits d’union"),
        Column("name", "Nom d’usage", required=True, length=200),
        Column("aliases", "Autres noms, séparés par une barre verticale", many=True),
        Column("kind", "Type principal", "type inconnu", required=True, codes=labels(Kind)),
        Column("other_kinds", "Autres types", "type inconnu", codes=labels(Kind), many=True),
        _reference(
            "body",
            "Organisme qui porte la ligne : les lignes d’un même organisme sont une réponse ; "
            "vide quand la structure est seule",
        ),
        _reference("network", "Réseau dont la structure est membre ou antenne ; vide quand aucun"),
        _insee("seat_insee", "Code Insee de la commune du siège"),
        Column("seat_commune", "Commune du siège", length=100),
        Column(
            "coverage_level",
            "Niveau des territoires couverts, ou `radius` : un rayon autour du siège",
            "niveau inconnu",
            required=True,
            codes=labels(Scale) | {RADIUS: "Rayon autour du siège"},
        ),
        Column(
            "coverage_codes",
            "Codes des territoires couverts (Insee, SIREN pour un EPCI, FR), "
            "ou kilomètres du rayon",
            "codes de territoires attendus, séparés par une barre verticale",
            required=True,
            pattern=r"[0-9][0-9AB][0-9]{0,7}|[0-9]|FR",
            many=True,
            length=5_000,
        ),
        _themes(
            {GENERALIST: "Tous les thèmes"} | THEMES,
            "Thèmes dont la structure est spécialiste, ou `generaliste` ; vide si on ne sait pas",
            required=False,
        ),
        Column(
            "stages", "Étapes de projet appuyées", "étape inconnue", codes=labels(Stage), many=True
        ),
        Column("audiences", "Publics appuyés", "public inconnu", codes=labels(Audience), many=True),
        Column("description", "Ce que fait la structure", required=True, length=2_000),
        _url("website", "Site de la structure"),
        _url("source_url", "Page où la structure a été vue", SOURCES),
        _year("source_year", "Année de cette page"),
        Column(
            "confidence",
            "D’où viennent l’existence et le rôle",
            "attendu : seen_on_page, common_knowledge ou declared",
            required=True,
            codes={
                "seen_on_page": "vus sur une page",
                "common_knowledge": "connaissance générale, aucune page vue",
                "declared": "déclarés dans un fichier importé",
            },
        ),
        TO_VERIFY,
        NOTE,
    ),
)

PROJECTS = TableSchema(
    "projects",
    "Projets de l’économie sociale et solidaire dans des petites villes",
    (
        _key("Identifiant stable", r"[A-Za-z0-9-]+", "lettres, chiffres et traits d’union"),
        Column("title", "Nom du projet", required=True, length=300),
        Column("commune", "Commune du projet", length=100),
        Column("territoire", "Territoire du projet quand la commune n’est pas nommée", length=200),
        Column("departement", "Département", length=100),
        Column(
            "code_departement",
            "Code Insee du département",
            "code de département attendu",
            pattern=r"\d{2}|2[AB]|97\d",
        ),
        Column("region", "Région", length=100),
        _insee("insee", "Code Insee de la commune"),
        Column(
            "pvd",
            "« oui » si la commune est une Petite ville de demain (liste de 2021)",
            codes=YES_NO,
        ),
        _themes(THEMES, "Thèmes du projet"),
        Column("description", "Ce qu’est le projet", required=True, length=2_000),
        _year("annee", "Année du début, ou de la page"),
        Column("organisation_porteuse", "Organisme qui porte le projet", length=300),
        Column("structures_soutien", "Appuis nommés par la page", length=500),
        _url("source_url", "Page où le projet a été vu", SOURCES),
        _structures("Appuis qui sont dans `structures.csv`"),
        Column(
            "roles",
            "Ce que chacun de ces appuis a fait, dans le même ordre",
            codes=labels(Backing),
            many=True,
            repeats=True,
        ),
        TO_VERIFY,
        NOTE,
    ),
)

RESOURCES = TableSchema(
    "resources",
    "Ressources d’Avise et de ses partenaires",
    (
        _key("Identifiant stable", r"[A-Za-z0-9-]+", "lettres, chiffres et traits d’union"),
        Column("title", "Titre", required=True, length=300),
        Column(
            "type",
            "Forme de la ressource",
            "forme inconnue",
            required=True,
            codes=labels(ResourceType),
        ),
        _themes(THEMES, "Thèmes de la ressource"),
        _year("annee", "Année de publication"),
        Column("editeur", "Éditeur", required=True, length=200),
        _url("url", "Adresse", SOURCES),
        _structures("Structures qui éditent ou que la ressource présente"),
        TO_VERIFY,
        NOTE,
    ),
)

CONDITIONS = TableSchema(
    "conditions",
    "Conditions posées par les structures",
    (
        _key("Identifiant stable", SLUG, "minuscules sans accent, chiffres et traits d’union"),
        Column("structure", "Identifiant de la structure", required=True, pattern=SLUG, length=100),
        Column("condition", "Ce qui est demandé", required=True, codes=labels(Limit)),
        Column("value", "Sa valeur", required=True, length=300),
        PROOF,
        _year("source_year", "Année de cette page, vide si elle n’est pas datée"),
    ),
)

CONTACTS = TableSchema(
    "contacts",
    "Comment joindre les structures, et ce que leur aide coûte",
    (
        _key("Identifiant stable", SLUG, "minuscules sans accent, chiffres et traits d’union"),
        _reference("structure", "Identifiant de la structure"),
        Column(
            "kind",
            "Type dont la page parle, quand elle ne parle pas d’une structure",
            "type inconnu",
            codes=labels(Kind),
        ),
        _reference("network", "Réseau dont la page parle, de même"),
        Column("contact", "Ce qui est dit", required=True, codes=labels(Way)),
        Column("value", "Sa valeur ; d’une personne, jamais", required=True, length=500),
        replace(PROOF, pattern=rf"{SOURCES}|{CONFIRMATION}[A-Za-z0-9-]+"),
        Column(
            "source_date",
            "Année, mois ou jour de cette page, vide si elle n’est pas datée",
            "date attendue : 2026, 2026-04 ou 2026-04-20",
            pattern=r"\d{4}(-\d{2}(-\d{2})?)?",
        ),
    ),
)

TRADES = TableSchema(
    "trades",
    "Métiers des structures, lus dans leur fiche",
    (
        _key("Identifiant stable", SLUG, "minuscules sans accent, chiffres et traits d’union"),
        Column("trades", "Sujets pour lesquels on l’appelle, le plus typique d’abord", many=True),
        Column("second_trades", "Sujets où elle serait un bon second", many=True),
        Column("offers", "Ce qu’elle fait pour qui l’appelle", many=True, codes=labels(Offer)),
        Column("typical_needs", "Besoins types, écrits par notre équipe", many=True, length=2_000),
    ),
)

VENUES = TableSchema(
    "venues",
    "Tiers-lieux à visiter",
    (
        _key("Identifiant stable", r"[A-Za-z0-9-]+", "lettres, chiffres et traits d’union"),
        Column("name", "Nom du lieu", required=True, length=200),
        _insee("insee", "Code Insee de la commune", required=True),
        _url("source_url", "Page ou fichier qui le nomme", SOURCES),
        Column(
            "source_date",
            "Jour de cette source",
            "date attendue : 2026-04-20",
            required=True,
            pattern=r"\d{4}-\d{2}-\d{2}",
        ),
    ),
)

THEMES_TABLE = TableSchema(
    "themes",
    "Thèmes",
    (
        Column(
            "code",
            "Code du thème",
            "code de thème inconnu",
            required=True,
            unique=True,
            codes=THEMES,
        ),
        Column("label_fr", "Nom du thème", required=True, length=100),
        Column("definition", "Ce que le thème recouvre", required=True),
    ),
)

TABLES = (STRUCTURES, PROJECTS, RESOURCES, CONDITIONS, CONTACTS, TRADES, VENUES, THEMES_TABLE)
