"""Friendly French pages for what goes wrong. Nothing of the inside is told."""

from __future__ import annotations

from flask import Flask, make_response, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from .api import problems
from .limits import API, seconds_to_wait

TEXTS = {
    400: ("Demande illisible", "Le site n’a pas compris cette adresse. Reprenez depuis l’accueil."),
    404: (
        "Page introuvable",
        "Cette page n’existe pas ou n’existe plus. L’adresse a peut-être été mal recopiée.",
    ),
    405: ("Demande impossible", "Cette page ne se demande pas de cette façon."),
    413: ("Envoi trop lourd", "Ce que vous envoyez dépasse la taille permise."),
    429: (
        "Trop de demandes à la fois",
        "Votre réseau vient de demander beaucoup de pages. Attendez une minute, puis rechargez.",
    ),
    500: (
        "Le site a un souci",
        "L’erreur vient de nous, pas de vous. Réessayez dans un moment.",
    ),
}


def explain(app: Flask) -> None:
    """Answer each error with a page, or with a problem where the API was asked."""

    @app.errorhandler(HTTPException)
    def told(error: HTTPException) -> ResponseReturnValue:
        code = error.code or 500
        if code < 400:  # a redirection is no error
            return error.get_response()
        if request.path.startswith(API):
            return problems.answer(error)
        title, message = TEXTS.get(code, TEXTS[400] if code < 500 else TEXTS[500])
        page = make_response(render_template("error.html", title=title, message=message), code)
        if code == 429:
            page.headers["Retry-After"] = str(seconds_to_wait())
        return page
