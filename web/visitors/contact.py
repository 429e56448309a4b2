"""What visitors leave: a request for an introduction, a project, a correction.

Each form is sent, stored, then answered by a redirection: reloading the page sends nothing again.
"""

from __future__ import annotations

from typing import Any

from flask import (
    Blueprint,
    Response,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue

from matcher import Stage, Theme, UnknownCommune
from matcher.tables import MAX_TEXT

from ..answers.asking import Form
from ..casework.dossiers.inbox import InboxUnavailable, Request, RequestKind
from ..casework.persons.retention import KEPT_YEARS
from ..casework.store.database import RETRY_SECONDS
from ..context import as_typed, inbox, matcher, shelves
from .forms import MOST_STRUCTURES, IntroductionForm, ProposalForm

RECEIVED = "recue"
"""Where the session keeps the reference of what was just sent."""
NOT_STORED = (
    "Rien n’a pu être enregistré : le site a un souci, pas vous. Ce que vous avez écrit est "
    "toujours là : renvoyez-le dans un moment."
)


def add(pages: Blueprint) -> None:
    """Add the routes of this module; those of POST have names of their own, for rate limits."""
    pages.get("/mise-en-relation")(introduction)
    pages.post("/mise-en-relation")(introduction_sent)
    pages.get("/mise-en-relation/recue")(introduction_received)
    pages.get("/proposer")(proposal)
    pages.post("/proposer")(proposal_sent)
    pages.get("/proposer/recue")(proposal_received)


def introduction() -> ResponseReturnValue:
    """Ask to be put in touch; the fields come from the page of suggestions."""
    asked = Form.of(request.args)
    named = [s for s in request.args.getlist("structure") if s in matcher.structures]
    form = IntroductionForm(
        formdata=None,
        commune=_shown(asked.commune_shown),
        besoin=asked.besoin_shown,
        theme=list(asked.themes),
        sans=list(asked.sans),
        etape=asked.etape,
        structure=list(dict.fromkeys(named))[:MOST_STRUCTURES],
    )
    return _introduction(form)


def introduction_sent() -> ResponseReturnValue:
    """Store a request for an introduction."""
    form = IntroductionForm()
    if not form.validate_on_submit():
        return _introduction(form, 400)
    try:
        session[RECEIVED] = inbox.receive(
            Request(RequestKind.INTRODUCTION, form.token, form.content())
        )
    except InboxUnavailable:
        return _introduction(form, 503, NOT_STORED)
    return redirect(url_for("public.introduction_received"), 303)


def introduction_received() -> ResponseReturnValue:
    """Say that the request was stored, and under which reference."""
    return received("public.introduction", "Votre demande de mise en relation est enregistrée")


def proposal() -> ResponseReturnValue:
    """Propose a project, or say what is wrong in a page."""
    named = request.args.get("fiche", "")
    found = matcher.structures.get(named) or shelves.projects.get(named)
    title = (getattr(found, "name", "") or getattr(found, "title", "")) if found else ""
    form = ProposalForm(
        formdata=None,
        nature=(RequestKind.CORRECTION if found else RequestKind.PROJECT).value,
        fiche=named if found else "",
        titre=title,
    )
    return _proposal(form)


def proposal_sent() -> ResponseReturnValue:
    """Store a proposal, for a moderator to look at."""
    form = ProposalForm()
    if not form.validate_on_submit():
        return _proposal(form, 400)
    try:
        session[RECEIVED] = inbox.receive(
            Request(RequestKind(form.nature.data), form.token, form.content())
        )
    except InboxUnavailable:
        return _proposal(form, 503, NOT_STORED)
    return redirect(url_for("public.proposal_received"), 303)


def proposal_received() -> ResponseReturnValue:
    """Say that the proposal was stored, and under which reference."""
    return received("public.proposal", "Merci, votre proposition est enregistrée")


def _shown(query: str) -> str:
    """A commune, or several, as people write them; what names none stays as it was typed."""
    try:
        place = matcher.place(query)
        if not place.places:
            return as_typed(place.commune)
        return place.name if matcher.place(place.name) == place else query
    except UnknownCommune:
        return query


def _introduction(form: IntroductionForm, status: int = 200, trouble: str = "") -> Response:
    chosen = [matcher.structures[s] for s in form.structure.data or () if s in matcher.structures]
    return secret_page(
        "public/introduction.html",
        status,
        form=form,
        trouble=trouble,
        chosen=chosen,
        themes=Theme,
        stages=Stage,
        longest=MAX_TEXT,
    )


def _proposal(form: ProposalForm, status: int = 200, trouble: str = "") -> Response:
    return secret_page(
        "public/proposal.html",
        status,
        form=form,
        trouble=trouble,
        longest=MAX_TEXT,
        kinds=RequestKind,
    )


def received(form: str, title: str, otherwise: str = "") -> ResponseReturnValue:
    """Thank, with the reference of what was left by `form`; lead who left nothing elsewhere."""
    if RECEIVED not in session:
        return redirect(url_for(otherwise or form), 303)
    return secret_page(
        "public/received.html", 200, title=title, reference=session[RECEIVED], form=form
    )


def linked_page(template: str, status: int, **values: Any) -> Response:
    """A secret page that a link opens: no engine lists it, and no other site is told of it."""
    answer = secret_page(template, status, **values)
    answer.headers["X-Robots-Tag"] = "noindex"
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer


def secret_page(template: str, status: int, **values: Any) -> Response:
    """A page that holds a secret of its visitor: nobody keeps it."""
    answer = make_response(render_template(template, years=KEPT_YEARS, **values), status)
    answer.headers["Cache-Control"] = "no-store"
    if status == 503:
        answer.headers["Retry-After"] = str(RETRY_SECONDS)
    return answer
