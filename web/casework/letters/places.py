"""Who asks, as letters say it: a commune, or several that ask together."""

from __future__ import annotations

from dataclasses import dataclass

from matcher import Commune, Matcher
from matcher.catalogue import Area, Scale, french
from matcher.territory import Place as Found

from ..groups import parties
from ..store.tables import Dossier

NAMED = 5
"""Communes that a sentence names; the document names them all."""


@dataclass(frozen=True)
class Asking:
    """A commune of a group: its name, its inhabitants, and its need in its own words."""

    name: str
    population: str
    words: str


@dataclass(frozen=True)
class Place:
    """The commune, or those of a group, as both sides read it.

    Parameters
    ----------
    group : tuple of Asking
        The communes that ask together; none of a single one.
    """

    name: str
    departement: str
    population: str
    programme: str
    group: tuple[Asking, ...] = ()

    @property
    def told(self) -> str:
        """« Hérault, 7 251 habitants, Petites villes de demain »; the document has the vintage."""
        inhabitants = f"{self.population}\u00a0habitants" if self.population else ""
        programme = self.programme.partition(" (")[0]
        return ", ".join(part for part in (self.departement, inhabitants, programme) if part)

    @property
    def who(self) -> str:
        """« La commune de Lodève », « Les communes de Lodève, Ceilhes et Lunas »."""
        if not self.group:
            return f"La commune {french.of(self.name)}"
        return f"Les communes {french.of(self.named)}"

    @property
    def named(self) -> str:
        """The names of a group; of a large one, the first and how many others."""
        names = [one.name for one in self.group]
        if len(names) > NAMED:
            return f"{names[0]} et de {len(names) - 1} autres"
        return french.listed(names)


def place_of(
    matcher: Matcher, dossier: Dossier, found: Found, population: str, programme: str
) -> Place:
    """Who asks in a dossier, of what the matcher found there."""
    known = matcher.territory.communes
    codes = dict.fromkeys(commune.departement for commune in found.communes)
    areas = [matcher.territory.name(Area(Scale.DEPARTEMENT, code)) for code in codes]
    words = {one.commune: one.said for one in parties.present(dossier)}
    group = [
        Asking(
            known[insee].name if insee in known else insee,
            _inhabitants(known.get(insee)),
            " ".join((words[insee] or "").split()),
        )
        for insee in words
    ]
    several = tuple(group) if len(group) > 1 else ()
    return Place(found.name, french.listed(areas), population, programme, several)


def _inhabitants(commune: Commune | None) -> str:
    return french.decimal(commune.population) if commune and commune.population else ""
