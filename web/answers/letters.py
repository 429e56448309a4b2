"""Draft messages, to a structure and from a mairie to another: nothing is sent here."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache
from urllib.parse import quote

from matcher import Project, Stage
from matcher.catalogue import french
from matcher.reports import Trail

QUOTED = 280
"""Characters of the need that a message holds: it has to be read on a phone."""
SIGNATURE = "[Votre nom, votre fonction, votre téléphone]"
"""What the sender writes: we know nothing of persons."""


_LISTED = re.compile(r", | et ")
"""What parts the things that a sentence lists."""
_ASIDE = re.compile(r" \([^()]*\)(?=\.?$)")
"""A parenthesis that ends a sentence."""
LF = "\n"


@lru_cache(512)  # the letters of a page have most of their lines in common
def _quoted(line: str) -> str:
    return quote(line, safe="")


@dataclass(frozen=True)
class DraftLetter:
    """A draft: its subject and its text."""

    subject: str
    text: str

    def mailto(self, address: str = "") -> str:
        """The address that opens it in a mail program."""
        return f"mailto:{address}?{self._query}"

    @cached_property
    def _query(self) -> str:
        return f"subject={quote(self.subject)}&body={'%0A'.join(map(_quoted, self.text.split(LF)))}"


ASKED = {
    Stage.EMERGENCE: "Pouvez-vous nous aider à préciser ce besoin et à trouver qui le porterait ?",
    Stage.ETUDE_OPPORTUNITE: "Pouvez-vous nous aider à étudier cette idée ?",
    Stage.CREATION: "Pouvez-vous accompagner ceux qui portent ce projet jusqu’à sa création ?",
    Stage.CONSOLIDATION: "Pouvez-vous aider la structure qui existe à se consolider ?",
    Stage.CHANGEMENT_ECHELLE: "Pouvez-vous nous aider à développer ce qui marche déjà ?",
    Stage.FINANCEMENT: "Ce projet entre-t-il dans ce que vous financez, et à quelles conditions ?",
    Stage.IMMOBILIER: "Pouvez-vous acheter, porter ou rénover ce lieu, ou nous dire qui le peut ?",
    Stage.STRATEGIE: "Pouvez-vous nous aider à bâtir une stratégie avec les acteurs d’ici ?",
}
"""What is asked of a structure, by the situation of the project."""
PREPARED = {
    Stage.EMERGENCE: "qui en a besoin, ce qui existe autour, qui est prêt à s’y mettre",
    Stage.ETUDE_OPPORTUNITE: "ce qui est déjà su, qui décide, le budget d’étude possible",
    Stage.CREATION: "qui porte et sous quelle forme, ce qui est déjà fait, les premiers chiffres",
    Stage.CONSOLIDATION: "les derniers comptes, le nombre de salariés, ce qui ne va plus",
    Stage.CHANGEMENT_ECHELLE: "les derniers comptes, ce qui marche, où et pour qui l’étendre",
    Stage.FINANCEMENT: "le coût total, ce qui est déjà trouvé, qui porte le projet et ses comptes",
    Stage.IMMOBILIER: "l’adresse, la surface, l’état et le propriétaire du lieu, l’usage voulu",
    Stage.STRATEGIE: "les acteurs déjà présents, qui anime, le calendrier des élus",
}
"""What to have at hand before the call, by the situation of the project."""
TRAIL = {
    Trail.MISREAD: (
        "Nous ne sommes pas sûrs que ce soit de votre métier : sinon, dites-nous qui appeler."
    ),
    Trail.BROAD: (
        "Notre besoin est encore large : si vous n’êtes pas la bonne structure, dites-nous qui "
        "appeler."
    ),
    Trail.WEAK: (
        "Nous ne sommes pas sûrs que vous soyez la bonne structure : sinon, dites-nous qui appeler."
    ),
}
"""What a letter says where whom it goes to is but a trail."""
QUESTIONS = (
    "Intervenez-vous chez nous pour ce genre de projet, et à quelles conditions ?",
    "Quel projet semblable pouvons-nous visiter ou appeler ?",
    "Que coûte votre appui, qui le paie, et quand pourriez-vous commencer ?",
)
"""What to ask any structure."""


def short(text: str, longest: int = QUOTED) -> str:
    """A text cut at a word, as it may be quoted."""
    plain = " ".join(text.split())
    if len(plain) <= longest:
        return plain
    return plain[:longest].rsplit(" ", 1)[0].rstrip(",;:.") + "…"


def first_words(text: str, longest: int) -> str:
    """A sentence without its last aside, cut where one of the things that it lists ends, or a word.

    It is cut in its second half only: « Incubateur : d’ordinaire… » says nothing.
    """
    if len(text) > longest:
        text = _ASIDE.sub("", text)
    if len(text) <= longest:
        return text
    ends = [m.start() for m in _LISTED.finditer(text) if longest // 2 <= m.start() < longest]
    outside = [end for end in ends if text.count("«", 0, end) == text.count("»", 0, end)]
    return f"{text[: outside[-1]]}…" if outside else short(text, longest)


def to_structure(
    place: str, need: str, stage: Stage | None, doubt: Trail | None = None
) -> DraftLetter:
    """From a mairie to a structure.

    Parameters
    ----------
    place : str
        « Lodève (Hérault) ».
    doubt : Trail, optional
        Why the structure is but a trail.
    """
    asked = ASKED[stage or Stage.EMERGENCE]
    said = f"Notre besoin : « {short(need)} »\n\n" if need.strip() else ""
    unsure = f"{TRAIL[doubt]}\n\n" if doubt else ""
    text = (
        f"Bonjour,\n\nJe vous écris de la part {_of(place)}.\n\n{said}{asked}\n\n{unsure}"
        "Pourrions-nous en parler une vingtaine de minutes au téléphone ? Merci de me dire quand "
        f"vous appeler.\n\nBien cordialement,\n{SIGNATURE}"
    )
    return DraftLetter(f"{place} : pouvez-vous nous aider ?", text)


def to_mairie(place: str, need: str, project: Project) -> DraftLetter:
    """From a mairie to one where a like project was carried."""
    said = f"Ici, nous avons ce besoin : « {short(need)} »\n\n" if need.strip() else ""
    title = french.typographic(project.title)
    text = (
        f"Bonjour,\n\nJe vous écris de la part {_of(place)}. Nous avons lu ce qui s’est fait chez "
        f"vous : « {title} ».\n\n{said}Qui vous a aidés ? Combien de temps et d’argent a-t-il "
        "fallu ? Que feriez-vous autrement ?\n\nPourrions-nous en parler une vingtaine de "
        f"minutes, ou venir vous voir ?\n\nBien cordialement,\n{SIGNATURE}"
    )
    return DraftLetter(f"Votre projet « {title} » : une question {_of(place)}", text)


def _of(place: str) -> str:
    """« d’Annecy (Haute-Savoie) », « de la CC Lodévois et Larzac »."""
    return french.typographic(french.of(french.the(place)))
