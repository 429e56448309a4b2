"""Synthetic structures, projects and needs, as many as one likes, on the real communes.

They are shaped as the real catalogue is (kinds, themes, coverage, networks, doubts), follow the
population, and speak French-looking words with a Zipf law. They measure and try the engine; they
say nothing of any real body, and never stand in `data/`: each id begins with `synth-`.

The same size and seed give the same catalogue.
"""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from matcher import Audience, Matcher, Need, Project, Stage, Structure, Theme
from matcher.catalogue import Scale
from matcher.catalogue.model import Area, Radius
from matcher.catalogue.schemas import (
    CONDITIONS,
    CONTACTS,
    NO,
    PROJECTS,
    RADIUS,
    RESOURCES,
    STRUCTURES,
    TRADES,
    VENUES,
    YES,
)
from matcher.catalogue.tables import Catalogue, write_rows
from matcher.catalogue.vocabulary import GENERALIST
from matcher.territory.nest import Territory

SEED = 20261124

LEVELS: Mapping[Scale | None, float] = {
    Scale.COMMUNE: 0.16,
    Scale.EPCI: 0.24,
    Scale.DEPARTEMENT: 0.232,
    None: 0.08,  # a radius
    Scale.REGION: 0.25,
    Scale.NATIONAL: 0.0362,
}
"""Share of the structures by level of coverage: 6,455 of 100,000 then cover a commune on average,
most of them by région or country, and a third at most next door."""
SEVERAL_AREAS = {1: 0.81, 2: 0.09, 3: 0.05, 5: 0.05}
"""Share of the structures by how many areas of one level they cover, as in the real catalogue."""
RADII_KM = (10.0, 20.0, 35.0, 50.0)

SEAT_UNKNOWN = 0.05
TO_VERIFY = 0.10
TWINS = 0.005
"""Share of the structures that say the very same as another one: their scores are equal."""
UNDATED = 0.15
IN_NETWORK = 0.55
IN_A_BODY = 0.05
STRUCTURES_PER_NETWORK = 150
STRUCTURES_PER_PROJECT = 50
FEWEST_NETWORKS, FEWEST_PROJECTS = 40, 250

THEME_COUNTS = {0: 0.28, 1: 0.27, 2: 0.22, 3: 0.13, 4: 0.06, 6: 0.04}
GENERALIST_OF_NO_THEME = 0.95
"""The others say no theme, and are no generalists: nothing is known."""
WORDS = (6, 22)
"""Fewest and most words or terms of a description, before those of its themes."""
ZIPF = 1.05
"""Exponent of the frequency of a word by its rank."""

NEED_SHAPES = {"text": 0.55, "both": 0.3, "themes": 0.1, "vague": 0.05}
VAGUE = ("Nous voulons un projet.", "Que faire pour notre bourg ?", "Un projet pour tous")
OPENINGS = (
    "Nous cherchons de l’aide pour",
    "La commune souhaite",
    "Un collectif d’habitants veut",
    "Comment financer",
    "Une ancienne école est vide :",
    "Plus personne ne s’occupe de",
)


class Vocabulary:
    """The words that synthetic texts are made of: those of the real tables, by frequency.

    Parameters
    ----------
    folder : Path
        The embedded data: descriptions, thesaurus, subjects.
    """

    def __init__(self, folder: Path) -> None:
        real = Counter(
            word.strip(".,;:()«»").lower()
            for row in _rows(folder / STRUCTURES.file)
            for word in row["description"].split()
        )
        self.by_theme: dict[Theme, list[str]] = defaultdict(list)
        terms: list[str] = []
        for row in _rows(folder / "reference" / "thesaurus.csv"):
            if row["theme"] in set(Theme) and not row["term"].startswith("="):
                self.by_theme[Theme(row["theme"])].append(row["term"])
                terms.append(row["term"])
        for row in _rows(folder / "reference" / "subjects.csv"):
            terms += [term.removeprefix("=") for term in row["terms"].split("|")]
        frequent = [w for w, _ in sorted(real.items(), key=lambda item: (-item[1], item[0])) if w]
        rest = sorted(set(terms) - set(frequent))
        np.random.default_rng(SEED).shuffle(rest)
        self.words = [*frequent, *rest]
        self._steps = np.cumsum(1 / (np.arange(len(self.words)) + 2.7) ** ZIPF)

    def draw(self, rng: np.random.Generator, count: int) -> list[str]:
        """Words with their Zipf frequency."""
        places = np.searchsorted(self._steps, rng.random(count) * self._steps[-1])
        return [self.words[i] for i in places.tolist()]


