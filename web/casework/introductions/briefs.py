"""Briefs: what each side of an introduction is told, with the evidence and what is not known.

Everything comes from the front door of the matcher and from the dossier; nothing is invented. How
a brief is written as an e-mail: `letters`; as a document: `documents`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from matcher import Matcher, Project
from matcher.catalogue import Area, Scale, french
from matcher.ranking import Contribution, WhyNot
from matcher.reports import describe, present

from ..dossiers.dossiers import need_of
from ..store.tables import Dossier

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
OF_ITS_KIND = frozenset({"role", "likely_role"})
"""Criteria that say what a kind of structure does: the structure itself knows its trade."""
ANSWER_DAYS = 7
"""Days in which the structure is asked to answer: before the first reminder."""
TO_COMPLETE = "[à compléter\u00a0: pourquoi cette structure]"
"""Stands where the matcher has no reason to give; a text that still holds it is not sent."""

TO_THE_STRUCTURE = (
    ("travaille sur ", "vous travaillez sur "),
    ("accompagne ", "vous accompagnez "),
    ("a accompagné ", "vous avez accompagné "),
    ("a apporté ", "vous avez apporté "),
    ("a financé ", "vous avez financé "),
    ("son réseau a ", "votre réseau a "),
    ("sa présentation ", "votre présentation "),
    ("son siège est dans votre commune", "votre siège est dans la commune"),
    ("son siège est à ", "votre siège est à "),
    ("intervient dans votre commune", "vous intervenez dans la commune"),
    *(
        (f"intervient dans votre {area}", f"vous intervenez dans {said} de la commune")
        for area, said in (
            ("intercommunalité", "l’intercommunalité"),
            ("département", "le département"),
            ("région", "la région"),
        )
    ),
    ("intervient ", "vous intervenez "),
)
"""How the sentences of the criteria begin, and how the same is said to the structure itself."""
_EXPERIENCE = re.compile(r"^(.+ projets?) appuyés? dans notre recensement$")


@dataclass(frozen=True)
class Evidence:
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
class Place:
    """The commune, as both sides read it."""

    name: str
    departement: str
    population: str
    programme: str

    @property
    def details(self) -> str:
        """« Hérault, 7 251 habitants, Petites villes de demain, liste de janvier 2021 »."""
        inhabitants = f"{self.population}\u00a0habitants" if self.population else ""
        programme = self.programme.replace(" (", ", ").replace(")", "")
        return ", ".join(part for part in (self.departement, inhabitants, programme) if part)


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
    agreed : bool
        Whether the commune agreed that its address be passed on, and has one.
    """

    reference: str
    adviser: str
    written_at: datetime
    place: Place
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
    covers: bool
    reasons: tuple[Reason, ...]
    reasons_to_structure: tuple[Reason, ...]
    evidence: tuple[Evidence, ...]
    doubts: tuple[str, ...]
    doubts_to_structure: tuple[str, ...]
    record: str
    missing: tuple[str, ...]
    unsaid: tuple[str, ...]
    agreed: bool


def write(
    matcher: Matcher, dossier: Dossier, structure_id: str, adviser: str, now: datetime
) -> Brief:
    """Gather what both sides are told about each other.

    Parameters
    ----------
    adviser : str
        Name under which the letters are signed.

    Raises
    ------
    UnknownStructure
        When the catalogue no longer has the structure.
    """
    need = need_of(dossier)
    answer = present(matcher, need, ())
    why = matcher.why_not(need, structure_id)
    facts = describe(why.structure, matcher)
    reasons = _reasons(why)
    doubts = (facts.warning,) if facts.warning else ()
    departement = matcher.territory.name(Area(Scale.DEPARTEMENT, answer.commune.departement))
    contact = dossier.contact
    return Brief(
        reference=dossier.reference,
        adviser=adviser,
        written_at=now,
        place=Place(answer.place.name, departement, answer.population, answer.label),
        need=" ".join(dossier.need.split()),
        themes=tuple(theme.label for theme in answer.themes if theme.declared),
        guessed_themes=tuple(
            theme.label for theme in answer.themes if not theme.declared and not theme.minor
        ),
        stage=answer.stage if answer.stage_declared else "",
        structure=facts.name,
        kind=facts.kind,
        description=facts.description,
        seat=facts.seat.name if facts.seat else "",
        website=facts.website,
        reach=facts.joined,
        covers=why.rank is not None,
        reasons=tuple(Reason(_said(c), c.criterion == RECORD) for c in reasons),
        reasons_to_structure=tuple(
            Reason(_to_structure(_said(c)), c.criterion == RECORD)
            for c in reasons
            if c.criterion not in OF_ITS_KIND
        ),
        evidence=tuple(_cited(matcher, why, reasons)),
        doubts=doubts,
        doubts_to_structure=tuple(
            doubt.replace("sur cette structure", "sur votre structure") for doubt in doubts
        ),
        record=_record(facts.freshness, facts.sources),
        missing=_missing(why, facts.website, bool(facts.seat), facts.aged),
        unsaid=_unsaid(answer.stage_declared),
        agreed=bool(contact and contact.email and contact.consent_at and not contact.erased_at),
    )


