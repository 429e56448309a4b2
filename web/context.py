"""What the pages of an application share: matcher, answers, shelves, outlines, database, inbox."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Any

from flask import Flask, current_app, g, has_request_context, request
from jinja2.runtime import Macro
from werkzeug.local import LocalProxy

from matcher import Commune, Matcher, Structure, UnknownCommune
from matcher.catalogue import Area, Scale
from matcher.territory import Place
from matcher.upkeep import Matrix

from .answers.kept import Answers
from .answers.maps import Outlines
from .answers.shelves import Shelves, plain
from .casework import outside
from .casework.dossiers.inbox import Inbox
from .casework.opinions import Impressions
from .casework.outside import Outside
from .casework.store.database import Database
from .freshness import Freshness, served

matcher: Matcher = LocalProxy(lambda: served().matcher)  # type: ignore[assignment]
database: Database = LocalProxy(lambda: current_app.extensions["database"])  # type: ignore[assignment]
freshness: Freshness = LocalProxy(lambda: current_app.extensions["freshness"])  # type: ignore[assignment]
inbox: Inbox = LocalProxy(lambda: current_app.extensions["inbox"])  # type: ignore[assignment]
answers: Answers = LocalProxy(lambda: served().answers)  # type: ignore[assignment]
shelves: Shelves = LocalProxy(lambda: served().shelves)  # type: ignore[assignment]
doors: Matrix = LocalProxy(lambda: served().doors)  # type: ignore[assignment]
impressions: Impressions = LocalProxy(  # type: ignore[assignment]
    lambda: current_app.extensions["impressions"]
)
shapes: Outlines = LocalProxy(lambda: current_app.extensions["outlines"])  # type: ignore[assignment]


MENU = (
    ("public.home", "Trouver de l’aide"),
    ("public.directory", "Annuaire"),
    ("public.projects", "Projets"),
    ("public.resources", "Ressources"),
    ("public.method", "Méthode"),
)
"""Main pages, in the order of the header: endpoint and text. The site map has them too."""
FOOTER = (
    ("public.themes", "Thèmes"),
    ("public.glossary", "Glossaire"),
    ("public.data", "Données"),
    ("api.page", "API"),
    ("public.follow_up", "Suivre une demande"),
    ("public.proposal", "Proposer un projet"),
    ("public.embedding", "Intégrer le formulaire"),
    ("public.accessibility", "Accessibilité"),
    ("public.legal", "Mentions légales"),
    ("public.privacy", "Vie privée"),
)
"""Pages of the footer, likewise."""
ADDRESSES = 20_000
"""Addresses of the site kept in memory, about 200 bytes each: a page writes tens of them."""
PIECES = 5_000
"""Pieces of pages about one structure kept in memory, 0.1 to 1.5 kB each."""
OUTSIDE = "hors annuaire, à vérifier"
REFUSED = "hors annuaire, refusée par la modération"
"""What is said of a structure that a team named and the directory does not have."""
NAMED = 5
"""Communes of a dossier named in one line; its page lists them all."""


def outside_of(structure_id: str) -> Outside | None:
    """A structure that the directory does not have, by its reference; read once a request."""
    if not outside.is_outside(structure_id):
        return None
    if "outside" not in g:
        with database.reading() as session:
            g.outside = outside.all_known(session)
    found: Outside | None = g.outside.get(structure_id)
    return found


def structure_of(structure_id: str) -> Structure | None:
    """A structure of the directory, or one that is outside of it; None when neither has it."""
    known = matcher.structures.get(structure_id)
    beyond = outside_of(structure_id) if known is None else None
    if beyond is None:
        return known
    return matcher.structures.get(beyond.record) or beyond.structure


def flag_of(structure_id: str) -> str:
    """What is said beside the name of a structure that is outside of the directory, else ""."""
    beyond = outside_of(structure_id)
    if beyond is None or beyond.record in matcher.structures:
        return ""
    return OUTSIDE if beyond.pending else REFUSED


def department_name(commune: Commune) -> str:
    """Name of the département of a commune."""
    return matcher.territory.name(Area(Scale.DEPARTEMENT, commune.departement))


def titled(commune: Commune) -> str:
    """« Lodève (Hérault) »: what tells a commune from others of its name."""
    return f"{commune.name} ({department_name(commune)})"


def place_of(project: Any) -> str:
    """Where a project stands, in French."""
    found = matcher.territory.communes.get(project.commune or "")
    return titled(found) if found else str(project.territory)


def whole_areas(doubt: UnknownCommune) -> tuple[tuple[str, str, str], ...]:
    """The areas named that may ask as a whole: what to ask with, level and name of each.

    Namesakes have their département beside their name.
    """
    areas = [area for area in doubt.areas if area.scale in (Scale.EPCI, Scale.DEPARTEMENT)]
    names = [matcher.territory.name(area) for area in areas]
    found = []
    for area, name in zip(areas, names, strict=True):
        if names.count(name) > 1:
            first = matcher.territory.communes[matcher.territory.members(area)[0]]
            name = f"{name} ({department_name(first)})"
        found.append((f"{area.scale.value}:{area.code}", area.scale.value, name))
    return tuple(found)


def as_typed(commune: Commune) -> str:
    """A commune as people type it, where that leads back to it; otherwise its code."""
    try:
        shown = titled(commune)
        return shown if matcher.commune(shown) == commune else commune.insee
    except UnknownCommune:
        return commune.insee


def exact(found: Commune | Place) -> str:
    """What asks for a commune, or several, without a doubt: an Insee code may be a postal code."""
    communes = found.communes if isinstance(found, Place) else (found,)
    if len(communes) > 1 and isinstance(found, Place):
        return found.code
    commune = communes[0]
    return as_typed(commune) if same_postcode(commune.insee, commune) else commune.insee


def other_name(query: str, found: Commune) -> bool:
    """Whether a commune was asked by something else than its name or its codes of today.

    Annecy-le-Vieux is part of Annecy today, and 74011 was its code: who typed them is told.
    """
    if query in (found.insee, *found.postcodes):
        return False
    typed = query.partition("(")[0]  # « nom (département) »
    asked, name = ("".join(filter(str.isalnum, plain(text))) for text in (typed, found.name))
    return not name.startswith(asked)


def place_named(insee: str, places: str | None = None) -> str:
    """Name of the commune of a dossier, or of those that ask together; a code when it is no more.

    Parameters
    ----------
    places : str, optional
        Codes with commas, see `tables.Dossier.places`.
    """
    known = matcher.territory.communes
    names = [known[code].name if code in known else code for code in (places or insee).split(",")]
    if len(names) > NAMED:
        return f"{names[0]} et {len(names) - 1} autres communes"
    return f"{', '.join(names[:-1])} et {names[-1]}" if names[1:] else names[0]


def typed_apart(typed: str | None, insee: str) -> str:
    """What was typed for a commune when it is neither its name nor one of its codes of today."""
    found = matcher.territory.communes.get(insee)
    if not typed or found is None:
        return typed or ""
    if typed.strip() in (found.insee, *found.postcodes):
        return ""
    names = (typed, typed.partition("(")[0], found.name)  # « nom (département) »
    whole, alone, name = ("".join(filter(str.isalnum, plain(text))) for text in names)
    return "" if name in (whole, alone) else typed


def same_postcode(query: str, found: Commune) -> tuple[Commune, ...]:
    """The communes that have as postal code what was taken for the Insee code of `found`.

    46100 is Faycelles, and the postal code of Figeac: who typed it may mean the town.
    """
    if query != found.insee:
        return ()
    return tuple(c for c in matcher.territory.same_postcode(query) if c != found)


def keep_addresses(app: Flask) -> None:
    """Let templates make an address once where it holds no query: what people write is not kept."""

    @cache
    def needed(endpoint: str) -> frozenset[str]:
        rules = app.url_map.iter_rules(endpoint) if endpoint in app.view_functions else ()
        each = {frozenset(rule.arguments) for rule in rules}
        return each.pop() if len(each) == 1 else frozenset("?")

    @lru_cache(ADDRESSES)
    def known(_root: str, endpoint: str, values: tuple[tuple[str, Any], ...]) -> str:
        return app.url_for(endpoint, **dict(values))

    def url_for(endpoint: str, **values: Any) -> str:
        if has_request_context() and values.keys() == needed(endpoint):
            return known(request.script_root, endpoint, tuple(values.items()))
        return app.url_for(endpoint, **values)

    app.jinja_env.globals["url_for"] = url_for


def keep_pieces(app: Flask) -> None:
    """Let templates write once what they say of a structure, while the same catalogue is served."""

    def once(macro: Macro, structure: Structure, *others: Any) -> str:
        """What a macro writes of a structure, and of what never changes.

        A macro is itself, whatever its name: another template may have one of the same.
        """
        known = served().pieces
        key = (request.script_root, macro, structure.id, *others)
        if (piece := known.get(key)) is None:
            if len(known) >= PIECES:
                known.clear()
            piece = known[key] = macro(structure, *others)
        return piece

    app.jinja_env.globals["once"] = once