@dataclass(frozen=True)
class Synthesis:
    """Makes catalogues and needs on the territory of `matcher`.

    Parameters
    ----------
    matcher : Matcher
        The embedded data; only its territory and its kinds are looked at.
    """

    matcher: Matcher

    @property
    def territory(self) -> Territory:
        """The real communes."""
        return self.matcher.territory

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """The words of the texts."""
        return Vocabulary(Matcher.embedded())

    def opened(self, count: int, seed: int = SEED) -> Matcher:
        """A matcher of `count` synthetic structures."""
        catalogue = self.catalogue(count, seed)
        return Matcher(
            self.matcher.territory, catalogue, self.matcher.reader, self.matcher.knowledge
        )

    def catalogue(self, count: int, seed: int = SEED) -> Catalogue:
        """`count` structures, and the projects that some of them supported."""
        rng = np.random.default_rng([seed, count])
        structures = list(self._structures(rng, count))
        return Catalogue(tuple(structures), tuple(self._projects(rng, structures)), ())

    def needs(self, count: int, seed: int = SEED) -> list[Need]:
        """Needs of all sorts: half of the communes follow the population, half do not."""
        rng = np.random.default_rng([seed, 1])
        crowd, anywhere = self._seats(rng, count), self._anywhere(rng, count)
        overseas = [c.insee for c in self.territory.communes.values() if c.overseas]
        shapes = _several(rng, NEED_SHAPES, count)
        needs = []
        for i in range(count):
            commune = overseas[i % len(overseas)] if i % 20 == 0 else (crowd, anywhere)[i % 2][i]
            text = themes = ()
            if shapes[i] in ("text", "both"):
                text = self._need_text(rng)
            elif shapes[i] == "vague":
                text = VAGUE[i % len(VAGUE)]
            if shapes[i] in ("both", "themes"):
                themes = _some(rng, list(Theme), int(rng.integers(1, 4)))
            needs.append(
                Need(
                    commune,
                    text or "",
                    {t: float(rng.choice((1.0, 0.7, 0.3))) for t in themes} if i % 3 else themes,
                    list(Stage)[int(rng.integers(len(Stage)))] if rng.random() < 0.4 else None,
                    list(Audience)[i % len(Audience)] if rng.random() < 0.4 else None,
                    _some(rng, list(Theme), 1) if rng.random() < 0.1 else (),
                )
            )
        return needs

    def _need_text(self, rng: np.random.Generator) -> str:
        theme = list(Theme)[int(rng.integers(len(Theme)))]
        terms = _some(rng, self.vocabulary.by_theme[theme], int(rng.integers(1, 3)))
        words = self.vocabulary.draw(rng, int(rng.integers(2, 12)))
        return f"{OPENINGS[int(rng.integers(len(OPENINGS)))]} {', '.join(terms)} {' '.join(words)}."

    def _structures(self, rng: np.random.Generator, count: int) -> Iterator[Structure]:
        kinds = Counter(s.kind for s in self.matcher.catalogue.structures)
        seats = self._seats(rng, count)
        levels = _several(rng, LEVELS, count)
        areas = _several(rng, SEVERAL_AREAS, count)
        kind = _several(rng, {k: n / kinds.total() for k, n in sorted(kinds.items())}, count)
        theme_counts = _several(rng, THEME_COUNTS, count)
        lengths = rng.integers(*WORDS, size=count)
        words = self.vocabulary.draw(rng, int(lengths.sum()))
        ends = np.cumsum(lengths)
        networks = max(FEWEST_NETWORKS, count // STRUCTURES_PER_NETWORK)
        network = (networks * rng.random(count) ** 2).astype(int).tolist()  # large and small ones
        chance = rng.random((count, 7))
        made: list[Structure] = []
        for i in range(count):
            if made and chance[i, 0] < TWINS:  # the same body said twice under two ids
                other = made[int(chance[i, 1] * len(made))]
                made.append(replace(other, id=_id(i), body=_id(i)))
                yield made[-1]
                continue
            themes = _some(rng, list(Theme), theme_counts[i])
            about = [
                terms[int(rng.integers(len(terms)))]
                for terms in (self.vocabulary.by_theme[t] for t in themes[:3])
            ]
            doubtful = bool(chance[i, 2] < TO_VERIFY)
            made.append(
                Structure(
                    id=_id(i),
                    name=f"Structure d’essai {i}",
                    aliases=(),
                    kind=kind[i],
                    other_kinds=(kind[i - 1],) if i % 4 == 1 and kind[i - 1] != kind[i] else (),
                    themes=themes,
                    generalist=not themes and bool(chance[i, 3] < GENERALIST_OF_NO_THEME),
                    stages=_some(rng, list(Stage)[:6], 1 + i % 3),
                    audiences=_some(rng, list(Audience), 1 + (i // 3) % 3),
                    coverage=self._coverage(rng, levels[i], areas[i], seats[i]),
                    seat=None if chance[i, 4] < SEAT_UNKNOWN else seats[i],
                    body=_id(i - 1) if i and chance[i, 5] < IN_A_BODY else _id(i),
                    network=f"synth-reseau-{network[i]}" if chance[i, 6] < IN_NETWORK else "",
                    description=_sentence([*about, *words[ends[i] - lengths[i] : ends[i]]]),
                    website="",
                    source="",
                    source_year=None if chance[i, 1] < UNDATED else 2018 + i % 9,
                    to_verify=doubtful,
                    note="Fiche d’essai" if doubtful else "",
                )
            )
            yield made[-1]

    def _coverage(
        self, rng: np.random.Generator, level: Scale | None, count: int, seat: str
    ) -> tuple[Area | Radius, ...]:
        if level is None:
            return (Radius(RADII_KM[int(rng.integers(len(RADII_KM)))]),)
        codes = [a.code for a in self.territory.areas_of(seat) if a.scale is level]
        if not codes:  # the four islands without an EPCI
            return (Area(Scale.COMMUNE, seat),)
        if count > 1 and level is not Scale.NATIONAL:
            seats = self._seats(rng, count - 1)
            others = (a.code for s in seats for a in self.territory.areas_of(s) if a.scale is level)
            if level is Scale.REGION:  # two régions are rare, five are the whole country
                others = iter(list(others)[:1])
            codes += others
        return tuple(Area(level, code) for code in dict.fromkeys(codes))

    def _projects(
        self, rng: np.random.Generator, structures: Sequence[Structure]
    ) -> Iterator[Project]:
        count = max(FEWEST_PROJECTS, len(structures) // STRUCTURES_PER_PROJECT)
        places = self._anywhere(rng, count)
        supported = rng.integers(len(structures), size=(count, 2))
        for i in range(count):
            themes = _some(rng, list(Theme), 1 + i % 3)
            terms = [_some(rng, self.vocabulary.by_theme[t], 1)[0] for t in themes]
            by = [structures[j].id for j in dict.fromkeys(supported[i, : (0, 1, 1, 1, 2)[i % 5]])]
            yield Project(
                id=f"synth-projet-{i:06d}",
                title=f"Projet d’essai {i}",
                commune=places[i] if i % 10 else None,
                territory="",
                departement=self.territory.communes[places[i]].departement,
                themes=themes,
                description=_sentence([*terms, *self.vocabulary.draw(rng, 12)]),
                year=2015 + i % 11,
                holder="",
                structures=tuple(by),
                source="",
            )

    @cached_property
    def _codes(self) -> list[str]:
        return list(self.territory.communes)

    @cached_property
    def _population(self) -> np.ndarray:
        return np.cumsum([c.population or 0 for c in self.territory.communes.values()])

    def _seats(self, rng: np.random.Generator, count: int) -> list[str]:
        """Communes drawn in proportion to their population."""
        drawn = rng.integers(self._population[-1], size=count)
        places = np.searchsorted(self._population, drawn, side="right")
        return [self._codes[i] for i in places.tolist()]

    def _anywhere(self, rng: np.random.Generator, count: int) -> list[str]:
        """Communes drawn alike."""
        return [self._codes[i] for i in rng.integers(len(self._codes), size=count).tolist()]


def write(folder: Path, catalogue: Catalogue, data: Path | None = None) -> Path:
    """Write a data folder that `Matcher.open` reads: the tables, and a link to the reference."""
    data = data or Matcher.embedded()
    (folder / "catalogue").mkdir(parents=True, exist_ok=True)
    if not (folder / "reference").exists():
        (folder / "reference").symlink_to(data / "reference")
    write_rows(
        folder / STRUCTURES.file, STRUCTURES.names, map(_structure_row, catalogue.structures)
    )
    write_rows(folder / PROJECTS.file, PROJECTS.names, map(_project_row, catalogue.projects))
    write_rows(folder / RESOURCES.file, RESOURCES.names, ())
    write_rows(folder / CONDITIONS.file, CONDITIONS.names, ())
    write_rows(folder / CONTACTS.file, CONTACTS.names, ())
    write_rows(folder / TRADES.file, TRADES.names, ())
    write_rows(folder / VENUES.file, VENUES.names, ())
    return folder


def _structure_row(structure: Structure) -> dict[str, str]:
    radii = [f"{part.km:g}" for part in structure.coverage if isinstance(part, Radius)]
    areas = [part for part in structure.coverage if isinstance(part, Area)]
    return {
        "id": structure.id,
        "name": structure.name,
        "kind": structure.kind.value,
        "other_kinds": "|".join(structure.other_kinds),
        "body": "" if structure.body == structure.id else structure.body,
        "network": structure.network,
        "seat_insee": structure.seat or "",
        "coverage_level": RADIUS if radii else areas[0].scale.value,
        "coverage_codes": "|".join(radii or [area.code for area in areas]),
        "themes": GENERALIST if structure.generalist else "|".join(structure.themes),
        "stages": "|".join(structure.stages),
        "audiences": "|".join(structure.audiences),
        "description": structure.description,
        "source_year": str(structure.source_year or ""),
        "confidence": "declared",
        "to_verify": YES if structure.to_verify else NO,
        "note": structure.note,
    }


def _project_row(project: Project) -> dict[str, str]:
    return {
        "id": project.id,
        "title": project.title,
        "code_departement": project.departement,
        "insee": project.commune or "",
        "themes": "|".join(project.themes),
        "description": project.description,
        "annee": str(project.year),
        "structure_ids": "|".join(project.structures),
        "roles": "|".join(project.roles),
        "to_verify": NO,
    }


def _id(i: int) -> str:
    return f"synth-{i:06d}"


def _sentence(words: Sequence[str]) -> str:
    text = " ".join(words)
    return f"{text[:1].upper()}{text[1:]}."


def _several(rng: np.random.Generator, shares: Mapping[Any, float], count: int) -> list[Any]:
    """Keys of `shares`, drawn by their share."""
    keys, parts = list(shares), np.cumsum(list(shares.values()))
    places = np.searchsorted(parts, rng.random(count) * parts[-1], side="right")
    return [keys[i] for i in places.tolist()]


def _some(rng: np.random.Generator, items: Sequence[Any], count: int) -> tuple[Any, ...]:
    """`count` different items at most, the first ones more often: themes are not alike frequent."""
    places = (rng.random(count) ** 1.5 * len(items)).astype(int)
    return tuple(items[i] for i in dict.fromkeys(places.tolist()))


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
