"""Days and hours as people here read them: `22/11/2026`, « il y a 3 jours »."""

from __future__ import annotations

from datetime import datetime

from flask import Blueprint
from flask_babel import format_datetime

from ..casework import clock


def add(pages: Blueprint) -> None:
    """Add the filters of this module to the templates."""
    for name, shown in (
        ("day", day),
        ("iso", iso),
        ("hour", hour),
        ("moment", moment),
        ("since", since),
    ):
        pages.add_app_template_filter(shown, name)


def day(when: datetime) -> str:
    """`22/11/2026`, in the zone of the site."""
    return str(format_datetime(when, "dd/MM/yyyy"))


def iso(when: datetime) -> str:
    """`2026-11-22`, as a field of a form wants it."""
    return clock.day_of(when).isoformat()


def hour(when: datetime) -> str:
    """`14:05`, as a field of a form wants it."""
    return f"{when.astimezone(clock.ZONE):%H:%M}"


def moment(when: datetime) -> str:
    """`22/11/2026 à 14:05`, in the zone of the site."""
    return str(format_datetime(when, "dd/MM/yyyy 'à' HH:mm"))


def since(when: datetime) -> str:
    """How long ago, in whole days."""
    days = (clock.now() - when).days
    return "aujourd’hui" if days < 1 else "hier" if days == 1 else f"il y a {days} jours"
