"""The catalogue to browse: directory, projects, resources, themes, and a page for each thing."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from matcher import Kind, Structure, Theme, UnknownStructure
from matcher.catalogue import Area, ResourceType, Scale, french
from matcher.reports import area_names, describe
from matcher.upkeep import unknown_line

from ..answers.asking import whole
from ..answers.maps import place
from ..answers.shelves import COUNTRY, LONGEST_QUERY
from ..context import doors, matcher, place_of, same_postcode, shelves
from ..freshness import served

PAGE = 20
"""Items on a page of a list."""


def add(pages: Blueprint) -> None:
    """Add the routes of this module."""
    pages.get("/annuaire")(directory)
    pages.get("/structures/<structure_id>")(structure)
    pages.get("/projets")(projects)
    pages.get("/projets/<project_id>")(project)
    pages.get("/ressources")(resources)
    pages.get("/themes")(themes)
    pages.get("/themes/<code>")(theme)
    pages.get("/communes/<code>")(commune)


def directory() -> ResponseReturnValue:
    """All structures, with a search and facets."""
    listing = _listing(shelves.structures, ("type", "theme", "region"))
    listing["items"] = [describe(s, matcher) for s in listing["items"]]
    return render_template(
        "public/directory.html", **listing, labels=_labels(), qualities=served().qualities.of
    )


def projects() -> ResponseReturnValue:
    """All projects, with a search and facets."""
    listing = _listing(list(shelves.projects.values()), ("theme", "region"))
    return render_template("public/projects.html", **listing, labels=_labels(), place_of=place_of)


def resources() -> ResponseReturnValue:
    """All guides, webinars and sheets, with a search and facets."""
    listing = _listing(shelves.resources, ("type", "theme"))
    return render_template("public/resources.html", **listing, labels=_labels())


def structure(structure_id: str) -> ResponseReturnValue:
    """One structure: what it does, where, what it has supported, how we know."""
    if today := served().former.get(structure_id):
        return redirect(url_for("public.structure", structure_id=today), 301)
    try:
        found = matcher.structure(structure_id)
    except UnknownStructure:
        abort(404)
    about = shelves.projects_of.get(found.id, [])
    return render_template(
        "public/structure.html",
        facts=describe(found, matcher),
        quality=served().qualities.of.get(found.id),
        backed=[p for p in about if p.backings[found.id].proves],
        named=[p for p in about if not p.backings[found.id].proves],
        resources=shelves.resources_of.get(found.id, []),
        branches=[
            other
            for other in shelves.structures
            if other.id != found.id and (other.body == found.body or _same_network(found, other))
        ],
        network=_network(found),
        drawing=place(matcher, found),
        place_of=place_of,
    )


def project(project_id: str) -> ResponseReturnValue:
    """One project: what was done, where, with whom, how we know."""
    found = shelves.projects.get(project_id)
    if found is None:
        abort(404)
    known = [matcher.structures[s] for s in found.structures if s in matcher.structures]
    alike = [
        p
        for p in shelves.projects.values()
        if p.id != found.id and len(set(p.themes) & set(found.themes)) >= min(2, len(found.themes))
    ]
    return render_template(
        "public/project.html", project=found, structures=known, alike=alike[:5], place_of=place_of
    )


def themes() -> ResponseReturnValue:
    """The themes, with how much the catalogue has on each."""
    counted = [(theme, *(len(rows) for rows in shelves.about(theme))) for theme in Theme]
    return render_template("public/themes.html", themes=counted)


def theme(code: str) -> ResponseReturnValue:
    """One theme: its definition, who works on it, what was done, what to read."""
    try:
        found = Theme(code)
    except ValueError:
        abort(404)
    structures, done, to_read = shelves.about(found)
    return render_template(
        "public/theme.html",
        theme=found,
        structures=structures,
        projects=done,
        resources=to_read,
        place_of=place_of,
    )


def commune(code: str) -> ResponseReturnValue:
    """One commune: where it lies, who answers for it, what was done there and near."""
    today = matcher.territory.resolve(code.upper())
    if today is None:
        abort(404)
    if today != code:  # a code of former days, or in small letters
        return redirect(url_for("public.commune", code=today), 301)
    found = matcher.territory.communes[today]
    levels: dict[str, list[Any]] = {}
    for one, reach in sorted(matcher.coverage.eligible(found), key=_by_name):
        level = reach.scale if isinstance(reach, Area) else Scale.DEPARTEMENT
        levels.setdefault(level, []).append(describe(one, matcher))
    operators = [
        describe(one, matcher) for one, _ in sorted(matcher.coverage.operators(found), key=_by_name)
    ]
    near = [p for p in shelves.projects.values() if p.departement == found.departement]
    return render_template(
        "public/commune.html",
        commune=found,
        others=[
            (other, url_for("public.commune", code=other.insee))
            for other in same_postcode(code, found)
        ],
        areas=area_names(found, matcher.territory),
        vintage=matcher.territory.pvd_vintage,
        unknown=unknown_line(doors.unknown_at(found)),
        absent=doors.absent_at(found),
        operators=operators,
        levels=[(scale, levels.get(scale, [])) for scale in Scale],
        here=[p for p in near if p.commune == found.insee],
        near=[p for p in near if p.commune != found.insee],
        place_of=place_of,
    )


def _listing(items: list[Any], facets: tuple[str, ...]) -> dict[str, Any]:
    """Search, narrow and cut a list as the address asks."""
    query = request.args.get("q", "")[:LONGEST_QUERY].strip()
    chosen = {name: request.args.get(name, "")[:60] for name in facets}
    kept, counts = shelves.narrow(shelves.search(items, query), chosen)
    pages = max(1, ceil(len(kept) / PAGE))
    page = min(whole(request.args.get("page", ""), 4) or 1, pages)
    asked = {name: value for name, value in {"q": query, **chosen}.items() if value}
    return {
        "items": kept[(page - 1) * PAGE : page * PAGE],
        "found": len(kept),
        "query": query,
        "chosen": chosen,
        "counts": counts,
        "page": page,
        "pages": pages,
        "asked": asked,
    }


def _labels() -> Mapping[str, Mapping[str, str]]:
    """French labels of the values of each facet, in the order in which they are shown."""
    types = {term.value: term.label for terms in (Kind, ResourceType) for term in terms}
    return {
        "type": types,
        "theme": {term.value: term.label for term in Theme},
        "region": {**shelves.regions, COUNTRY: Scale.NATIONAL.label},
    }


def _by_name(found: tuple[Structure, Any]) -> tuple[str, str]:
    return french.order_key(found[0].name)


def _network(structure: Structure) -> str:
    """The name of its network, which is that of its head; "" where no head is known."""
    heads = (s.name for s in shelves.structures if s.national_head and _same_network(structure, s))
    return next(heads, "")


def _same_network(one: Any, other: Any) -> bool:
    return bool(one.network) and one.network == other.network
