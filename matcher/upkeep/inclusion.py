"""Structures as data.inclusion writes them (its schema, versions 0 and 1) -> rows of ours.

What it does not say is not guessed. It has no kind of support and no service area of a structure:
the kind is proposed from its network, typology, name and text (`directory.kinds`), the area comes
from the zone of a service when the file carries one, or both from columns of our own that the
operator adds to the file. How a structure is reached is `reached`'s, and no person is taken.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

from matcher.catalogue.columns import SEPARATOR, is_digits
from matcher.catalogue.faults import shorten
from matcher.catalogue.schemas import NO, STRUCTURES, YES
from matcher.catalogue.vocabulary import Scale, Theme
from matcher.tables.cells import year

from .directory.kinds import NETWORKS, TYPOLOGY

ORIGIN = "data.inclusion"
"""Where a row comes from, as its note says it, when no other source writes in this layout."""

MARKS = ("nom", "source")
"""Columns by which a file of data.inclusion is known."""

COLUMNS = (
    *("nom", "source", "code_insee", "date_maj", "presentation_resume", "presentation_detail"),
    *("adresse", "code_postal", "commune", "courriel", "telephone", "siret"),
    *(
        "site_web",
        "lien_source",
        "typologie",
        "thematiques",
        "reseaux_porteurs",
        "labels_nationaux",
    ),
    *("zone_eligibilite", "zone_diffusion_type", "zone_diffusion_code"),
)
"""Their columns that are read here, beside `id` and `description`, which are ours too."""

OWNED = ("name", "description", "website", "seat_insee", "source_url", "source_year")
"""Our columns that a later import of the same structure refreshes; an operator owns the others."""

THEMES = {
    "choisir-un-metier": Theme.INSERTION_EMPLOI,
    "creation-activite": Theme.INSERTION_EMPLOI,
    "equipement-et-alimentation--alimentation": Theme.ALIMENTATION,
    "famille": Theme.PETITE_ENFANCE_JEUNESSE,
    "logement-hebergement": Theme.HABITAT,
    "mobilite": Theme.MOBILITE,
    "numerique": Theme.NUMERIQUE,
    "preparer-sa-candidature": Theme.INSERTION_EMPLOI,
    "remobilisation--lien-social": Theme.LIEN_SOCIAL,
    "sante": Theme.SANTE,
    "se-former": Theme.INSERTION_EMPLOI,
    "trouver-un-emploi": Theme.INSERTION_EMPLOI,
}
"""Their thematics, whole or by the part before `--`, that are one of our themes."""

DESCRIPTION_MAX = 2_000
"""Characters: a longer presentation gives way to the summary."""

COUNTRY = ("france", "99100")
"""How `zone_eligibilite` says the whole country."""

ZONE_LEVELS = {
    "commune": Scale.COMMUNE,
    "epci": Scale.EPCI,
    "departement": Scale.DEPARTEMENT,
    "region": Scale.REGION,
    "pays": Scale.NATIONAL,
}
"""Levels of `zone_diffusion_type`."""


def structure_row(record: Mapping[str, str], origin: str = ORIGIN) -> dict[str, str]:
    """Our row for a record of data.inclusion; what it does not say is left blank.

    Columns of ours that the record carries (`kind`, `coverage_level`...) are taken as they are.
    The row is to be verified; its note says where it comes from (`origin`) and what was missing.
    """
    get = record.get
    who = [get("source", "")] if origin == ORIGIN else []
    reasons = [f"{imported(origin)} ({', '.join([*who, get('date_maj') or 'sans date'])})"]
    level, codes = _zone(record)
    if not level and get("code_insee"):
        level, codes = Scale.COMMUNE.value, [record["code_insee"]]
        reasons.append("Territoire non renseigné : limité à la commune du siège, à vérifier")
    themes = _themes(get("thematiques", ""))
    if not themes:
        reasons.append("Thèmes non renseignés")
    networks = [*items(get("reseaux_porteurs", "")), *items(get("labels_nationaux", ""))]
    texts = (get("description"), get("presentation_detail"), get("presentation_resume"))
    text = next((text for text in texts if text and len(text) <= DESCRIPTION_MAX), "")
    seen = year(get("date_maj", ""))
    if seen and not is_digits(seen):
        reasons.append(f"Date de mise à jour illisible : {shorten(seen)}")
    row = {
        "id": slug(record),
        "name": get("nom", ""),
        NETWORKS: SEPARATOR.join(networks),
        TYPOLOGY: get("typologie", ""),
        "seat_insee": get("code_insee", ""),
        "coverage_level": level,
        "coverage_codes": SEPARATOR.join(codes),
        "themes": SEPARATOR.join(themes),
        "description": text,
        "website": get("site_web", ""),
        "source_url": get("lien_source", ""),
        "source_year": seen if is_digits(seen) else "",
        "confidence": "declared",
        "to_verify": YES,
        "note": ". ".join(reasons) + ".",
    }
    # `description` and `source` are names of both: theirs were read above.
    ours = {c: get(c, "") for c in STRUCTURES.names if c not in ("id", "description")}
    row |= {column: value for column, value in ours.items() if value}
    if row["to_verify"] == NO and not ours["note"]:
        row["note"] = reasons[0] + "."
    return row


def imported(origin: str) -> str:
    """How the note of a row begins to say that it was taken from this source."""
    return f"Importée de {origin}"


def items(value: str) -> list[str]:
    """The items of a list, however it is written: `["a", "b"]`, `{a,b}`, `a|b`, `a;b`."""
    return [item for item in re.split(r"[\s,;|\"'{}\[\]]+", value) if item]


def slug(record: Mapping[str, str]) -> str:
    """Our identifier: the producer and its own identifier (version 1 already joins them)."""
    source, own = record.get("source", ""), record.get("id", "")
    whole = own if own.startswith(f"{source}--") or not own else f"{source}-{own}"
    plain = unicodedata.normalize("NFKD", whole).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")


def _zone(record: Mapping[str, str]) -> tuple[str, list[str]]:
    """Level and codes of the service area when one is said; several levels give no level."""
    codes = items(record.get("zone_eligibilite", ""))
    if any(code.lower() in COUNTRY for code in codes):
        return Scale.NATIONAL.value, ["FR"]
    if codes:
        levels = {_level_of(code) for code in codes}
        return (levels.pop().value if len(levels) == 1 else ""), codes
    level = ZONE_LEVELS.get(record.get("zone_diffusion_type", ""))
    codes = items(record.get("zone_diffusion_code", ""))
    if level is Scale.NATIONAL:
        return level.value, ["FR"]
    return (level.value, codes) if level and codes else ("", [])


def _level_of(code: str) -> Scale:
    """The level of a code of `zone_eligibilite`, which has no régions: its length tells."""
    return {5: Scale.COMMUNE, 9: Scale.EPCI}.get(len(code), Scale.DEPARTEMENT)


def _themes(value: str) -> list[str]:
    found = []
    for thematic in items(value):
        theme = THEMES.get(thematic) or THEMES.get(thematic.partition("--")[0])
        if theme and theme not in found:
            found.append(theme.value)
    return found
