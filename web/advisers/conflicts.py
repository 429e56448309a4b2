"""When a change cannot be made: what was typed is shown again, and nothing is lost."""

from __future__ import annotations

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user
from flask_wtf.csrf import CSRFError

from ..casework.dossiers.dossiers import Stale
from ..casework.states import Forbidden

OURS = frozenset({"csrf_token", "version", "jeton", "adresse_du_site"})
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
    "service": "Le service",
    "courriel": "L’adresse électronique",
    "source": "La source du contact",
    "accord": "L’accord de la commune",
}
"""What people call a field."""
TOO_OLD = (
    "Cette page est restée ouverte trop longtemps, ou votre session a changé. Rien n’a été "
    "enregistré : rouvrez la page, puis recommencez."
)


def add(pages: Blueprint) -> None:
    """Answer the refusals of this blueprint."""
    pages.register_error_handler(Stale, stale)
    pages.register_error_handler(Forbidden, forbidden)
    pages.register_error_handler(CSRFError, expired)


def stale(error: Stale) -> ResponseReturnValue:
    """Somebody was first: say so, and give back what was typed."""
    return _told("Dossier modifié entre-temps", str(error), 409)


def forbidden(error: Forbidden) -> ResponseReturnValue:
    """The rules of casework refuse: say which."""
    return _told("Ce changement n’est pas possible", str(error), 409)


def expired(_error: CSRFError) -> ResponseReturnValue:
    """The token of the form is too old: the text may be copied."""
    return _told("Page ouverte depuis trop longtemps", TOO_OLD, 400)


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
        typed=[
            (LABELS.get(name, name.replace("_", " ").capitalize()), value)
            for name, values in request.form.lists()
            if name not in OURS
            for value in values
            if value.strip()
        ],
    )
    return page, status