def _reasons(why: WhyNot) -> list[Contribution]:
    strong = [
        c
        for c in why.contributions
        if c.points >= LEAST_POINTS and c.criterion not in NO_REASONS and c.sentence
    ]
    first = sorted(strong, key=lambda c: (-c.points, c.criterion))[:REASONS]
    known = [c for c in why.contributions if c.criterion == EXPERIENCE and c.score]
    return first + known


def _said(contribution: Contribution) -> str:
    """Its sentence without the situation that it is about.

    Declared, it is told elsewhere; read in the text, it would be told as if declared.
    """
    return french.typographic(contribution.sentence.partition(" (situation «")[0])


def _to_structure(sentence: str) -> str:
    """Turn to the structure a sentence that spoke of it."""
    for start, said in TO_THE_STRUCTURE:
        if sentence.startswith(start):
            sentence = said + sentence.removeprefix(start)
            break
    sentence = _EXPERIENCE.sub(r"vous avez appuyé \1 de notre recensement", sentence)
    return sentence.replace("autour de son siège", "autour de votre siège").replace(
        ", vérifiez que votre commune est", " ; il reste à vérifier que la commune est"
    )


def _cited(matcher: Matcher, why: WhyNot, reasons: list[Contribution]) -> list[Evidence]:
    """The projects that the sentence on the track record names, with where they were seen.

    None when the track record is no reason: what proves little would look like a proof.
    """
    said = next((c.sentence for c in reasons if c.criterion == RECORD), "")
    named = [p for p in matcher.catalogue.projects if f"« {p.title} »" in said]
    own = [p for p in named if why.structure.id in p.structures]
    named = sorted(own or named, key=lambda p: said.index(f"« {p.title} »"))
    return [_evidence(matcher, project) for project in named]


def _evidence(matcher: Matcher, project: Project) -> Evidence:
    commune = matcher.territory.communes.get(project.commune or "")
    where = commune.name if commune else project.territory
    details = ", ".join(part for part in (where, str(project.year or "")) if part)
    said = f"« {french.typographic(project.title)} »" + (f" ({details})" if details else "")
    doubt = ""
    if project.to_verify:
        doubt = french.sentence(project.note) or "À vérifier."
    return Evidence(french.typographic(said), project.year, french.links(project.source), doubt)


def _record(freshness: str, sources: tuple[str, ...]) -> str:
    if not sources:
        return "aucune page publique"
    return f"{' ; '.join(sources)} ({french.within(freshness)})"


def _missing(why: WhyNot, website: str, seat: bool, aged: str) -> tuple[str, ...]:
    found = ["ses disponibilités"]
    if all(contact.way != "cout" for contact in why.structure.contacts):
        found.append("le coût éventuel de son appui")
    if not seat:
        found.append("où est son siège")
    if not website:
        found.append("son site internet")
    if not any(c.criterion == "experience" and c.score for c in why.contributions):
        found.append("les projets qu’elle a appuyés")
    if aged and not why.structure.to_verify:
        found.append("si sa fiche est toujours à jour")
    return tuple(found)


def _unsaid(stage: bool) -> tuple[str, ...]:
    """What the form does not ask; the text may say it."""
    found = () if stage else ("où en est le projet",)
    return (*found, "qui le portera", "son calendrier", "son budget")
