"""What a commune says of its own request: called back, useful, over."""

from __future__ import annotations

from sqlalchemy.orm import Session

from .. import audit, clock
from ..audit import Action
from ..states import Closed, Contacted, State, Useful
from ..store.tables import Dossier
from .dossiers import move

ENDS = {
    Closed.SUPPORTED: "Nous sommes accompagnés",
    Closed.OTHERWISE: "Nous avons trouvé une autre réponse",
    Closed.ABANDONED: "Nous renonçons au projet",
}
"""How a commune may close its request, as it reads it."""


def hear(
    session: Session,
    dossier: Dossier,
    contacted: Contacted,
    useful: Useful | None,
    word: str,
    end: Closed | None,
    token: str,
) -> None:
    """Keep what a commune answers, and close its request where it says so; the log holds codes.

    Parameters
    ----------
    token : str
        Of the form: it tells an answer that is sent again.

    Raises
    ------
    Forbidden
        When the request is closed already.
    """
    dossier.heard = {
        "recontactee": contacted.value,
        "utile": useful.value if useful else None,
        "mot": word,
        "jeton": token,
        "le": clock.now().isoformat(),
    }
    audit.record(
        session,
        Action.DOSSIER_HEARD,
        None,
        dossier.reference,
        recontactee=contacted.value,
        **({"utile": useful.value} if useful else {}),
    )
    if end is not None:
        move(session, dossier, State.CLOSED, None, end.value)
