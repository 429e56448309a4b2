"""The public pages: a commune finds its help alone, without an account."""

from __future__ import annotations

from flask import Blueprint

from . import about, after, browse, confirm, contact, followup, listing, machines, needs, reply

pages = Blueprint("public", __name__)

for module in (
    needs,
    listing,
    browse,
    contact,
    confirm,
    about,
    machines,
    followup,
    reply,
    after,
):
    module.add(pages)
