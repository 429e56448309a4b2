"""How good the record of a structure is, from 0 to 100, by a formula that is published.

`reference/quality.csv` says what gives how many points, part by part; each line is a rule of
`RULES`. Of the three lines on age only the best counts. It measures our record, not the structure.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from matcher.catalogue.columns import SEPARATOR, is_digits
from matcher.catalogue.faults import DataError, Fault
from matcher.catalogue.rows import among, read_rows, scan_rows
from matcher.catalogue.schemas import RADIUS, YES
from matcher.catalogue.terms import Term, Way

from ..edit import CONFIRMED
from .kinds import PROPOSED

QUALITY_FILE = "reference/quality.csv"
COLUMNS = ("code", "part", "points", "label")
SAYS_SOMETHING = 60
"""Characters from which a description says something."""
DOUBTFUL_AREA = re.compile(r"zone|p[ée]rim[èe]tre|territoire|couverture", re.IGNORECASE)
"""A doubt on the area, in the note of a row that is to be verified."""


class QualityPart(Term):
    """What is looked at."""

    IDENTITE = ("identite", "Identité", "qui c’est")
    CONTACT = ("contact", "Contact", "comment la joindre")
    TERRITOIRE = ("territoire", "Territoire", "où elle intervient")
    PREUVE = ("preuve", "Preuve", "comment nous le savons")
    FRAICHEUR = ("fraicheur", "Fraîcheur", "de quand cela date")


class Class(Term):
    """What a figure means."""

    SOLID = ("solide", "Fiche solide", "70 points ou plus")
    INCOMPLETE = ("a_completer", "Fiche à compléter", "de 45 à 69 points")
    FRAGILE = ("fragile", "Fiche fragile", "moins de 45 points")


SOLID_FROM, FRAGILE_BELOW = 70, 45
"""Points: a row with a site, a page and no doubt is solid; one known by hearsay is fragile."""


@dataclass(frozen=True, slots=True)
class QualityLine:
    """A line of the formula, and the points that it gives."""

    code: str
    part: QualityPart
    points: int
    label: str


@dataclass(frozen=True)
class Quality:
    """The figure of a record and what makes it.

    Parameters
    ----------
    got, lacking : tuple of QualityLine
        Lines that give their points, and those that do not. Of the age, one line at most.
    """

    got: tuple[QualityLine, ...]
    lacking: tuple[QualityLine, ...]

    @property
    def points(self) -> int:
        """From 0 to 100."""
        return sum(line.points for line in self.got)

    @property
    def grade(self) -> Class:
        """What the figure means."""
        if self.points >= SOLID_FROM:
            return Class.SOLID
        return Class.FRAGILE if self.points < FRAGILE_BELOW else Class.INCOMPLETE

    def parts(self) -> list[tuple[QualityPart, int, int]]:
        """Each part with its points and the most that it can have."""
        lines = (*self.got, *self.lacking)
        return [
            (
                part,
                sum(line.points for line in self.got if line.part is part),
                _most([line for line in lines if line.part is part]),
            )
            for part in QualityPart
        ]


@dataclass(frozen=True)
class RuleContext:
    """What a rule looks at beside the row: texts shared, who is named, who is reached, the year."""

    texts: Mapping[str, int]
    named: frozenset[str]
    reached: frozenset[str]
    year: int


Rule = Callable[[Mapping[str, str], RuleContext], bool]


def _age(row: Mapping[str, str], told: RuleContext) -> int:
    """Years since the source, or since its structure confirmed it; a hundred when never."""
    years = [int(row["source_year"])] if is_digits(row["source_year"]) else []
    years += [int(year) for year in CONFIRMED.findall(row["note"])]
    return max(0, told.year - max(years)) if years else 100


RULES: Mapping[str, Rule] = {
    "description": lambda row, told: (
        len(row["description"]) >= SAYS_SOMETHING and told.texts[row["description"]] == 1
    ),
    "siege": lambda row, told: bool(row["seat_insee"]),
    "type": lambda row, told: PROPOSED not in row["note"],
    "site": lambda row, told: bool(row["website"]),
    "joindre": lambda row, told: row["id"] in told.reached,
    "zone": lambda row, told: row["coverage_level"] != RADIUS,
    "zone_sure": lambda row, told: (
        not (row["to_verify"] == YES and DOUBTFUL_AREA.search(row["note"]))
    ),
    "page": lambda row, told: row["confidence"] == "seen_on_page" and bool(row["source_url"]),
    "sans_doute": lambda row, told: row["to_verify"] != YES,
    "references": lambda row, told: row["id"] in told.named,
    "recente": lambda row, told: _age(row, told) <= 1,
    "assez_recente": lambda row, told: _age(row, told) <= 3,
    "ancienne": lambda row, told: _age(row, told) <= 5,
}
"""Whether a line of the formula gives its points to a row."""


class Qualities:
    """The quality of each record of a directory.

    Parameters
    ----------
    lines : sequence of QualityLine
        The formula.
    structures, projects, contacts : iterable of mapping of str to str
        The rows of the three tables.
    """

    def __init__(
        self,
        lines: Sequence[QualityLine],
        structures: Iterable[Mapping[str, str]],
        projects: Iterable[Mapping[str, str]],
        contacts: Iterable[Mapping[str, str]],
    ) -> None:
        rows = list(structures)
        years = [int(row["source_year"]) for row in rows if is_digits(row["source_year"])]
        named = (i for row in projects for i in row["structure_ids"].split(SEPARATOR))
        texts = Counter(row["description"] for row in rows)
        ways = (row["structure"] for row in contacts if Way(row["contact"]).reaches)
        told = RuleContext(texts, frozenset(named), frozenset(ways), max(years, default=0))
        self.lines = tuple(lines)
        self.of = {row["id"]: _quality(self.lines, row, told) for row in rows}

    @classmethod
    def open(cls, folder: Path) -> Qualities:
        """Read the formula and the tables of a data folder; no quality where no formula is.

        Raises
        ------
        DataError
            When one of them cannot be read.
        """
        if not (folder / QUALITY_FILE).exists():
            return cls((), (), (), ())
        lines = read_formula(folder)
        tables = (f"catalogue/{name}.csv" for name in ("structures", "projects", "contacts"))
        return cls(lines, *(read_rows(folder / file, name=file) for file in tables))

    @property
    def mean(self) -> float:
        """Mean of the figures, in points; 0 for nobody."""
        return sum(q.points for q in self.of.values()) / max(1, len(self.of))

    def counts(self, ids: Iterable[str] | None = None) -> Mapping[Class, int]:
        """Records of each class, of these ids or of all."""
        kept = self.of if ids is None else [i for i in ids if i in self.of]
        found = Counter(self.of[i].grade for i in kept)
        return {one: found[one] for one in Class}


def read_formula(folder: Path) -> list[QualityLine]:
    """The lines of the formula of a data folder; none where it has none."""
    if not (folder / QUALITY_FILE).exists():
        return []
    rows = read_rows(folder / QUALITY_FILE, COLUMNS, name=QUALITY_FILE)
    return [
        QualityLine(r["code"], QualityPart(r["part"]), int(r["points"]), r["label"]) for r in rows
    ]


def check_quality(folder: Path) -> list[Fault]:
    """Every fault of the formula of a data folder, or one warning on how many are fragile."""
    if not (folder / QUALITY_FILE).exists():
        return []
    try:
        rows, faults = scan_rows(folder / QUALITY_FILE, COLUMNS, name=QUALITY_FILE)
    except DataError as error:
        return list(error.faults)
    for row in rows:
        for column, codes in (("code", tuple(RULES)), ("part", tuple(QualityPart))):
            faults += among(QUALITY_FILE, row, column, codes)
        if not is_digits(row["points"]):
            rule = "nombre entier attendu"
            faults.append(Fault(QUALITY_FILE, row.line, "points", row["points"] or None, rule))
    if not faults and (most := _total(rows)) != 100:
        rule = f"la formule donne {most} points au plus : 100 attendus"
        faults.append(Fault(QUALITY_FILE, None, "points", None, rule))
    return faults


def weak(qualities: Qualities, file: str) -> list[Fault]:
    """A warning on the records that are fragile, with how many they are."""
    count = qualities.counts()[Class.FRAGILE]
    rule = f"{count} fiches fragiles (moins de {FRAGILE_BELOW} points sur 100) : voir « qualite »"
    return [Fault(file, None, None, None, rule, "avertissement")] if count else []


def _quality(lines: tuple[QualityLine, ...], row: Mapping[str, str], told: RuleContext) -> Quality:
    got: dict[bool, list[QualityLine]] = defaultdict(list)
    for line in lines:
        got[RULES[line.code](row, told)].append(line)
    dated = [line for line in got[True] if line.part is QualityPart.FRAICHEUR]
    best = max(dated, key=lambda line: line.points, default=None)
    kept = [line for line in got[True] if line.part is not QualityPart.FRAICHEUR or line is best]
    ages = [line for line in lines if line.part is QualityPart.FRAICHEUR]
    top = max(ages, key=lambda line: line.points, default=None)
    lacking = [line for line in got[False] if line.part is not QualityPart.FRAICHEUR]
    return Quality(tuple(kept), (*lacking, *([top] if top and top is not best else [])))


def _most(lines: Sequence[QualityLine]) -> int:
    """The most that the lines of one part give together; of the age, one line counts."""
    points = [line.points for line in lines]
    if lines and lines[0].part is QualityPart.FRAICHEUR:
        return max(points)
    return sum(points)


def _total(rows: Iterable[Mapping[str, str]]) -> int:
    parts: dict[str, list[int]] = defaultdict(list)
    for row in rows:
        parts[row["part"]].append(int(row["points"]))
    return sum(max(p) if part == QualityPart.FRAICHEUR else sum(p) for part, p in parts.items())
