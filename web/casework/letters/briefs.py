"""Briefs: what each side of an introduction is told, with the evidence and what is not known.

Everything comes from the front door of the matcher and from the dossier; nothing is invented. How
a brief is written as an e-mail: `letters`; as a document: `documents`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from matcher import Matcher, Project
from matcher.catalogue import french
from matcher.ranking import Contribution, WhyNot
from matcher.reports import describe, present

from ..dossiers.dossiers import need_of
from ..introductions import replies
from ..outside import Outside
from ..store.tables import Dossier
from . import prose
from .prose import LetterPlace, place_of

REASONS = 4
"""Reasons given: more would no longer be read."""
LEAST_POINTS = 0.02
"""Points below which a contribution is no reason to meet: a seat 300 km away."""
RECORD = "track_record"
"""The criterion whose sentence names projects."""
EXPERIENCE = "experience"
"""The criterion that is shown, not scored: it is said after the reasons."""
NO_REASONS = frozenset({"words", "stage", "audience", "reliability"})
"""Criteria that are no reason to meet: the first three are hints, and doubts are told apart."""
KNOWN_TO_ITSELF = frozenset({"role", "likely_role", "proximity", EXPERIENCE})
"""Criteria that a structure needs no letter to learn: what its kind does, where its seat is, how
many projects it supported."""
ANSWER_DAYS = 7
"""Days in which the structure is asked to answer: before the first reminder."""
COPY_ONLY = "Vu sur une copie seulement."
"""The doubt about a project whose only pages are copies."""
TO_COMPLETE = "[à compléter\u00a0: pourquoi cette structure]"
"""Stands where the matcher has no reason to give; a text that still holds it is not sent."""


@dataclass(frozen=True)
class CitedProject:
    """A project cited as evidence.

    Parameters
    ----------
    said : str
        Title, place and year.
    year : int or None
    sources : tuple of str
        Web addresses.
    doubt : str
        Why it is to be checked, "" when it is not.
    """

    said: str
    year: int | None
    sources: tuple[str, ...]
    doubt: str


@dataclass(frozen=True)
class Reason:
    """Why this structure; `cites` when the projects of the evidence prove it."""

    said: str
    cites: bool = False


@dataclass(frozen=True)
class Sender:
    """Who writes: an adviser, and the organisation of the settings; "" where nothing is set."""

    name: str
    job: str = ""
    organisation: str = ""
    phone: str = ""
    reply: str = ""

    @property
    def lines(self) -> tuple[str, ...]:
        """As a letter ends, one line each."""
        place = ", ".join(part for part in (self.job, self.organisation) if part)
        reached = " – ".join(part for part in (self.phone, self.reply) if part)
        return tuple(line for line in (self.name, place, reached) if line)


@dataclass(frozen=True)
class Brief:
    """An introduction with all that both sides may be told.

    Parameters
    ----------
    themes, guessed_themes : tuple of str
        Those that the commune declared, and those read in its words only.
    stage : str
        As the commune indicated it, "" when it did not.
    covers : bool
        Whether the coverage that is known of the structure contains the commune.
    reasons, reasons_to_structure : tuple of Reason
        Why this structure, as said to the commune and to the structure; strongest first.
    doubts, doubts_to_structure : tuple of str
        What is to be checked about the structure, as said to the commune and to the structure.
    record : str
        Where its record comes from and of when.
    missing : tuple of str
        What is not known of the structure.
    unsaid : tuple of str
        What the structure has to ask the commune.
    ways : tuple of str
        How the structure is reached, where that is known.
    agreed : bool
        Whether the commune agreed that this very structure has its address, and has one.
    """

    reference: str
    sender: Sender
    written_at: datetime
    place: LetterPlace
    need: str
    themes: tuple[str, ...]
    guessed_themes: tuple[str, ...]
    stage: str
    structure: str
    kind: str
    description: str
    seat: str
    website: str
    reach: str
    ways: tuple[str, ...]
    covers: bool
    reasons: tuple[Reason, ...]
    reasons_to_structure: tuple[Reason, ...]
    evidence: tuple[CitedProject, ...]
    doubts: tuple[str, ...]
    doubts_to_structure: tuple[str, ...]
    record: str
    missing: tuple[str, ...]
    unsaid: tuple[str, ...]
    agreed: bool

    @property
    def to_ask(self) -> tuple[str, ...]:
        """What the commune has to ask the structure; what our record lacks is in the document."""
        return tuple(one for one in self.missing if one in prose.TO_ASK)


def write(
    matcher: Matcher,
    dossier: Dossier,
    structure_id: str,
    sender: Sender,
    now: datetime,
    beyond: Outside | None = None,
) -> Brief:
    """Gather what both sides are told about each other.

    Parameters
    ----------
    sender : Sender
        Who signs the letters.
    beyond : Outside, optional
        The structure, where the directory does not have it: nothing is said of why it fits.

    Raises
    ------
    UnknownStructure
        When the catalogue no longer has the structure.
    """
    need = need_of(dossier)
    answer = present(matcher, need, ())
    if beyond is None or beyond.record in matcher.structures:
        why = matcher.why_not(need, beyond.record if beyond else structure_id)
    else:
        why = WhyNot(beyond.structure, None, "perimetre", "")
    facts = describe(why.structure, matcher)
    reasons = _reasons(why)
    doubts = (facts.warning,) if facts.warning else ()
    return Brief(
        reference=dossier.reference,
        sender=sender,
        written_at=now,
        place=place_of(matcher, dossier, answer.place, answer.population, answer.label),
        need=" ".join(dossier.need.split()),
        themes=tuple(theme.label for theme in answer.themes if theme.declared),
        guessed_themes=tuple(
            theme.label for theme in answer.themes if not theme.declared and not theme.minor
        ),
        stage=answer.stage if answer.stage_declared else "",
        structure=facts.name,
        kind=beyond.kind if beyond and beyond.structure is why.structure else facts.kind,
        description=facts.description,
        seat=facts.seat.name if facts.seat else "",
        website=facts.website,
        reach=facts.joined,
        ways=tuple(f"{one.label} : {one.text}" for one in facts.reach if one.told and one.href),
        covers=why.rank is not None,
        reasons=tuple(Reason(prose.to_commune(_said(c)), c.criterion == RECORD) for c in reasons),
        reasons_to_structure=tuple(
            Reason(prose.to_structure(_said(c)), c.criterion == RECORD)
            for c in reasons
            if c.criterion not in KNOWN_TO_ITSELF
        ),
        evidence=tuple(_cited(matcher, why, reasons)),
        doubts=doubts,
        doubts_to_structure=tuple(
            doubt.replace("sur cette structure", "sur votre structure") for doubt in doubts
        ),
        record=_record(facts.freshness, facts.sources),
        missing=prose.missing(why, facts.website, bool(facts.seat), facts.aged),
        unsaid=prose.unsaid(answer.stage_declared),
        agreed=replies.covered(dossier, structure_id),
    )


def _reasons(why: WhyNot) -> list[Contribution]:
    strong = [
        c
        for c in why.contributions
        if c.points >= LEAST_POINTS and c.criterion not in NO_REASONS and c.sentence
    ]
    first = sorted(strong, key=lambda c: (-c.points, c.criterion))[:REASONS]
    if any(c.criterion == RECORD for c in first):
        return first  # its projects are named: how many there are adds nothing
    known = [c for c in why.contributions if c.criterion == EXPERIENCE and c.score]
    return first + known


def _said(contribution: Contribution) -> str:
    """Its sentence without the situation that it is about.

    Declared, it is told elsewhere; read in the text, it would be told as if declared.
    """
    return french.typographic(contribution.sentence.partition(" (situation «")[0])


def _cited(matcher: Matcher, why: WhyNot, reasons: list[Contribution]) -> list[CitedProject]:
    """The projects that the sentence on the track record names, with where they were seen.

    None when the track record is no reason: what proves little would look like a proof.
    """
    told = next((c.sentence for c in reasons if c.criterion == RECORD), "")
    named = [p for p in matcher.catalogue.projects if f"« {p.title} »" in told]
    own = [p for p in named if why.structure.id in p.structures]
    named = sorted(own or named, key=lambda p: told.index(f"« {p.title} »"))
    return [_evidence(matcher, project) for project in named]


def _evidence(matcher: Matcher, project: Project) -> CitedProject:
    commune = matcher.territory.communes.get(project.commune or "")
    where = commune.name if commune else project.territory
    details = ", ".join(part for part in (where, str(project.year or "")) if part)
    title = f"« {french.typographic(project.title)} »" + (f" ({details})" if details else "")
    sources, doubt = prose.proofs(french.links(project.source)), ""
    if project.to_verify:
        doubt = french.sentence(project.note) or "À vérifier."
    elif not sources:
        doubt = COPY_ONLY
    return CitedProject(french.typographic(title), project.year, sources, doubt)


def _record(freshness: str, sources: tuple[str, ...]) -> str:
    if not sources:
        return "aucune page publique"
    seen = " ; ".join(prose.proofs(sources)) or "copie d’une page publique"
    return f"{seen} ({french.within(freshness)})"
