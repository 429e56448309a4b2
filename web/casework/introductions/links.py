"""Links by which a letter is answered: one for a structure, one for each commune of a dossier.

A link names a secret that is kept here. It is over after `LINK_DAYS`, or when an adviser ends it;
whoever has it reads one request and answers it, nothing else. How it is signed: `signin.links`.
"""

from __future__ import annotations

import secrets
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from .. import audit, clock
from ..audit import Action
from ..store.tables import AnswerLink, Dossier, Introduction, Party

LINK_DAYS = 180
"""Days for which a letter is answered by its link: a season on a desk, and the reminders."""
KEY_BYTES = 18
"""Random bytes of a secret, 144 bits: nobody guesses one."""


class LinkOver(LookupError):
    """No link has this secret, or it is over: both look the same."""


def current(
    session: Session,
    dossier: Dossier,
    introduction: Introduction | None = None,
    party: Party | None = None,
) -> AnswerLink | None:
    """The link that letters hold at present; None when there is none, or it is over.

    Parameters
    ----------
    introduction : Introduction, optional
        That of its structure; without it, the link of the commune.
    party : Party, optional
        Whose link it is, of the communes of a group.
    """
    asked = select(AnswerLink).where(AnswerLink.dossier_id == dossier.id)
    asked = asked.where(
        AnswerLink.introduction_id == introduction.id
        if introduction is not None
        else AnswerLink.introduction_id.is_(None)
    )
    asked = asked.where(
        AnswerLink.party_id == party.id if party is not None else AnswerLink.party_id.is_(None)
    )
    found = session.scalars(asked.order_by(AnswerLink.id.desc()).limit(1)).first()
    return found if found is not None and not _is_over(found) else None


def renew(
    session: Session,
    dossier: Dossier,
    introduction: Introduction | None,
    account_id: int | None,
    party: Party | None = None,
) -> AnswerLink:
    """Make a link; the one before it is over."""
    end(session, dossier, introduction, account_id, party)
    made = AnswerLink(
        key=secrets.token_urlsafe(KEY_BYTES),
        dossier=dossier,
        introduction=introduction,
        party=party,
        made_at=clock.now(),
    )
    session.add(made)
    session.flush()
    _record(session, made, "cree", account_id)
    return made


def ensure(
    session: Session,
    dossier: Dossier,
    introduction: Introduction | None,
    account_id: int | None,
    party: Party | None = None,
) -> AnswerLink:
    """The present link, made where there is none."""
    known = current(session, dossier, introduction, party)
    return known or renew(session, dossier, introduction, account_id, party)


def end(
    session: Session,
    dossier: Dossier,
    introduction: Introduction | None,
    account_id: int | None,
    party: Party | None = None,
) -> None:
    """Make the present link open nothing any more; without one, nothing happens."""
    known = current(session, dossier, introduction, party)
    if known is not None:
        known.ended_at = clock.now()
        _record(session, known, "revoque", account_id)


def find(session: Session, key: str) -> AnswerLink:
    """Find what a link opens.

    Raises
    ------
    LinkOver
        When none has this secret, or it is over.
    """
    found = session.scalar(select(AnswerLink).where(AnswerLink.key == key))
    if found is None or _is_over(found):
        raise LinkOver
    return found


def _is_over(link: AnswerLink) -> bool:
    return link.ended_at is not None or clock.now() > link.made_at + timedelta(days=LINK_DAYS)


def _record(session: Session, link: AnswerLink, change: str, account_id: int | None) -> None:
    one = link.introduction
    audit.record(
        session,
        Action.LINK,
        account_id,
        link.dossier.reference,
        changement=change,
        **({"structure": one.structure_id} if one is not None else {"cote": "commune"}),
        **({"commune": link.party.commune} if link.party is not None else {}),
    )
