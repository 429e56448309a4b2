"""Matcher: holds the catalogue and its index, answers one need or many."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property, partial
from pathlib import Path

from matcher.catalogue.files import embedded
from matcher.catalogue.french import place_key
from matcher.catalogue.model import Commune, Need, Project, Structure
from matcher.catalogue.tables import Catalogue
from matcher.catalogue.terms import Status
from matcher.index.columns import Index
from matcher.index.coverage import Coverage
from matcher.index.opening import Shelf, opened
from matcher.index.profile import Profiles
from matcher.reading.knowledge import Knowledge
from matcher.reading.needs import Reader, Reading
from matcher.tables.asked import check_need, check_text, check_top
from matcher.territory import together
from matcher.territory.nest import Territory
from matcher.territory.together import Place

from . import inspiration, policy, team, whynot
from .engine import Engine, Ranking
from .explain import Suggestion
from .inspiration import Inspiration, Neighbour, ToRead, Visit
from .order import WITHOUT_REASON
from .policy import Scored
from .question import Question, Understanding
from .team import Team
from .whynot import Counterfactual, UnknownStructure, WhyNot


class Matcher:
    """Ranked, explained suggestions for the need of a commune.

    Parameters
    ----------
    territory, catalogue, reader, knowledge
        See `Matcher.open`, which makes them from a folder.
    profiles, index, understanding : Profiles, Index, Understanding, optional
        Of the same catalogue, when they are there already.
    """

    def __init__(
        self,
        territory: Territory,
        catalogue: Catalogue,
        reader: Reader,
        knowledge: Knowledge,
        profiles: Profiles | None = None,
        index: Index | None = None,
        understanding: Understanding | None = None,
    ) -> None:
        self.territory = territory
        self.catalogue = catalogue
        self.reader = reader.knowing(knowledge.subjects, knowledge.situations)
        self.knowledge = knowledge
        self.profiles = profiles or Profiles.build(
            catalogue.structures, catalogue.projects, knowledge.subjects, knowledge.near
        )
        self.structures: Mapping[str, Structure] = Shelf(
            self.profiles.rows, self.profiles.presentations.structures
        )
        self._understanding = understanding or Understanding(
            self.reader, knowledge, self.profiles, territory
        )
        self._engine = Engine(self.profiles, territory, index=index)

    @classmethod
    def open(cls, folder: str | Path | None = None) -> Matcher:
        """Open the embedded data, or another folder of the same layout.

        Raises
        ------
        DataError
            When a table of the folder cannot be read; it names file, line, column, value and rule.
        """
        root = Path(folder) if folder is not None else embedded()
        found = opened(root)
        return cls(
            found.territory,
            found.catalogue,
            found.reader,
            found.knowledge,
            found.profiles,
            found.index,
        )

    @cached_property
    def coverage(self) -> Coverage:
        """Who covers what, as the plain scorer asks it."""
        return Coverage(self.structures.values(), self.territory)

    def also_under(self, former: Mapping[str, str]) -> None:
        """Find structures under the ids that they had before their rows were joined too."""
        nouns = self.profiles.presentations.structures
        self.structures = Shelf(self.profiles.rows, nouns, former)

    def with_projects(self, projects: Iterable[Project]) -> Matcher:
        """Give a matcher that knows these projects only; no text of a structure is read again."""
        catalogue = replace(self.catalogue, projects=tuple(projects))
        profiles = self.profiles.with_projects(catalogue.projects)
        index = self._engine.index.with_projects(profiles, self.territory)
        known = (self.territory, catalogue, self.reader, self.knowledge, profiles, index)
        return Matcher(*known, understanding=self._understanding)  # reading looks at no project

    @staticmethod
    def embedded() -> Path:
        """Folder of the data that come with the code."""
        return embedded()

    def commune(self, query: str, code: str = "") -> Commune:
        """Find a commune by Insee code, postal code or name.

        Raises
        ------
        UnknownCommune
            When none or several answer; it carries suggestions.
        """
        return self.territory.find(query, code=code)

    def place(self, query: str) -> Place:
        """Find the place of a need: a commune, an EPCI, or several communes that ask together.

        Raises
        ------
        UnknownCommune
            When none or several answer; it carries suggestions.
        """
        return together.place(query, self.territory)

    def read(self, text: str) -> Reading:
        """Read a need: its themes, best first, each with the words that prove it.

        Raises
        ------
        NeedError
            When the text is empty or too long.
        """
        return self._understanding.read(check_text(text))

    def question(self, need: Need | Question) -> Question:
        """Read a need for the criteria (see `check_need` for what is refused), if it is not yet."""
        if isinstance(need, Question):
            return need
        return self._understanding.question(check_need(need, self.territory))

    def ranking(self, need: Need | Question) -> Ranking:
        """Score every eligible structure on every criterion, as columns."""
        return self._engine.rank(self.question(need))

    def ranked(self, need: Need) -> list[Scored]:
        """Every eligible structure, scored with its parts and sentences, in the policy's order."""
        ranking = self.ranking(need)
        return ranking.explained(ranking.first())

    def status(self, need: Need | Question) -> Status:
        """What a need is as a whole: read, vague, out of scope, or nothing said."""
        return self.question(need).status

    def match(self, need: Need | Question, top: int = 10, anyway: bool = False) -> list[Suggestion]:
        """Rank the structures that cover the commune and can help.

        Parameters
        ----------
        top : int
            How many suggestions at most, from 1.
        anyway : bool
            Whether a need that is out of scope or says nothing is ranked all the same; else it has
            no suggestion: see `status`.

        Raises
        ------
        NeedError
            When the need cannot be read: see `check_need`.
        """
        return next(self.match_many([need], top, intervals=True, anyway=anyway))

    def match_many(
        self,
        needs: Iterable[Need | Question],
        top: int = 10,
        intervals: bool = False,
        anyway: bool = False,
        on_theme: bool = False,
    ) -> Iterator[list[Suggestion]]:
        """Answer needs one after the other, as `match` does; memory does not grow with them.

        Put needs of one commune, or of one text, together: what is known is kept. See `match` too.

        Parameters
        ----------
        intervals : bool
            Whether to measure the rank intervals, the longest part of an answer.
        on_theme : bool
            Whether themes without a text are answered by who works on them and generalists alone.

        Raises
        ------
        NeedError
            At the first need that cannot be read; the iterator ends there.
        """
        check_top(top)
        return (
            self._answer(one, top, intervals, on_theme) if anyway or one.status.ranked else []
            for one in map(self.question, needs)
        )

    def _answer(self, question: Question, top: int, spans: bool, themed: bool) -> list[Suggestion]:
        themed = themed and question.empty and bool(question.themes)
        return self._engine.rank(question).suggestions(top, spans, themed)

    def structure(self, named: str) -> Structure:
        """Find a structure by its id, or by its name or an alias, accents and capitals aside.

        Raises
        ------
        UnknownStructure
            When none is so named, or several are.
        """
        if named in self.structures:
            return self.structures[named]
        key = place_key(named)
        found = [
            s for s in self.structures.values() if key in map(place_key, (s.id, s.name, *s.aliases))
        ]
        if len(found) != 1:
            raise UnknownStructure(named)
        return found[0]

    def why_not(
        self,
        need: Need | Question,
        structure_id: str,
        top: int = policy.BLOCK,
        anyway: bool = False,
    ) -> WhyNot:
        """Say which rule or criterion kept a structure out of the first `top` suggestions.

        Nobody has a rank where nobody is proposed, unless it is wanted `anyway`: see `match`.
        """
        structure, question = self.structure(structure_id), self.question(need)
        ranking = self._engine.rank(question)
        order = ranking.first()
        rank = whynot.rank_of(structure, ranking.structures(order))
        if rank is None or not (anyway or question.status.ranked):
            return whynot.unranked(structure, question, rank is None, anyway, self.territory)
        mine, *first = ranking.explained([order[rank - 1], *order[: check_top(top)]])
        return whynot.why_not(rank, mine, first, ranking.tiers[order[rank - 1]] == WITHOUT_REASON)

    def counterfactual(
        self, need: Need, structure_id: str, anyway: bool = False
    ) -> Counterfactual | None:
        """Find the one declaration that would most improve the rank of a structure."""
        structure = self.structure(structure_id)
        return whynot.counterfactual(structure, self.question(need), partial(self._order, anyway))

    def team(self, need: Need | Question) -> Team:
        """Choose the smallest team that answers all of the need, and name what nobody answers."""
        question = self.question(need)
        ranking = self._engine.rank(question)
        order = ranking.by_score()
        useful = [order[i] for i in team.useful(question, ranking.structures(order))]
        return team.build(question, ranking.explained(useful))

    def inspiration(self, need: Need | Question, top: int = 5) -> list[Inspiration]:
        """Rank the projects that communes like this one have carried, on a like need."""
        question, known = self.question(need), self.profiles.references
        pool = self._engine.pool(question)
        return inspiration.projects(question, pool, known, self.territory, check_top(top))

    def neighbours(self, need: Need | Question, top: int = 4) -> list[Neighbour]:
        """Find who does it near by: local operators to see, who accompany nobody."""
        question = self.question(need)
        near = {s.id for place in question.places for s, _ in self.coverage.operators(place)}
        profiles = (self.profiles.by_id[key] for key in sorted(near))
        return inspiration.neighbours(question, profiles, self.territory, check_top(top))

    def visits(self, need: Need | Question, top: int = 3) -> list[Visit]:
        """Find the nearest places to visit, when the need is one of places."""
        question = self.question(need)
        return inspiration.visits(question, self.catalogue.venues, self.territory, check_top(top))

    def resources(self, need: Need | Question, top: int = 5) -> list[ToRead]:
        """Rank the guides, webinars and sheets on the themes of the need."""
        return inspiration.resources(self.question(need), self.catalogue, self.coverage, top)

    def _order(self, anyway: bool, need: Need) -> list[Structure]:
        ranking = self.ranking(need)
        ranked = anyway or ranking.question.status.ranked
        return ranking.structures(ranking.first()) if ranked else []
