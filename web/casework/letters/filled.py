"""A letter filled in with what its text does not keep: as it is shown, as a document, a draft.

Addresses and links are filled in, each reader gets what is theirs: a structure the addresses of
those who agreed, a commune its link; what a kept text says that is so no more is told.

A document is made by `docxtpl`: first the letter as it is kept, then a sheet with the need in full,
the facts and their sources. The template, `web/templates/docx/introduction.docx`, is an ordinary
document with Jinja tags in it: it may be restyled by hand. `python tests/docx_template.py` drew it.
A draft opens in a mail program ready to be sent, its documents attached.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Sequence
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

from matcher import Structure
from matcher.catalogue import Way, french

from .. import clock
from ..dossiers import parties
from ..introductions import introductions
from ..introductions.introductions import CONTACT
from ..introductions.replies import covers
from ..persons.traces import ERASED
from ..states import Step
from ..store.tables import Contact, Dossier, Introduction, Party
from .briefs import Brief
from .letters import AGREED, LINK, Letter
from .prose import AskingCommune, body

UNDISCLOSED = "répondez-nous, nous ferons le lien"
"""What is read in place of an address that may not be passed on."""
FALLEN = (Step.WITHDRAWN, Step.DECLINED)
"""Steps of an introduction that comes to nothing."""
NO_LINK = "répondez à ce courriel"
"""What is read in place of a link that was ended."""
MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
OLDEST = (1980, 1, 1, 0, 0, 0)
"""Date of each part of the archive, the oldest it may bear: the same input gives the same bytes."""
MAIL_TYPE = "message/rfc822"


def shown(
    text: str, introduction: Introduction, link: str, name: Callable[[str], str] = str
) -> str:
    """Fill in what is not kept in a text: the address of the commune, and the link of the answer.

    Parameters
    ----------
    link : str
        "" where there is none, or it was ended.
    name : function
        What a commune of a group is called, by its code.
    """
    text = text.replace(LINK, link or NO_LINK)
    group = parties.present(introduction.dossier)
    if group:
        return _whom(text, introduction, group, name)
    contact = introduction.dossier.contact
    if contact and contact.erased_at:
        return text.replace(CONTACT, ERASED)
    if contact is None or not covers(introduction):
        return text.replace(CONTACT, UNDISCLOSED)
    return text.replace(CONTACT, _reached(contact))


def _whom(
    text: str, introduction: Introduction, group: Sequence[Party], name: Callable[[str], str]
) -> str:
    """Fill in whom to answer in each commune of a group: of none, what it did not agree to."""
    told, others = [], []
    dossier = introduction.dossier
    if dossier.contact and covers(introduction):
        told.append(f"Pour toutes : {_reached(dossier.contact)}")
    for party in group:
        if party.contact and covers(introduction, party):
            told.append(f"{name(party.commune)} : {_reached(party.contact)}")
        else:
            others.append(name(party.commune))
    if others and not (dossier.contact and covers(introduction)):
        told.append(f"{french.listed(others)} : {UNDISCLOSED}")
    lines = body("\n".join(f"- {one}" for one in told))
    text = re.sub(rf"^{re.escape(CONTACT)}$", lambda _: lines, text, flags=re.MULTILINE)
    return text.replace(CONTACT, " ; ".join(told))


def outdated(dossier: Dossier, name: Callable[[str], str]) -> list[str]:
    """What the letters that wait for the commune say and is so no more; nothing while they hold.

    Parameters
    ----------
    name : function
        What a structure is called, by its id.

    Returns
    -------
    list of str
        French sentences.
    """
    found: list[str] = []
    for text in dict.fromkeys(one.to_commune for one in introductions.prepared(dossier)):
        about = [one for one in dossier.introductions if one.to_commune == text]
        gone = [name(one.structure_id) for one in about if one.step in FALLEN]
        if gone:
            said = (
                "n’est plus proposée, et la lettre la"
                if len(gone) == 1
                else ("ne sont plus proposées, et la lettre les")
            )
            found.append(f"{french.listed(gone)} {said} présente encore.")
        match = re.search(f"{AGREED}, [^:]*", text)
        promised = match[0] if match else ""
        for one in about if promised else ():
            called = name(one.structure_id)
            told = len(about) == 1 or called in promised
            if one.step == Step.PREPARED and told and not covers(one):
                found.append(
                    f"La commune ne donne plus son accord pour {called}, et la lettre dit que ses "
                    "coordonnées lui sont transmises."
                )
    return found


def _reached(contact: Contact) -> str:
    return ", ".join(filter(None, (contact.service, *contact.reached)))


TEMPLATE = Path(__file__).parents[2] / "templates" / "docx" / "introduction.docx"


def document(letter: Letter, brief: Brief, *, to_commune: bool) -> bytes:
    """Make the document of one side.

    Parameters
    ----------
    letter : Letter
        As it is shown: the address filled in, or left out.
    to_commune : bool
        Whose document it is: the sheet tells each side about the other one.
    """
    from docxtpl import DocxTemplate  # .2 s: only a document pays for it

    template = DocxTemplate(TEMPLATE)
    template.render(
        {
            "subject": letter.subject,
            "paragraphs": [line for line in letter.body.split("\n") if line.strip()],
            "title": brief.structure if to_commune else brief.place.name,
            "facts": _structure_facts(brief) if to_commune else _commune_facts(brief),
            "need_title": "Le besoin"
            + (" commun" if brief.place.group else ", dans les mots de la commune"),
            "need": brief.need,
            "evidence": [
                {
                    "said": one.said,
                    "source": " ; ".join(one.sources) or "source non renseignée",
                    "doubt": one.doubt,
                }
                for one in brief.evidence
            ],
            "doubts": list(brief.doubts if to_commune else brief.doubts_to_structure),
            "missing_title": ("Ce que nous ne savons pas" if to_commune else _to_ask(brief)),
            "missing": list(brief.missing if to_commune else brief.unsaid),
            "written": f"{clock.day_of(brief.written_at):%d/%m/%Y}",
            "reference": brief.reference,
        },
        autoescape=True,
    )
    made = io.BytesIO()
    template.save(made)
    return dated(made.getvalue())


def _structure_facts(brief: Brief) -> list[tuple[str, str]]:
    return [
        ("Type", brief.kind),
        ("Ce qu’elle fait", brief.description or "non renseigné"),
        ("Siège", brief.seat or "non renseigné"),
        ("Site", brief.website or "non renseigné"),
        ("Contact", brief.reach),
        ("Source de la fiche", brief.record),
    ]


def _commune_facts(brief: Brief) -> list[tuple[str, str]]:
    place = brief.place
    return [
        ("Départements" if " et " in place.departement else "Département", place.departement),
        ("Habitants", place.population or "non renseigné"),
        *([] if place.group else [("Programme", place.programme or "aucun connu")]),
        *((one.name, _asked(one)) for one in place.group),
        ("Thèmes déclarés", french.listed(brief.themes) if brief.themes else "aucun"),
        *(
            [("Thèmes lus dans le texte", french.listed(brief.guessed_themes))]
            if brief.guessed_themes
            else []
        ),
        ("Situation du projet", brief.stage or "non indiquée"),
        ("Source de votre fiche", brief.record),
    ]


def _asked(one: AskingCommune) -> str:
    """« 7 251 habitants : « … » »: a commune of a group in its own words."""
    inhabitants = f"{one.population}\u00a0habitants" if one.population else ""
    words = f"«\u00a0{one.words}\u00a0»" if one.words else ""
    return "\u00a0: ".join(part for part in (inhabitants, words) if part) or "non renseigné"


def _to_ask(brief: Brief) -> str:
    return "À demander aux communes" if brief.place.group else "À demander à la commune"


def dated(archive: bytes) -> bytes:
    """Give each part of the archive one date."""
    made = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(archive)) as before,
        zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as after,
    ):
        for name in before.namelist():
            after.writestr(zipfile.ZipInfo(name, OLDEST), before.read(name), zipfile.ZIP_DEFLATED)
    return made.getvalue()


def draft(
    letter: Letter, address: str, reply: str = "", documents: Sequence[tuple[str, bytes]] = ()
) -> bytes:
    """Make the file: plain text only, no sender, which the mail program of the adviser fills in.

    Parameters
    ----------
    address : str
        Whom it goes to; "" where that is not known.
    reply : str
        Where answers go; "" for the sender.
    documents : sequence of (str, bytes)
        Name and content of each document.
    """
    message = EmailMessage(policy=SMTP)
    message["Subject"] = letter.subject
    if address:
        message["To"] = address
    if reply:
        message["Reply-To"] = reply
    message["X-Unsent"] = "1"  # Outlook opens it as a draft
    message.set_content(letter.body, cte="quoted-printable")
    kind, _, subtype = MEDIA_TYPE.partition("/")
    for name, content in documents:
        message.add_attachment(content, maintype=kind, subtype=subtype, filename=name)
    return message.as_bytes()


def address_of(structure: Structure) -> str:
    """The box of a structure that a page publishes; "" where none is known."""
    boxes = (contact.value for contact in structure.contacts if contact.way is Way.COURRIEL)
    return next(boxes, "")
