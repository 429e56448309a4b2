"""A group is formed of dossiers that hold one need: each keeps its reference, and points to it."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from sqlalchemy.orm import Session

from .. import audit, clock
from ..audit import Action
from ..dossiers.dossiers import Declared, move, open_dossier
from ..introductions.introductions import advance
from ..states import Closed, Forbidden, State, Step
from ..store.tables import Account, Dossier
from . import parties

ORIGIN = "groupe"
"""Where a collective dossier comes from."""
AWAITED = (Step.SENT, Step.LATER, Step.ACCEPTED)
"""Steps of an introduction that its structure was written to and that is not over."""


def form(session: Session, found: Sequence[Dossier], need: str, account: Account) -> Dossier:
    """Make one collective dossier of several, followed by all who followed one of them.

    Parameters
    ----------
    found : sequence of Dossier
        As `dossiers.to_change` gives them; the first one speaks for the group.
    need : str
        The need as all of them share it; each keeps its own words beside.

    Raises
    ------
    Forbidden
        When one of them may not join, or they are of fewer than two communes.
    """
    if len({one.commune for one in found}) < parties.FEWEST:
        raise Forbidden("Un dossier collectif réunit au moins deux communes.")
    first = found[0]
    declared = Declared(
        commune=first.commune,
        need=need,
        origin=ORIGIN,
        themes=list(dict.fromkeys(theme for one in found for theme in one.themes)),
        excluded=[code for code in first.excluded if all(code in one.excluded for one in found)],
        stage=first.stage if len({one.stage for one in found}) == 1 else None,
        wished=list(dict.fromkeys(known for one in found for known in one.wished)),
        seed={"nature": ORIGIN, "jeton": secrets.token_hex(16)},
    )
    group = open_dossier(session, declared, account)
    group.created_at = min(one.created_at for one in found)  # the need waits since then
    move(session, group, State.OPEN, account.id)
    for one in found:
        join(session, group, one, account.id)
    references = [one.reference for one in found]
    audit.record(session, Action.GROUP_FORMED, account.id, group.reference, dossiers=references)
    return group


def join(session: Session, group: Dossier, own: Dossier, account_id: int) -> None:
    """Let a commune join a group with the dossier that it had: that one is closed, and stays.

    Who followed it follows the group.

    Letters that are ready there and did not leave are withdrawn: those of the group replace them.

    Raises
    ------
    Forbidden
        When it is a group itself, is closed, or a structure is about to answer it.
    """
    if own.id == group.id or own.parties:
        raise Forbidden(
            f"Le dossier {own.reference} réunit déjà plusieurs communes : faites entrer les autres "
            "dans celui-ci."
        )
    if own.state == State.CLOSED:
        raise Forbidden(f"Le dossier {own.reference} est clos : rouvrez-le d’abord.")
    if any(Step(one.step) in AWAITED for one in own.introductions):
        raise Forbidden(
            f"Le dossier {own.reference} a une introduction en cours : attendez la réponse de la "
            "structure, ou retirez l’introduction, avant de le joindre à un groupe."
        )
    for one in own.introductions:
        if one.step == Step.PREPARED:
            advance(session, one, Step.WITHDRAWN, account_id)
    parties.enter(session, group, own.commune, account_id, own)
    group.members = list(dict.fromkeys([*group.members, *own.members]))
    own.members = own.members or list(group.members)  # who follows it now finds it again
    own.back_at = own.back_line = None
    own.active_at = clock.now()
    move(session, own, State.CLOSED, account_id, Closed.JOINED.value)
