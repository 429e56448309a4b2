"""What is said in a word or two, as codes: a cohort; the themes and the situation of a row."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from matcher.catalogue.faults import shorten
from matcher.catalogue.french import unaccented
from matcher.catalogue.model import Area
from matcher.catalogue.vocabulary import Scale, Stage, Theme
from matcher.tables.cells import codes
from matcher.tables.headers import fold
from matcher.territory.nest import COUNTRY, PVD, Territory

THEMES = {str(theme): theme.label for theme in Theme}
STAGES = {str(stage): stage.label for stage in Stage}
STAGE_NAMES = {
    "emergence": "Émergence",
    "etude_opportunite": "Étude d’opportunité",
    "creation": "Création",
    "consolidation": "Consolidation",
    "changement_echelle": "Changement d’échelle",
    "financement": "Financement",
    "immobilier": "Immobilier",
    "strategie": "Stratégie",
}
"""What people call the situations, beside the labels that the pages show."""
LABELS = {"themes": THEMES, "themes_ecartes": THEMES, "etape": STAGE_NAMES}
CALLED = {"themes": "Thème", "themes_ecartes": "Thème écarté", "etape": "Situation"}
LINKS = frozenset("a au aux d de des du en et l la le les ou un une".split())
PARTS = re.compile(r" et | ou |,")
"""What stands between the parts of a label: « Insertion et emploi » has two."""
ALL = "france"
"""The cohort of all communes."""
SCALES = {scale.value: scale for scale in Scale if scale is not Scale.NATIONAL}
EXPECTED = (
    "attendu : pvd, france, departement:48, region:76, epci:200017341 (numéro SIREN) ou "
    "commune:34142"
)


@dataclass(frozen=True, slots=True)
class RowWords:
    """What a row says of its themes and of its situation, in codes.

    Parameters
    ----------
    unknown : tuple of (str, str)
        Column and value of what is none of ours.
    """

    themes: tuple[str, ...]
    excluded: tuple[str, ...]
    stages: tuple[str, ...]
    unknown: tuple[tuple[str, str], ...]

    @property
    def aside(self) -> tuple[str, ...]:
        """What is set aside where the text of the need is there to be read, in French."""
        return tuple(
            f"{CALLED[column]} « {value} » laissé{'e' * (column == 'etape')} de côté : "
            "ce n’est pas un mot de nos listes."
            for column, value in self.unknown
        )


def said_in(row: Mapping[str, str]) -> RowWords:
    """Read the columns of `LABELS` of a row; they may be absent."""
    found = {column: _read(row.get(column, ""), column) for column in LABELS}
    known = {c: tuple(dict.fromkeys(code for code, _ in f if code)) for c, f in found.items()}
    unknown = tuple((c, value) for c, f in found.items() for code, value in f if not code)
    return RowWords(known["themes"], known["themes_ecartes"], known["etape"], unknown)


def values_of(column: str) -> str:
    """What a column may hold, in French."""
    return ", ".join(LABELS[column].values())


def _read(value: str, column: str) -> list[tuple[str, str]]:
    """Each piece of a value with its code, "" where it has none."""
    labels = LABELS[column]
    whole = codes(value, STAGES if column == "etape" else labels)
    if not all(code in labels for code in whole):
        whole = codes(value, labels)
    named = [*labels.items(), *(STAGES.items() if column == "etape" else ())]
    return [(one if one in labels else closest(one, named), one) for one in whole]


def closest(said: str, labels: Iterable[tuple[str, str]]) -> str:
    """The code of the only label of which a part has all the words said, or is said whole.

    >>> closest("mobilité douce", THEMES.items()), closest("agriculture", THEMES.items())
    ('mobilite', 'alimentation')
    >>> closest("ESS", THEMES.items())
    ''
    """
    words = _words(said)
    found = {
        code
        for code, parts in _parts(tuple(labels))
        for part in parts
        if words and (part <= words or words <= part)
    }
    return found.pop() if len(found) == 1 else ""


@lru_cache(maxsize=8)
def _parts(labels: tuple[tuple[str, str], ...]) -> list[tuple[str, list[frozenset[str]]]]:
    return [(code, [*map(_words, PARTS.split(label))]) for code, label in labels]


def _words(text: str) -> frozenset[str]:
    """The words of a text without those that link them, singular."""
    return frozenset(word.rstrip("sx") for word in fold(text).split() if word not in LINKS)


class UnknownCohort(ValueError):
    """No cohort has this name; the message is French and says what is expected."""


@dataclass(frozen=True, slots=True)
class Cohort:
    """Some communes that are studied together.

    Parameters
    ----------
    code : str
        `pvd`, `france`, or a level and a code: `departement:48`.
    name : str
        French, for titles: « Petites villes de demain », « Département : Lozère ».
    members : tuple of str
        Insee codes, sorted; at least one.
    """

    code: str
    name: str
    members: tuple[str, ...]


def parse_cohort(text: str, territory: Territory) -> Cohort:
    """Find the communes of a cohort.

    Parameters
    ----------
    text : str
        `pvd`, `france`, `departement:48`, `region:76`, `epci:200017341` or `commune:34142`; case
        and accents do not count, and a former Insee code stands for the commune of today.

    Raises
    ------
    UnknownCohort
        When the level or the code is unknown.
    """
    level, _, code = (part.strip() for part in text.partition(":"))
    level, code = unaccented(level), code.upper()
    if not code and level == PVD:
        members = tuple(i for i, c in territory.communes.items() if PVD in c.labels)
        if not members:
            raise UnknownCohort("Aucune Petite ville de demain dans ces données.")
        return Cohort(PVD, "Petites villes de demain", members)
    if not code and level == ALL:
        return Cohort(ALL, COUNTRY.scale.label, territory.members(COUNTRY))
    if level not in SCALES or not code:
        raise UnknownCohort(f"Cohorte inconnue : « {shorten(text)} » ; {EXPECTED}.")
    scale = SCALES[level]
    if scale is Scale.COMMUNE:
        code = territory.resolve(code) or code
    area = Area(scale, code)
    members = territory.members(area)
    if not members:
        rule = f"aucune commune, code inconnu au niveau « {scale.label} »"
        raise UnknownCohort(f"Cohorte inconnue : « {shorten(text)} » : {rule} ; {EXPECTED}.")
    return Cohort(f"{level}:{code}", f"{scale.label} : {territory.name(area)}", members)
