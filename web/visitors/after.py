"""What comes after an answer: an opinion on a suggestion, a list of structures that one keeps.

An opinion is one tap, without account nor cookie: there is no session to protect, and what comes
from a page of another site is refused by its origin. « Garder » keeps structures in the browser:
the list has an address that names them, and can be shared and printed; the site keeps nothing.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import (
    Blueprint,
    abort,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue

from matcher.reports import Trail, describe
from matcher.tables import MAX_TEXT

from ..answers.asking import Form
from ..casework import opinions
from ..casework.opinions import Fair
from ..casework.store.database import RETRY_SECONDS, Unavailable
from ..context import database, matcher
from ..freshness import served
from .needs import AnsweredNeed, told

BETWEEN = ":"
"""What stands between the structure and the code of a button."""
MOST_KEPT = 40
"""Structures of a list: its address stays shorter than what browsers and mail programs take."""


def add(pages: Blueprint) -> None:
    """Add the routes of this module."""
    pages.post("/avis")(opinion)
    pages.get("/avis/recu")(opinion_received)
    pages.get("/gardees")(kept)


def opinion() -> ResponseReturnValue:
    """Keep what a visitor says of one suggestion."""
    if not _from_here():
        abort(403)
    structure, _, code = request.form.get("avis", "")[:MAX_TEXT].rpartition(BETWEEN)
    if structure not in matcher.structures or code not in tuple(Fair):
        abort(400)
    form = Form.of(request.form)
    asked = AnsweredNeed.of(form)
    in_order = enumerate(asked.answered.ranking.listing, 1)
    named = asked.answered.ranking.structures
    rank = next((rank for rank, at in in_order if named((at,))[0].id == structure), None)
    if rank is None:
        abort(400)
    try:
        seen = told(asked.answered)
        database.keep(lambda session: opinions.keep(session, seen, structure, rank, Fair(code)))
    except Unavailable:
        return make_response(
            render_template("public/opinion.html", form=form, structure=structure, lost=True),
            503,
            {"Retry-After": str(RETRY_SECONDS)},
        )
    return redirect(url_for("public.opinion_received", fiche=structure, **form.query()), 303)


def opinion_received() -> ResponseReturnValue:
    """Thank, and lead back to the answer."""
    structure = request.args.get("fiche", "")
    return render_template(
        "public/opinion.html",
        form=Form.of(request.args),
        structure=structure if structure in matcher.structures else "",
        lost=False,
    )


def _from_here() -> bool:
    """Whether a page of this very site sends it; browsers of before do not say."""
    origin = request.headers.get("Origin")
    site = request.headers.get("Sec-Fetch-Site", "same-origin")
    here = origin is None or urlsplit(origin).netloc == request.host
    return here and site in ("same-origin", "none")


def kept() -> ResponseReturnValue:
    """Show the structures that the address names, in its order; say how many left the catalogue.

    One that was but a trail has why after its id: it is said again.
    """
    asked = [one.partition(BETWEEN) for one in request.args.getlist("structure")[:MOST_KEPT]]
    former, codes = served().former, set(Trail)
    why = {former.get(one, one): Trail(code) if code in codes else None for one, _, code in asked}
    found = [matcher.structures[one] for one in why if one in matcher.structures]
    return render_template(
        "public/kept.html",
        items=[describe(one, matcher) for one in found],
        doubts={one.id: why[one.id] for one in found if why[one.id]},
        gone=len(why) - len(found),
    )
