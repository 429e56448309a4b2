"""Suggestions on a terminal: what a person reads first, the parts of each score below it."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from matcher.catalogue.french import decimal, percent
from matcher.catalogue.model import Commune
from matcher.ranking.explain import Suggestion
from matcher.ranking.policy import WEIGHT_CHANGE
from matcher.reading.learned.model import DOUBT, is_doubtful
from matcher.reading.needs import Reading
from matcher.territory.nest import Territory
from matcher.territory.together import place_of

from .facts import area_names, programme
from .records import reach_name, where

WIDTH = 96
BAR = 20
"""Length of the bar of a whole score, characters."""


def commune_line(commune: Commune, territory: Territory) -> str:
    """« Lodève (34142) — CC …, Hérault, Occitanie — 7 345 hab. — Petites villes de demain (…) »."""
    parts = [f"{commune.name} ({commune.insee})", ", ".join(area_names(commune, territory))]
    if commune.population is not None:
        parts.append(f"{decimal(commune.population)} hab.")
    if label := programme(commune, territory):
        parts.append(label)
    return " — ".join(parts)


def place_line(communes: Sequence[Commune], territory: Territory) -> str:
    """The line of a commune, or « CC Lodévois et Larzac — 28 communes — 14 500 hab. »."""
    if len(communes) == 1:
        return commune_line(communes[0], territory)
    people = sum(commune.population or 0 for commune in communes)
    name = place_of(communes, territory).name
    return f"{name} — {len(communes)} communes — {decimal(people)} hab."


def reading_lines(reading: Reading) -> list[str]:
    """The themes read, and what to think of a doubtful one."""
    return [*themes_lines(reading), *([DOUBT] if is_doubtful(reading.sure) else [])]


def themes_lines(reading: Reading) -> list[str]:
    """The themes read, each with the words that prove it."""
    if not reading.themes:
        return ["Aucun thème de l’ESS reconnu dans ce texte."]
    return [
        f"{theme.label} ({percent(weight)}) : {', '.join(f'« {word} »' for word in words)}"
        for theme, weight, words in reading.themes
    ]


def suggestion_lines(suggestion: Suggestion, territory: Territory) -> list[str]:
    """One suggestion over several lines."""
    structure = suggestion.structure
    steady = _steady(suggestion.rank_interval)
    lines = [
        f"{suggestion.rank:>2}. {structure.name} — {structure.kind.label} ({structure.id})",
        f"    score {decimal(suggestion.score, 2)}{steady}"
        + (" — À VÉRIFIER" if structure.to_verify else ""),
        *(wrapped(suggestion.lower) if suggestion.lower else ()),
        *wrapped(suggestion.summary),
        *wrapped(
            f"Périmètre : {reach_name(suggestion.reach, territory)}. "
            f"{where(suggestion.distance_km)}."
        ),
    ]
    for part in suggestion.contributions:
        if part.score is not None:
            bar = "█" * round(BAR * part.points)
            line = f"    {decimal(part.points, 3)}  {part.label} : {part.sentence} {bar}"
            lines += textwrap.wrap(line, WIDTH, subsequent_indent=" " * 11)
    if structure.website or structure.source:
        lines.append(f"    {structure.website or structure.source}")
    return lines


def suggestions_text(suggestions: Sequence[Suggestion], territory: Territory) -> str:
    """All suggestions, a blank line between two."""
    return "\n\n".join("\n".join(suggestion_lines(s, territory)) for s in suggestions)


def wrapped(text: str) -> list[str]:
    """The text cut into lines, set in."""
    return textwrap.wrap(text, WIDTH, initial_indent="    ", subsequent_indent="    ")


def _steady(interval: tuple[int, int] | None) -> str:
    if interval is None:
        return ""
    low, high = interval
    if low == high:
        return " — rang stable"
    return f" — rang {low} à {high} si un poids change de {percent(WEIGHT_CHANGE)}"
