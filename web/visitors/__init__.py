"""The public pages: a commune finds its help alone, without an account."""

from __future__ import annotations

from flask import Blueprint

from . import (
    about,
    browse,
    confirm,
    contact,
    followup,
    listing,
    machines,
    needs,
    places,
    quality,
    reply,
)
from .after import feeds, kept, opinions

pages = Blueprint("public", __name__)

for module in (
    needs,
    listing,
    places,
    browse,
    contact,
    confirm,
    about,
    quality,
    machines,
    followup,
    reply,
    opinions,
    kept,
    feeds,
):
    module.add(pages)
