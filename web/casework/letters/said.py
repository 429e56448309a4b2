"""How the reasons of a ranking, and what is not known, are said in a letter to each side."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from matcher.ranking import WhyNot

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
            *("intervient ", "couvre "),
        )
    ),
    ("c’est son métier", "elle connaît ce sujet"),
    ("son métier est proche", "elle connaît un sujet proche"),
    ("son siège est à ", "elle est à "),
    ("son siège est dans votre commune", "elle est installée dans votre commune"),
)
"""The same for the commune, whose sentences want a subject."""
_EXPERIENCE = re.compile(r"^(.+) projet(s?) appuyés? dans notre recensement$")

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


def to_commune(sentence: str) -> str:
    """What a mayor reads of a reason."""
    return _begun(_EXPERIENCE.sub(_known("elle a"), sentence), TO_THE_COMMUNE)


def to_structure(sentence: str) -> str:
    """Turn to the structure a sentence that spoke of it."""
    sentence = _begun(_EXPERIENCE.sub(_known("vous avez"), sentence), TO_THE_STRUCTURE)
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


def _known(who: str) -> str:
    return rf"{who} appuyé \1 projet\2 que nous connaissons"


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
