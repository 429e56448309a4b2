"""Letters: a brief as an e-mail for each side, short enough to be read on a telephone."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from matcher.catalogue import french

from ..contacts import ERASED
from ..store.tables import Contact, Introduction
from .briefs import ANSWER_DAYS, TO_COMPLETE, Brief, Evidence, Reason
from .introductions import CONTACT, Texts

MOST_WORDS = 250
"""Words of an e-mail that is still read; weaker reasons give way to it."""
FEWEST_REASONS = 2
SUBJECT = "Objet : "
"""Begins the first line of a kept text."""
NEED_WORDS = 40
"""Words of the need quoted in an e-mail; the document holds it whole."""
ABOUT_WORDS = 28
"""Words of the presentation of the structure."""
UNDISCLOSED = "(adresse non transmise : la commune n’a pas donné son accord)"
"""What is read in place of an address that may not be passed on."""
_BEFORE = re.compile(r" (?=[:;?!](?:\s|$))")
"""Spaces that French keeps with the sign that follows, even on a telephone."""


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
    return _fitted(brief, _to_commune)


def to_structure(brief: Brief) -> Letter:
    """Present the need of the commune to the structure."""
    return _fitted(brief, _to_structure)


def _fitted(brief: Brief, write: Callable[[Brief], Letter]) -> Letter:
    """Write a letter with as many reasons as it may hold."""
    letter = write(brief)
    for count in range(len(brief.reasons) - 1, FEWEST_REASONS - 1, -1):
        if _words(letter.body) <= MOST_WORDS:
            break
        letter = write(
            replace(
                brief,
                reasons=brief.reasons[:count],
                reasons_to_structure=brief.reasons_to_structure[:count],
            )
        )
    return letter


def _words(text: str) -> int:
    return sum(any(map(str.isalnum, word)) for word in text.split())


def _to_commune(brief: Brief) -> Letter:
    seat = f", siège {french.at(brief.seat)}" if brief.seat else ""
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
        f"Mise en relation : {brief.structure} – {brief.reference}",
        _body(
            "Bonjour,",
            f"Vous nous avez confié ce besoin : {_quoted(brief.need)}",
            _themes_and_stage(brief),
            "Nous vous proposons de rencontrer cette structure :\n"
            f"{brief.structure} – {brief.kind}{seat}\n"
            + "\n".join(
                line
                for line in (_cut(brief.description, ABOUT_WORDS), brief.website, brief.reach)
                if line
            ),
            _reasons("Pourquoi cette structure :", brief.reasons, brief.evidence),
            _list("À vérifier au premier contact :", _short(brief.doubts)),
            f"Source de sa fiche : {brief.record}.",
            f"Nous ne savons pas : {french.listed(brief.missing)}.",
            f"Prochaine étape : {following}",
            _signature(brief),
        ),
    )


def _to_structure(brief: Brief) -> Letter:
    if brief.agreed:
        following = (
            f"merci de proposer à la commune, sous {ANSWER_DAYS} jours, un premier échange d’une "
            f"demi-heure ({CONTACT}, adresse transmise avec son accord), et de nous le dire."
        )
    else:
        following = (
            f"merci de nous dire sous {ANSWER_DAYS} jours si vous pouvez aider, même par un simple "
            "avis. Nous n’avons pas l’accord de la commune pour transmettre une adresse : nous "
            "ferons le lien."
        )
    return Letter(
        f"{brief.place.name} ({brief.place.departement}) cherche un appui – {brief.reference}",
        _body(
            "Bonjour,",
            f"La commune {french.of(brief.place.name)} ({brief.place.details}) nous a confié ce "
            f"besoin : {_quoted(brief.need)}",
            _themes_and_stage(brief),
            _reasons("Pourquoi vous :", brief.reasons_to_structure, brief.evidence),
            _list(
                "Ce que nous n’avons pas pu vérifier sur vous :", _short(brief.doubts_to_structure)
            ),
            f"Source de votre fiche : {brief.record}. Une erreur ? Dites-le-nous.",
            f"À demander à la commune : {french.listed(brief.unsaid)}.",
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
    """Fill in the service and the address of the commune, if it agreed and they are still kept."""
    if contact and contact.erased_at:
        return text.replace(CONTACT, ERASED)
    if not (contact and contact.consent_at and contact.email):
        return text.replace(CONTACT, UNDISCLOSED)
    return text.replace(CONTACT, ", ".join(filter(None, (contact.service, contact.email))))


def is_complete(text: str) -> bool:
    """Whether nothing is left for the adviser to write."""
    return TO_COMPLETE not in text


def _body(*paragraphs: str) -> str:
    text = "\n\n".join(paragraph for paragraph in paragraphs if paragraph)
    return _BEFORE.sub("\u00a0", text)


def _list(title: str, items: Iterable[str]) -> str:
    lines = [f"- {item}" for item in items]
    return "\n".join([title, *lines]) if lines else ""


def _themes_and_stage(brief: Brief) -> str:
    themes = brief.themes or brief.guessed_themes
    lines = []
    if themes:
        read = "" if brief.themes else " (lus dans le texte, à confirmer)"
        named = french.typographic(french.listed(f"« {theme} »" for theme in themes))
        lines.append(f"Thèmes : {named}{read}")
    if brief.stage:
        lines.append(f"Situation : {brief.stage}")
    return "\n".join(lines)


def _reasons(title: str, reasons: Iterable[Reason], evidence: Iterable[Evidence]) -> str:
    """The reasons; under the one that names projects, where these were seen."""
    lines = []
    for reason in reasons:
        lines.append(f"- {reason.said}")
        if reason.cites:
            lines += dict.fromkeys(f"  source : {_source(one)}" for one in evidence)
    return "\n".join([title, *(lines or [f"- {TO_COMPLETE}"])])


def _source(evidence: Evidence) -> str:
    details = [str(evidence.year)] if evidence.year else []
    details += ["à vérifier"] if evidence.doubt else []
    source = evidence.sources[0] if evidence.sources else "non renseignée"
    return f"{source} ({', '.join(details)})" if details else source


def _short(items: Iterable[str]) -> list[str]:
    return [_cut(item, ABOUT_WORDS) for item in items]


def _quoted(need: str) -> str:
    """The words of the commune, quoted; what they quote themselves takes the inner marks."""
    inner = re.sub(r"«\s*", "“", re.sub(r"\s*»", "”", _cut(need, NEED_WORDS)))
    return f"«\u00a0{inner}\u00a0»" + ("" if inner.endswith((".", "…", "!", "?")) else ".")


def _cut(text: str, words: int) -> str:
    """The first words of a text, to the last pause if it is not far."""
    parts = text.split(" ")
    if len(parts) <= words:
        return text
    cut = " ".join(parts[:words])
    pauses = [found.start() for found in re.finditer(r"[,.;:!?](?=\s)", cut)]
    if pauses and pauses[-1] >= len(cut) / 2:
        cut = cut[: pauses[-1]]
    return cut.rstrip(",.;: \u00a0") + " […]"


def _signature(brief: Brief) -> str:
    return f"Bien à vous,\n{brief.adviser}\nDossier {brief.reference}"
