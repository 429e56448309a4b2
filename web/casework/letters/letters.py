"""Letters: a brief as an e-mail for each side, short enough to be read on a telephone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from matcher.catalogue import french

from .. import clock
from ..introductions.introductions import CONTACT, LetterTexts
from ..states import Step
from ..store.tables import Introduction
from .briefs import ANSWER_DAYS, TO_COMPLETE, Brief, Reason, Sender
from .prose import ABOUT_WORDS, LetterPlace, body, bullets, cut, quoted, short, words

MOST_WORDS = 250
"""Words of an e-mail that is still read; weaker reasons give way to it."""
FEWEST_REASONS = 2
SUBJECT = "Objet : "
"""Begins the first line of a kept text."""
LINK = "[lien de réponse]"
"""Stands in the kept texts for the link by which its reader answers: see `links`."""
AGREED = "Comme vous l’avez accepté"
DOUBTED = (
    "Notre fiche sur vous n’est pas confirmée : si nous frappons à la mauvaise porte, "
    "dites-le-nous."
)


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


def texts(brief: Brief) -> LetterTexts:
    """The two letters of a brief, to be read again before they are sent."""
    return LetterTexts(to_commune(brief).text, to_structure(brief).text)


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
        if words(letter.body) <= MOST_WORDS:
            break
        letter = write(
            replace(
                brief,
                reasons=brief.reasons[:count],
                reasons_to_structure=brief.reasons_to_structure[:count],
            )
        )
    return letter


def to_commune_together(written: Sequence[Brief]) -> Letter:
    """Present several structures to the commune, in one letter."""
    if len(written) == 1:
        return to_commune(written[0])
    brief = written[0]
    count = french.counted(len(written), "structure", "structures")
    shown = [
        "\n".join(
            [
                f"{number}. {_named(one)}",
                *([about] if (about := cut(one.description, ABOUT_WORDS)) else []),
                *(f"- {reason.said}" for reason in one.reasons[:FEWEST_REASONS]),
                *([] if one.reasons else [f"- {TO_COMPLETE}"]),
                *one.ways,
            ]
        )
        for number, one in enumerate(written, 1)
    ]
    return Letter(
        f"{count} à rencontrer pour votre besoin – {brief.reference}",
        body(
            "Bonjour,",
            _confided(brief),
            f"Nous vous proposons d’en parler avec {count} :",
            *shown,
            _following(written),
            _asking_commune(brief, plural=True),
            _signature(brief.sender, brief.reference),
        ),
    )


def _confided(brief: Brief) -> str:
    """The need that was confided; by a group, who is in it."""
    group = brief.place.group
    if not group:
        return f"Vous nous avez confié ce besoin : {quoted(brief.need)}"
    return (
        f"Vous êtes {len(group)} communes à porter un même besoin : {_all(brief.place)}. Nous vous "
        f"proposons d’y travailler ensemble : {quoted(brief.need)}"
    )


def _all(place: LetterPlace) -> str:
    """The names of a group, in a sentence that lists them."""
    return place.named.replace(" et de ", " et ")


def _to_commune(brief: Brief) -> Letter:
    return Letter(
        f"Une structure à rencontrer : {brief.structure} – {brief.reference}",
        body(
            "Bonjour,",
            _confided(brief),
            f"Nous vous proposons d’en parler avec cette structure : {_named(brief)}.",
            "\n".join(
                [
                    *([about] if (about := cut(brief.description, ABOUT_WORDS)) else []),
                    *([f"Son site : {brief.website}"] if brief.website else []),
                    *brief.ways,
                ]
            ),
            _reasons("Pourquoi elle :", brief.reasons),
            bullets("À vérifier au premier contact :", short(brief.doubts)),
            f"À lui demander : {french.listed(brief.to_ask)}.",
            _following([brief]),
            _asking_commune(brief, plural=False),
            _signature(brief.sender, brief.reference),
        ),
    )


def _named(brief: Brief) -> str:
    """« Villages Vivants – foncière solidaire, à Crest »."""
    seat = french.at(brief.seat) if brief.seat else ""
    told = ", ".join(part for part in (french.within(brief.kind), seat) if part)
    return f"{brief.structure} – {told}"


def _following(written: Sequence[Brief]) -> str:
    """What happens next, with what the commune agreed to, and nothing that it said already."""
    if written[0].place.group:
        to = "lui transmettons" if len(written) == 1 else "leur transmettons"
        they = "elle a" if len(written) == 1 else "chacune a"
        return (
            f"Nous {to} une seule demande, au nom de vous tous : {they} {ANSWER_DAYS} jours pour "
            "vous proposer une première rencontre commune. L’adresse de votre service n’est donnée "
            "qu’aux structures pour lesquelles votre commune l’accepte, par le lien ci-dessous."
        )
    agreed = [one.structure for one in written if one.agreed]
    others = [one.structure for one in written if not one.agreed]
    said = []
    if agreed:
        whose = "lui" if len(written) == 1 else f"à {french.listed(agreed)}"
        to = f"nous {whose} transmettons" if len(written) == 1 else f"nous transmettons {whose}"
        will = "elle a" if len(agreed) == 1 else "chacune a"
        said.append(
            f"{AGREED}, {to} votre demande et les coordonnées de votre service : "
            f"{will} {ANSWER_DAYS} jours pour vous proposer un premier échange."
        )
    if others:
        to = "lui transmettons" if len(written) == 1 else f"transmettons à {french.listed(others)}"
        said.append(
            f"Nous {to} votre demande sans vos coordonnées, et ferons le lien. Pour recevoir un "
            "message directement, acceptez-le par le lien ci-dessous."
        )
    return " ".join(said)


def _asking_commune(brief: Brief, *, plural: bool) -> str:
    who = "si une structure vous a recontactés" if plural else "si elle vous a recontactés"
    if brief.place.group:
        return (
            f"Ce lien est celui de votre commune. Pour nous dire {who}, si c’est utile et où vous "
            f"en êtes, sans compte à créer :\n{LINK}"
        )
    return f"Pour nous dire {who}, et si c’est utile, sans compte à créer :\n{LINK}"


def _to_structure(brief: Brief) -> Letter:
    place = brief.place
    if place.group:
        return _to_structure_for_group(brief)
    return Letter(
        f"{place.name} ({place.departement}) cherche un appui – {brief.reference}",
        body(
            "Bonjour,",
            f"{place.who} ({place.told}) nous a confié ce besoin : {quoted(brief.need)}",
            _themes_and_stage(brief),
            _reasons("Pourquoi vous :", brief.reasons_to_structure),
            DOUBTED if brief.doubts_to_structure else "",
            f"Nous ne savons pas encore {french.listed(brief.unsaid)} : la commune vous le dira.",
            f"Pouvez-vous l’aider, même par un simple avis ? Merci de répondre sous {ANSWER_DAYS} "
            f"jours par ce lien, sans compte à créer (oui, plus tard, non, ou une pause) :\n{LINK}",
            "Si c’est oui, proposez-lui un premier échange d’une demi-heure. "
            f"Pour la joindre : {CONTACT}.",
            _signature(brief.sender, brief.reference),
        ),
    )


def _to_structure_for_group(brief: Brief) -> Letter:
    place = brief.place
    count = len(place.group)
    return Letter(
        f"{count} communes ({place.departement}) cherchent un appui ensemble – {brief.reference}",
        body(
            "Bonjour,",
            f"{place.who} ({place.told}) portent un même besoin et veulent y travailler ensemble : "
            f"{quoted(brief.need)}",
            _themes_and_stage(brief),
            _reasons("Pourquoi vous :", brief.reasons_to_structure),
            DOUBTED if brief.doubts_to_structure else "",
            f"Nous ne savons pas encore {french.listed(brief.unsaid)} : les communes vous le "
            "diront. Les mots de chacune sont dans le document joint.",
            "Pouvez-vous les aider, même par un simple avis ? Merci de répondre sous "
            f"{ANSWER_DAYS} jours par ce lien, une fois pour les {count} communes, sans compte à "
            f"créer (oui, plus tard, non, ou une pause) :\n{LINK}",
            "Si c’est oui, proposez-leur une première rencontre commune. Pour les joindre :\n"
            f"{CONTACT}",
            _signature(brief.sender, brief.reference),
        ),
    )


def reminder(introduction: Introduction, structure: str, commune: str, sender: Sender) -> Letter:
    """Draft the next reminder to the structure."""
    several = introduction.dossier.places is not None
    who, them = ("Les communes attendent", "leur") if several else ("La commune attend", "lui")
    sent = f"Le {clock.day_of(at):%d/%m/%Y}, nous" if (at := introduction.sent_at) else "Nous"
    if introduction.step == Step.LATER:
        asked = "Vous nous aviez proposé d’en reparler plus tard : est-ce le bon moment ?"
    else:
        asked = (
            "Avez-vous pu lire notre message ? Un clic suffit : oui, plus tard, ou non.",
            f"{who} toujours une réponse. Pouvez-vous {them} proposer un échange, ou nous dire que "
            "ce n’est pas possible ? Nous chercherons alors ailleurs.",
            f"Sans réponse sous {ANSWER_DAYS} jours, nous {them} proposerons une autre structure. "
            "Rien n’empêche de travailler ensemble plus tard.",
        )[min(introduction.reminders, 2)]
    reference = introduction.dossier.reference
    return Letter(
        f"Relance : le besoin {french.of(commune)} – {reference}",
        body(
            "Bonjour,",
            f"{sent} avons écrit à {structure} au sujet du besoin {french.of(commune)} : "
            f"{quoted(' '.join(introduction.dossier.need.split()))}",
            asked,
            f"Pour répondre, sans compte à créer :\n{LINK}",
            _signature(sender, reference),
        ),
    )


def is_complete(text: str) -> bool:
    """Whether nothing is left for the adviser to write."""
    return TO_COMPLETE not in text


def _themes_and_stage(brief: Brief) -> str:
    """What the commune declared; what was only read in its words is in the document."""
    lines = []
    if brief.themes:
        named = french.typographic(french.listed(f"« {theme} »" for theme in brief.themes))
        lines.append(f"Thèmes : {named}")
    if brief.stage:
        lines.append(f"Situation : {brief.stage}")
    return "\n".join(lines)


def _reasons(title: str, reasons: Iterable[Reason]) -> str:
    """The reasons; where the projects that they name were seen is in the document."""
    return bullets(title, [reason.said for reason in reasons] or [TO_COMPLETE])


def _signature(sender: Sender, reference: str) -> str:
    return "\n".join(
        ["Bien à vous,", *sender.lines, f"Dossier {reference} (à rappeler dans votre réponse)"]
    )
