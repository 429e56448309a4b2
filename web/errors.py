"""Friendly French pages for what goes wrong. Nothing of the inside is told."""

from __future__ import annotations

from flask import Flask, current_app, make_response, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import Conflict, HTTPException, NotFound, ServiceUnavailable

from .api import problems
from .casework.dossiers.dossiers import Stale, UnknownDossier
from .casework.states import Forbidden
from .casework.store.database import OF_THE_DATABASE, RETRY_SECONDS, Unavailable, is_down
from .limits import API, seconds_to_wait
from .signin.tries import is_secret_tried
from .turns import Crowded

TEXTS = {
    400: ("Demande illisible", "Le site n’a pas compris cette adresse. Reprenez depuis l’accueil."),
    403: (
        "Page réservée",
        "Votre compte n’ouvre pas cette page. Si c’est une erreur, parlez-en à votre responsable.",
    ),
    404: (
        "Page introuvable",
        "Cette page n’existe pas ou n’existe plus. L’adresse a peut-être été mal recopiée.",
    ),
    405: ("Demande impossible", "Cette page ne se demande pas de cette façon."),
    413: ("Envoi trop lourd", "Ce que vous envoyez dépasse la taille permise."),
    409: ("Dossier modifié entre-temps", "Rien n’a été écrasé. Rouvrez le dossier et relisez-le."),
    429: (
        "Trop de demandes à la fois",
        "Votre réseau vient de demander beaucoup de pages. Attendez une minute, puis rechargez.",
    ),
    503: (
        "Base de données indisponible",
        "Rien n’a été enregistré. Revenez en arrière pour retrouver ce que vous avez écrit, et "
        "renvoyez-le dans quelques secondes. Les pages de recherche, elles, fonctionnent.",
    ),
    500: (
        "Le site a un souci",
        "L’erreur vient de nous, pas de vous. Réessayez dans un moment.",
    ),
}
TOO_MANY_TRIES = (
    "Trop d’essais de connexion",
    "Par précaution, attendez avant de réessayer : une minute d’abord, plus longtemps ensuite. Un "
    "navigateur qui s’est déjà connecté n’est pas concerné par les essais des autres. Mot de passe "
    "ou téléphone perdu ? Parlez-en à la personne qui gère les comptes.",
)
CROWDED = (
    "Beaucoup de monde à la fois",
    "Le site calcule déjà beaucoup de réponses. Attendez quelques secondes, puis rechargez : votre "
    "demande est dans l’adresse de cette page.",
)


def explain(app: Flask) -> None:
    """Answer each error with a page, or with a problem where the API was asked."""
    # Flask-Security reads accounts by itself, and raises what the driver does.
    for kind in (Unavailable, *OF_THE_DATABASE):
        app.register_error_handler(kind, _down)
    app.register_error_handler(UnknownDossier, lambda _error: _told(NotFound()))
    for refused in (Stale, Forbidden):
        app.register_error_handler(refused, lambda error: _told(Conflict(str(error))))
    app.register_error_handler(HTTPException, _told)


def _down(error: Exception) -> ResponseReturnValue:
    if not isinstance(error, Unavailable) and not is_down(error):
        raise error  # our fault
    current_app.logger.warning("base indisponible : %s", error)
    return _told(ServiceUnavailable(retry_after=RETRY_SECONDS))


def _told(error: HTTPException) -> ResponseReturnValue:
    code = error.code or 500
    if code < 400:  # a redirection is no error
        return error.get_response()
    if request.path.startswith(API):
        return problems.answer(error)
    title, message = CROWDED if isinstance(error, Crowded) else _words(code)
    if isinstance(error, Conflict):  # its description is ours, and French
        message = error.description or message
    page = make_response(render_template("error.html", title=title, message=message), code)
    if code == 429:
        page.headers["Retry-After"] = str(seconds_to_wait(error))
    elif code == 503:
        told = getattr(error, "retry_after", None)
        page.headers["Retry-After"] = str(told or RETRY_SECONDS)
    return page


def _words(code: int) -> tuple[str, str]:
    if code == 429 and is_secret_tried():
        return TOO_MANY_TRIES
    return TEXTS.get(code, TEXTS[400] if code < 500 else TEXTS[500])
