"""The first page of the space: what waits, what is mine, what is due."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue


def add(pages: Blueprint) -> None:
    """Add the routes of this module."""
    pages.get("/")(home)


def home() -> ResponseReturnValue:
    """Show where to begin today."""
    return render_template("advisers/home.html")
