"""How letters say things: paragraphs, lists and words quoted, who asks, and the reasons.

Who asks is a commune, or several together. The reasons of a ranking, and what is not known, are
said to each side in its own way.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from matcher import Commune, Matcher
from matcher.catalogue import Area, Scale, french
from matcher.ranking import WhyNot
from matcher.territory import Place as Found

from ..dossiers import parties
from ..store.tables import Dossier

NEED_WORDS = 40
"""Words of the need quoted in an e-mail; the document holds it whole."""
ABOUT_WORDS = 28
"""Words of the presentation of the structure."""
_BEFORE = re.compile(r" (?=[:;?!](?:\s|$))")
"""Spaces that French keeps with the sign that follows, even on a telephone."""
NAMED = 5
"""Communes that a sentence names; the document names them all."""
TO_ASK = ("ses disponibilités", "le coût éventuel de son appui")
"""What nobody knows but the structure."""
TO_THE_STRUCTURE = (
    ("travaille sur ", "vous travaillez sur "),
    ("accompagne ", "vous accompagnez "),
    ("a accompagné ", "vous avez accompagné "),
    ("a apporté ", "vous avez apporté "),
    ("a financé ", "vous avez financé "),
    ("couvre ", "vous intervenez dans "),
    ("son réseau a ", "votre réseau a "),
    ("son métier est proche", "vous connaissez un sujet proche"),
    ("c’est son métier", "vous connaissez ce sujet"),
    ("sa présentation ", "votre présentation "),
    ("son siège est dans votre commune", "votre siège est dans la commune"),
    ("son siège est dans une de vos communes", "votre siège est dans une de ces communes"),
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
TO_THE_COMMUNE = (
    *(
        (verb, f"elle {verb}")
        for verb in (
            *("travaille sur ", "accompagne ", "a accompagné ", "a apporté ", "a financé "),
            *("a appuyé ", "intervient ", "couvre "),
        )
    ),
    ("c’est son métier", "elle connaît ce sujet"),
    ("son métier est proche", "elle connaît un sujet proche"),
    ("son siège est à ", "elle est à "),
    ("son siège est dans votre commune", "elle est installée dans votre commune"),
)
"""The same for the commune, whose sentences want a subject."""
COPIES = re.compile(
    r"(^|\.)(123dok\.net|docplayer\.fr|docslib\.org|doczz\.(fr|net)|fdocuments\.fr|readkong\.com"
    r"|scribd\.com|1001mags\.com|manualzilla\.com|pdfslide\.(fr|tips)|studylibfr\.com"
    r"|vdocuments\.(fr|pub)|issuu\.com|slideshare\.net|calameo\.com|franco\.wiki|jackbot\.fr"
    r"|pressreader\.com|headtopics\.com|dayfr\.com|ru24\.(net|pro)|world-exchange\.fr"
    r"|hcntimes\.com|paperblog\.fr|boursorama\.com|amazonaws\.com|pages\.dev|hosting\.ovh\.net"
    r"|myjungly\.fr|maquette-[a-z-]+\.ovh)$|^(test|preprod|uat-[a-z]+)\."
)
"""Hosts of copies: of documents of others, of articles of others, of sites that are being tried.
Who opens one does not see who wrote it, so that it proves nothing to a mayor."""


def body(*paragraphs: str) -> str:
    """Paragraphs, the empty ones left out; no line begins with a sign."""
    text = "\n\n".join(paragraph for paragraph in paragraphs if paragraph)
    return _BEFORE.sub("\u00a0", text)


def bullets(title: str, items: Iterable[str]) -> str:
    """A list under its title; nothing without items."""
    lines = [f"- {item}" for item in items]
    return "\n".join([title, *lines]) if lines else ""


def words(text: str) -> int:
    """How many words a text has."""
    return sum(any(map(str.isalnum, word)) for word in text.split())


def short(items: Iterable[str]) -> list[str]:
    """Items that each fit on a line or two."""
    return [cut(item, ABOUT_WORDS) for item in items]


def quoted(need: str) -> str:
    """The words of the commune, quoted; what they quote themselves takes the inner marks."""
    inner = re.sub(r"«\s*", "“", re.sub(r"\s*»", "”", cut(need, NEED_WORDS)))
    return f"«\u00a0{inner}\u00a0»" + ("" if inner.endswith((".", "…", "!", "?")) else ".")


def cut(text: str, words: int) -> str:
    """The first words of a text, to the last pause if it is not far."""
    parts = text.split(" ")
    if len(parts) <= words:
        return text
    cut = " ".join(parts[:words])
    pauses = [found.start() for found in re.finditer(r"[,.;:!?](?=\s)", cut)]
    if pauses and pauses[-1] >= len(cut) / 2:
        cut = cut[: pauses[-1]]
    return cut.rstrip(",.;: \u00a0") + " […]"


@dataclass(frozen=True)
class AskingCommune:
    """A commune of a group: its name, its inhabitants, and its need in its own words."""

    name: str
    population: str
    words: str


@dataclass(frozen=True)
class LetterPlace:
    """The commune, or those of a group, as both sides read it.

    Parameters
    ----------
    group : tuple of AskingCommune
        The communes that ask together; none of a single one.
    """

    name: str
    departement: str
    population: str
    programme: str
    group: tuple[AskingCommune, ...] = ()

    @property
    def told(self) -> str:
        """« Hérault, 7 251 habitants, Petites villes de demain »; the document has the vintage."""
        inhabitants = f"{self.population}\u00a0habitants" if self.population else ""
        programme = self.programme.partition(" (")[0]
        return ", ".join(part for part in (self.departement, inhabitants, programme) if part)

    @property
    def who(self) -> str:
        """« La commune de Lodève », « Les communes de Lodève, Ceilhes et Lunas »."""
        if not self.group:
            return f"La commune {french.of(self.name)}"
        return f"Les communes {french.of(self.named)}"

    @property
    def named(self) -> str:
        """The names of a group; of a large one, the first and how many others."""
        names = [one.name for one in self.group]
        if len(names) > NAMED:
            return f"{names[0]} et de {len(names) - 1} autres"
        return french.listed(names)


def place_of(
    matcher: Matcher, dossier: Dossier, found: Found, population: str, programme: str
) -> LetterPlace:
    """Who asks in a dossier, of what the matcher found there."""
    known = matcher.territory.communes
    codes = dict.fromkeys(commune.departement for commune in found.communes)
    areas = [matcher.territory.name(Area(Scale.DEPARTEMENT, code)) for code in codes]
    words = {one.commune: one.said for one in parties.present(dossier)}
    group = [
        AskingCommune(
            known[insee].name if insee in known else insee,
            _inhabitants(known.get(insee)),
            " ".join((words[insee] or "").split()),
        )
        for insee in words
    ]
    several = tuple(group) if len(group) > 1 else ()
    return LetterPlace(found.name, french.listed(areas), population, programme, several)


def _inhabitants(commune: Commune | None) -> str:
    return french.decimal(commune.population) if commune and commune.population else ""


def to_commune(sentence: str) -> str:
    """What a mayor reads of a reason."""
    return _begun(sentence, TO_THE_COMMUNE)


def to_structure(sentence: str) -> str:
    """Turn to the structure a sentence that spoke of it."""
    sentence = _begun(sentence, TO_THE_STRUCTURE)
    sentence = sentence.replace("autour de son siège", "autour de votre siège")
    sentence = sentence.replace("de votre demande", "de la demande")
    return sentence.replace(
        ", vérifiez que votre commune est", " ; il reste à vérifier que la commune est"
    )


def proofs(sources: tuple[str, ...]) -> tuple[str, ...]:
    """The pages that prove something: those whose author one sees."""
    return tuple(one for one in sources if not is_copy(one))


def is_copy(address: str) -> bool:
    """Whether a page only copies what somebody else published."""
    host = urlsplit(address).hostname or ""
    return COPIES.search(host.removeprefix("www.")) is not None


def _begun(sentence: str, beginnings: tuple[tuple[str, str], ...]) -> str:
    for start, said in beginnings:
        if sentence.startswith(start):
            return said + sentence.removeprefix(start)
    return sentence


def missing(why: WhyNot, website: str, seat: bool, aged: str) -> tuple[str, ...]:
    """What is not known of the structure."""
    found = [TO_ASK[0]]
    if all(contact.way != "cout" for contact in why.structure.contacts):
        found.append(TO_ASK[1])
    if not seat:
        found.append("où est son siège")
    if not website:
        found.append("son site internet")
    if not any(c.criterion == "experience" and c.score for c in why.contributions):
        found.append("les projets qu’elle a appuyés")
    if aged and not why.structure.to_verify:
        found.append("si sa fiche est toujours à jour")
    return tuple(found)


def unsaid(stage: bool) -> tuple[str, ...]:
    """What the form does not ask; the text may say it."""
    found = () if stage else ("où en est le projet",)
    return (*found, "qui le portera", "son calendrier", "son budget")
