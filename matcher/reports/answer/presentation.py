"""What a page or a sheet says about an answer: French sentences and the lengths of the bars.

Web pages and the printed sheet share it, so that they never say two things.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from matcher.catalogue.french import counted, decimal, percent, sentence, typographic
from matcher.catalogue.model import Commune, Need
from matcher.catalogue.terms import Status
from matcher.ranking.engine import Ranking
from matcher.ranking.explain import Suggestion
from matcher.ranking.policy import WEIGHT_CHANGE, Contribution
from matcher.ranking.question import Question
from matcher.reading.needs import Reading
from matcher.territory.nest import Territory
from matcher.territory.together import Place, place_of

from .facts import StructureFacts, area_names, credits, describe, programme, unranked
from .records import reach_name, where
from .trails import Trails, trails_of

if TYPE_CHECKING:
    from matcher.ranking.matcher import Matcher

MINOR = 0.4
"""Weight below which a theme read in the text is told apart from the main ones."""
REASONS = 3
"""Parts shown at first sight: more would no longer be a summary."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of the need.

    Parameters
    ----------
    role : {"", "proof", "aside", "outside"}
        It proves a theme, looks like one and is set aside, or is out of scope; "" when nothing.
    note : str
        Which theme it proves, or why it does not count.
    """

    text: str
    role: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class ThemeRead:
    """A theme of the need: ticked by the commune, or proved by `words` of the text.

    Parameters
    ----------
    weight : float
        What it counts in the ranking, in ]0, 1].
    """

    code: str
    label: str
    words: tuple[str, ...]
    declared: bool
    weight: float

    @property
    def minor(self) -> bool:
        """Read with little certainty: the words say it in passing."""
        return not self.declared and self.weight < MINOR


@dataclass(frozen=True, slots=True)
class ScorePart:
    """A part of a score. `start` and `points` are in hundredths of the whole score."""

    criterion: str
    label: str
    sentence: str
    start: float
    points: float

    @property
    def shown(self) -> str:
        """The points as written in French."""
        return decimal(self.points, 1)


@dataclass(frozen=True, slots=True)
class Card:
    """A suggestion with all that a reader sees of it.

    Parameters
    ----------
    parts : tuple of ScorePart
        Most points first; they add up to `score` (hundredths).
    where, reach : str
        Distance and estimated travel time; the area through which it covers the commune.
    stability, lower : str
        How sure the rank is; why it is below one that has fewer points.
    """

    suggestion: Suggestion
    facts: StructureFacts
    score: float
    parts: tuple[ScorePart, ...]
    summary: str
    where: str
    reach: str
    stability: str
    lower: str

    @property
    def shown(self) -> str:
        """The score as written in French, over 100, one decimal: the parts add up to it."""
        return decimal(self.score, 1)

    @property
    def reasons(self) -> tuple[ScorePart, ...]:
        """The parts that weigh most, for those who read no further."""
        return tuple(part for part in self.parts[:REASONS] if part.points)


@dataclass(frozen=True, slots=True)
class Answer:
    """What was asked, what was understood, and the suggestions.

    Parameters
    ----------
    commune : Commune
        The one that asks, or that speaks for those of the `place`.
    areas : tuple of str
        Names of the EPCI (if any), the département and the région.
    status : Status
        What the need is as a whole.
    label : str
        The programme the commune is in, with the vintage of the list; "" when none.
    trails : Trails or None
        What comes before names that are but trails; None where they are more.
    """

    commune: Commune
    place: Place
    areas: tuple[str, ...]
    label: str
    need: Need
    passages: tuple[Passage, ...]
    themes: tuple[ThemeRead, ...]
    trails: Trails | None
    stage: str
    stage_declared: bool
    status: Status
    cards: tuple[Card, ...]
    credits: str

    @property
    def aside(self) -> str:
        """Why nobody is proposed unless it is wanted all the same; "" when the need is ranked."""
        return unranked(self.status)

    @property
    def title(self) -> str:
        """What is said above the suggestions: « 10 structures à contacter … », « Des pistes … »."""
        many = counted(len(self.cards), "structure", "structures")
        if self.trails:
            return f"{self.trails.title} : {many}"
        return f"{many} à contacter, la plus adaptée d’abord"

    @property
    def population(self) -> str:
        """Inhabitants as written in French, "" when unknown."""
        people = sum(commune.population or 0 for commune in self.place.communes)
        return decimal(people) if people else ""


def present(
    matcher: Matcher,
    need: Need | Question,
    suggestions: Sequence[Suggestion],
    ranking: Ranking | None = None,
) -> Answer:
    """Say in French what `matcher` answers to `need`.

    Parameters
    ----------
    ranking : Ranking, optional
        That of the need, when it is there already.

    Raises
    ------
    NeedError
        When the need cannot be read.
    """
    question = matcher.question(need)
    territory = matcher.territory
    trails = trails_of(ranking or matcher.ranking(question), suggestions) if suggestions else None
    stage = max(question.stages, key=lambda s: question.stages[s], default=None)
    return Answer(
        commune=question.commune,
        place=place_of(question.places, territory),
        areas=_areas(question, territory),
        label=programme(question.commune, territory) if len(question.places) == 1 else "",
        need=question.need,
        passages=passages(question.reading, question.need.excluded),
        themes=_themes(question),
        trails=trails,
        stage=typographic(stage.label) if stage else "",
        stage_declared=question.stage_declared,
        status=question.status,
        cards=tuple(card(s, matcher) for s in suggestions),
        credits=credits(matcher),
    )


def _areas(question: Question, territory: Territory) -> tuple[str, ...]:
    """The areas of a commune; of several, how many they are and the areas that hold them all."""
    each = [area_names(commune, territory) for commune in question.places]
    if len(each) == 1:
        return each[0]
    shared = [name for name in each[0] if all(name in names for names in each)]
    own = place_of(question.places, territory).name
    return (f"{len(each)} communes", *(name for name in shared if name != own))


def passages(reading: Reading, excluded: Collection[str] = ()) -> tuple[Passage, ...]:
    """Cut the text at the words that count or were set aside; where two overlap, the first wins.

    The words of themes that the commune `excluded` are words like the others.
    """
    roles = {"proof": reading.proofs, "outside": reading.out_of_scope, "aside": reading.set_aside}
    marked = [
        (proof, role)
        for role, proofs in roles.items()
        for proof in proofs
        if proof.end > proof.start and proof.theme not in excluded
    ]
    found: list[Passage] = []
    at = 0
    for proof, role in sorted(marked, key=lambda m: (m[0].start, -m[0].end)):
        if proof.start < at:
            continue
        if proof.start > at:
            found.append(Passage(reading.text[at : proof.start]))
        theme = proof.theme.label if proof.theme else "hors du champ de l’ESS"
        note = f"{theme} : {typographic(proof.reason)}" if proof.reason else theme
        found.append(Passage(reading.text[proof.start : proof.end], role, note))
        at = proof.end
    if at < len(reading.text):
        found.append(Passage(reading.text[at:]))
    return tuple(found)


def _themes(question: Question) -> tuple[ThemeRead, ...]:
    words = {theme: proof for theme, _, proof in question.reading.themes}
    declared = set(question.need.themes)
    return tuple(
        ThemeRead(theme.value, theme.label, words.get(theme, ()), theme in declared, weight)
        for theme, weight in question.themes.items()
    )


def card(suggestion: Suggestion, matcher: Matcher) -> Card:
    """One suggestion in French."""
    return Card(
        suggestion=suggestion,
        facts=describe(suggestion.structure, matcher),
        score=100 * suggestion.score,
        parts=tuple(parts(suggestion.contributions)),
        summary=typographic(suggestion.summary),
        where=where(suggestion.distance_km),
        reach=reach_name(suggestion.reach, matcher.territory),
        stability=typographic(stability(suggestion.rank_interval)),
        lower=typographic(suggestion.lower),
    )


def parts(contributions: Iterable[Contribution]) -> Iterable[ScorePart]:
    """The parts that apply, most points first, each starting where the one before ends."""
    at = 0.0
    for c in sorted(contributions, key=lambda c: (-c.points, c.criterion)):
        if c.score is None:
            continue
        yield ScorePart(c.criterion, c.label, sentence(c.sentence), 100 * at, 100 * c.points)
        at += c.points


def stability(interval: tuple[int, int] | None) -> str:
    """How sure the rank is; "" when it was not measured."""
    if interval is None:
        return ""
    low, high = interval
    changed = f"quand le poids d’un critère varie de {percent(WEIGHT_CHANGE)}"
    if low == high:
        return f"Rang stable : il ne bouge pas {changed}."
    return f"Entre le rang {low} et le rang {high} {changed}."
