"""Letters: a brief as an e-mail for each side, short enough to be read on a telephone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from matcher import french

from .briefs import ANSWER_DAYS, TO_COMPLETE, Brief, Evidence
from .introductions import CONTACT, Texts
from .tables import Contact, Introduction

SUBJECT = "Objet : "
"""Begins the first line of a kept text."""
NEED_WORDS = 45
"""Words of the need quoted in an e-mail; the document holds it whole."""
ABOUT_WORDS = 30
"""Words of the presentation of the structure."""
CITED = 2
"""Projects cited in an e-mail."""
UNDISCLOSED = "(adresse non transmise : la commune n’a pas donné son accord)"
"""What is read in place of an address that may not be passed on."""


@dataclass(frozen=True)
class Letter:
    """An e-mail: its subject on one line, and its plain text."""

    subject: str
    body: str

    @property
    def text(self) -> str:
        """As it is kept and downloaded."""
        return f"{SUBJECT}{self.subject}\n\n{self.body}"

    @classmethod
    def parse(cls, text: str) -> Letter:
        """Read a kept text."""
        first, _, rest = text.partition("\n")
        return cls(first.removeprefix(SUBJECT).strip(), rest.strip())


def texts(brief: Brief) -> Texts:
    """The two letters of a brief, to be read again before they are sent."""
    return Texts(to_commune(brief).text, to_structure(brief).text)


def to_commune(brief: Brief) -> Letter:
    """Present the structure to the commune."""
    about = [brief.kind]
    if brief.seat:
        about.append(f"siège {french.at(brief.seat)}")
    site = f" {brief.website}" if brief.website else ""
    if brief.agreed:
        following = (
            f"avec votre accord, nous transmettons votre demande et l’adresse de votre service à "
            f"cette structure. Elle a {ANSWER_DAYS} jours pour vous proposer un premier échange. "
            "Sans nouvelles d’elle, répondez-nous : nous la relancerons."
        )
    else:
        following = (
            "nous transmettons votre demande sans votre adresse. Répondez-nous « d’accord » sous "
            f"{ANSWER_DAYS} jours pour que la structure puisse vous écrire ; sans cela, c’est nous "
            "qui ferons le lien."
        )
    return Letter(
        f"Mise en relation avec {brief.structure} – {brief.reference}",
        _body(
            "Bonjour,",
            f"Vous nous avez confié ce besoin : {_quoted(brief.need)}",
            f"Nous vous proposons d’en parler avec {brief.structure} ({', '.join(about)})."
            f" {_cut(brief.description, ABOUT_WORDS)}{site}".rstrip(),
            _list("Pourquoi cette structure :", brief.reasons or (TO_COMPLETE,)),
            _cited(brief.evidence),
            _list("À vérifier avec elle :", brief.doubts),
            f"Source de sa fiche : {brief.record}.",
            f"Nous ne savons pas : {french.listed(brief.missing)}.",
            f"Prochaine étape : {following}",
            _signature(brief),
        ),
    )


def to_structure(brief: Brief) -> Letter:
    """Present the need of the commune to the structure."""
    themes = brief.themes or brief.guessed_themes
    about = f"Thèmes : {french.listed(themes)}" if themes else ""
    if about and not brief.themes:
        about += " (lus dans le texte)"
    stage = f"Situation : {brief.stage}" if brief.stage else ""
    asked = f"dites-nous sous {ANSWER_DAYS} jours si vous pouvez aider, même par un simple avis"
    if brief.agreed:
        service = f"{brief.service}, " if brief.service else ""
        following = (
            f"sous {ANSWER_DAYS} jours, proposez à la commune un premier échange d’une demi-heure "
            f"({service}{CONTACT}, adresse transmise avec son accord), et dites-le-nous."
        )
    else:
        following = (
            f"{asked}. La commune n’a pas donné son accord pour transmettre son adresse : nous "
            "ferons le lien."
        )
    return Letter(
        f"{brief.place.name} ({brief.place.departement}) cherche un appui – {brief.reference}",
        _body(
            "Bonjour,",
            f"La commune {french.of(brief.place.name)} ({brief.place.details}) nous a confié ce "
            f"besoin : {_quoted(brief.need)}",
            "\n".join(line for line in (about, stage) if line),
            _list("Pourquoi vous :", brief.reasons_to_structure or (TO_COMPLETE,)),
            _cited(brief.evidence),
            _list("À confirmer dans votre fiche :", brief.doubts),
            f"Source de votre fiche : {brief.record}. Une erreur ? Dites-le-nous.",
            f"La commune ne nous a pas dit : {french.listed(brief.unsaid)}.",
            f"Prochaine étape : {following} Si ce n’est pas pour vous, un mot sur la raison nous "
            "aidera à mieux orienter les communes.",
            _signature(brief),
        ),
    )


def reminder(introduction: Introduction, structure: str, commune: str, adviser: str) -> Letter:
    """Draft the next reminder to the structure."""
    assert introduction.sent_at is not None
    asked = (
        "Avez-vous pu lire notre message ? Un mot suffit : oui, plus tard, ou pas pour vous.",
        "La commune attend toujours une réponse. Pouvez-vous lui proposer un échange, ou nous "
        "dire que ce n’est pas possible ? Nous chercherons alors ailleurs.",
        f"Sans réponse sous {ANSWER_DAYS} jours, nous proposerons à la commune une autre "
        "structure. Rien n’empêche de travailler ensemble plus tard.",
    )[min(introduction.reminders, 2)]
    reference = introduction.dossier.reference
    return Letter(
        f"Relance : le besoin {french.of(commune)} – {reference}",
        _body(
            "Bonjour,",
            f"Le {introduction.sent_at:%d/%m/%Y}, nous vous avons écrit au sujet du besoin "
            f"{french.of(commune)} : {_quoted(' '.join(introduction.dossier.need.split()))}",
            asked,
            f"Merci,\n{adviser}\nDossier {reference}, pour {structure}",
        ),
    )


def shown(text: str, contact: Contact | None) -> str:
    """Fill in the address of the commune, if it agreed and it is still kept."""
    agreed = contact and contact.consent_at and not contact.erased_at
    address = contact.email if contact and agreed else None
    return text.replace(CONTACT, address or UNDISCLOSED)


def is_complete(text: str) -> bool:
    """Whether nothing is left for the adviser to write."""
    return TO_COMPLETE not in text


def _body(*paragraphs: str) -> str:
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph)


def _list(title: str, items: Iterable[str]) -> str:
    lines = [f"- {item}" for item in items]
    return "\n".join([title, *lines]) if lines else ""


def _cited(evidence: Iterable[Evidence]) -> str:
    lines = []
    for one in tuple(evidence)[:CITED]:
        source = f" : {one.sources[0]}" if one.sources else " : source non renseignée"
        doubt = " (à vérifier)" if one.doubt else ""
        lines.append(f"{one.said}{doubt}{source}")
    return _list("Références :", lines)


def _quoted(need: str) -> str:
    cut = _cut(need, NEED_WORDS)
    return f"«\u00a0{cut}\u00a0»" + ("" if cut.endswith((".", "…", "!", "?")) else ".")


def _cut(text: str, words: int) -> str:
    parts = text.split(" ")
    return text if len(parts) <= words else " ".join(parts[:words]).rstrip(",;:") + " […]"


def _signature(brief: Brief) -> str:
    return f"Bien à vous,\n{brief.adviser}\nDossier {brief.reference}"
