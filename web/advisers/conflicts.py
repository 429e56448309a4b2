"""When a change cannot be made: what was typed is shown again, and nothing is lost."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user
from flask_wtf.csrf import CSRFError

from ..access import kept_for_later
from ..casework.dossiers.dossiers import Stale
from ..casework.states import Forbidden
from ..context import database
from ..signin import held
from ..signin.held import NotHeld, SentAlready

OURS = frozenset({held.TOKEN, held.RESUMED, "version", "jeton", "adresse_du_site"})
"""Fields that nobody types."""
LABELS = {
    "texte": "Votre note",
    "commentaire": "Votre commentaire",
    "motif": "Le motif choisi",
    "etat": "L’état demandé",
    "structure": "La structure",
    "geste": "Le geste",
    "besoin": "Le besoin",
    "theme": "Un thème",
    "sans": "Un thème écarté",
    "etape": "L’étape",
    "le": "La date",
    "ligne": "Ce qu’il y a à faire",
    "rdv": "Le jour du rendez-vous",
    "lieu": "Le lieu",
    "double": "Le dossier double",
    "meme": "Le même besoin",
    "service": "Le service",
    "courriel": "L’adresse électronique",
    "adresse": "L’adresse de la commune",
    "commune": "La commune",
    "source": "La source du contact",
    "accord": "L’accord de la commune",
}
"""What people call a field."""
TOO_OLD = (
    "Cette page est restée ouverte trop longtemps, ou votre session a changé. Rien n’a été "
    "enregistré : rouvrez la page, puis recommencez."
)
SIGNED_OUT = (
    "Votre session a pris fin, et cet envoi n’a pas pu être gardé. Copiez ce qui reste utile, "
    "connectez-vous, puis recommencez."
)
ALREADY = (
    "Cet envoi est déjà parti, ou il attendait depuis plus d’un jour. Rien n’a été envoyé une "
    "seconde fois."
)
RESUMED = (
    "Votre session avait pris fin quand vous avez envoyé ceci. Rien n’est perdu : relisez, puis "
    "envoyez."
)


def add(pages: Blueprint) -> None:
    """Answer the refusals of this blueprint."""
    pages.get("/reprendre/<secret>")(resumed)
    for refused, answer in (
        (Stale, stale),
        (Forbidden, forbidden),
        (CSRFError, expired),
        (NotHeld, signed_out),
        (SentAlready, sent_already),
    ):
        pages.register_error_handler(refused, answer)


def stale(error: Stale) -> ResponseReturnValue:
    """Somebody was first: say so, and give back what was typed."""
    return _told("Dossier modifié entre-temps", str(error), 409)


def forbidden(error: Forbidden) -> ResponseReturnValue:
    """The rules of casework refuse: say which."""
    return _told("Ce changement n’est pas possible", str(error), 409)


def expired(_error: CSRFError) -> ResponseReturnValue:
    """The token of the form is too old: what was typed is shown again, to be sent."""
    try:
        return redirect(kept_for_later(), 303)
    except NotHeld:
        return _told("Page ouverte depuis trop longtemps", TOO_OLD, 400)


def signed_out(_error: NotHeld) -> ResponseReturnValue:
    """Nobody is signed in any more, and what was sent cannot wait: it may be copied."""
    return _told("Votre session a pris fin", SIGNED_OUT, 403)


def sent_already(_error: SentAlready) -> ResponseReturnValue:
    """What was kept left once: it does not leave twice."""
    return _told("C’est déjà envoyé", ALREADY, 409)


def resumed(secret: str) -> ResponseReturnValue:
    """Show what was sent when the session was over, with the button that sends it."""
    with database.reading() as session:
        found = held.find(session, secret, current_user.id)
    if found is None:
        abort(404)
    place, fields = found
    return render_template(
        "advisers/conflict.html",
        title="Ce que vous aviez envoyé",
        message=RESUMED,
        place=place,
        fields=fields,
        secret=secret,
        back=url_for("advisers.home"),
        typed=_typed(fields.items()),
    )


def _told(title: str, message: str, status: int) -> ResponseReturnValue:
    reference = (request.view_args or {}).get("reference")
    signed_in = current_user.is_authenticated
    page = render_template(
        "advisers/conflict.html",
        title=title,
        message=message,
        reference=reference,
        back=url_for("advisers.dossier", reference=reference)
        if reference and signed_in
        else url_for("advisers.home"),
        typed=_typed(request.form.lists()),
    )
    return page, status


def _typed(fields: Iterable[tuple[str, Sequence[str]]]) -> list[tuple[str, str]]:
    """What people typed or chose, with what they call it."""
    return [
        (LABELS.get(name, name.replace("_", " ").capitalize()), value)
        for name, values in fields
        if name not in OURS
        for value in values
        if value.strip()
    ]
