"""What is put right in a row on its way in: typing, codes of former days, what follows."""

from __future__ import annotations

import re

from .columns import SEPARATOR
from .links import PROSE, place_columns
from .territory import Territory
from .vocabulary import Scale

TIDIED = (*PROSE, "aliases")
"""Columns whose typing is tidied: apostrophes, spaces, ends of lines."""


def tidy(row: dict[str, str]) -> None:
    """Tidy the typing of the sentences and names of a row."""
    for column in TIDIED:
        if column in row:
            row[column] = re.sub(r"\s+", " ", row[column]).strip().replace("'", "’")


def use_codes_of_today(row: dict[str, str], territory: Territory) -> None:
    """Replace former codes of communes of a structure; the name of the seat follows its code."""
    row["seat_insee"] = territory.resolve(row["seat_insee"]) or row["seat_insee"]
    if commune := territory.communes.get(row["seat_insee"]):
        row["seat_commune"] = commune.name
    if row["coverage_level"] == Scale.COMMUNE:
        codes = row["coverage_codes"].split(SEPARATOR)
        today = dict.fromkeys(territory.resolve(code) or code for code in codes)
        row["coverage_codes"] = SEPARATOR.join(today)


def use_place_of_today(row: dict[str, str], territory: Territory) -> None:
    """Replace a former code of the commune of a project; its other columns of place follow."""
    row["insee"] = territory.resolve(row["insee"]) or row["insee"]
    if commune := territory.communes.get(row["insee"]):
        row |= place_columns(commune, territory)
