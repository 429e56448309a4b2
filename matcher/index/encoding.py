"""The nouns as short texts (JSON), to be kept on the disk and read again one at a time."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from matcher.catalogue.model import Area, Commune, Project, Radius, Resource, Structure
from matcher.catalogue.vocabulary import Audience, Kind, Scale, Stage, Theme


def encode(noun: Commune | Structure | Project | Resource) -> str:
    """The values of a noun, in the order of its fields."""
    return json.dumps(
        [getattr(noun, field.name) for field in fields(noun)],
        ensure_ascii=False,
        default=_plain,
        separators=(",", ":"),
    )


def _plain(value: object) -> list[Any]:
    if isinstance(value, Area):
        return [value.scale, value.code]
    assert isinstance(value, Radius)
    return [value.km]


def commune_of(text: str) -> Commune:
    """Read what `encode` wrote of a commune."""
    values = json.loads(text)
    values[6], values[11] = tuple(values[6]), tuple(values[11])
    return Commune(*values)


def structure_of(text: str) -> Structure:
    """Read what `encode` wrote of a structure."""
    values = json.loads(text)
    values[2] = tuple(values[2])
    values[3] = Kind(values[3])
    for place, terms in ((4, Kind), (5, Theme), (7, Stage), (8, Audience)):
        values[place] = tuple(map(terms, values[place]))
    values[9] = tuple(map(_part, values[9]))
    return Structure(*values)


def _part(values: Sequence[Any]) -> Area | Radius:
    return Radius(values[0]) if len(values) == 1 else Area(Scale(values[0]), values[1])


def project_of(text: str) -> Project:
    """Read what `encode` wrote of a project."""
    values = json.loads(text)
    values[5], values[9] = tuple(map(Theme, values[5])), tuple(values[9])
    return Project(*values)


def resource_of(text: str) -> Resource:
    """Read what `encode` wrote of a resource."""
    values = json.loads(text)
    values[3], values[7] = tuple(map(Theme, values[3])), tuple(values[7])
    return Resource(*values)
