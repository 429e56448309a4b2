"""The space of advisers: pages for those who sign in. Who may ask for which: `access`."""

from __future__ import annotations

from flask import Blueprint
from flask_security import current_user

from ..access import OVERSIGHT, allows, roles_of
from ..freshness import refused
from ..signin.pages import PREFIX
from . import agenda, forms, groups, history, imports, overview, persons, structures
from .dossiers import (
    choices,
    collective,
    desk,
    dossier,
    dropped,
    introductions,
    letters,
    needs,
    outside,
    refine,
)
from .listing import listing, together
from .moderation import moderation as proposals

MENU = (
    ("advisers.home", "Accueil"),
    ("advisers.dossiers", "Dossiers"),
    ("advisers.introductions_underway", "Introductions"),
    ("advisers.mail_page", "Courriels"),
    ("advisers.structures", "Structures"),
    ("advisers.proposals", "Propositions"),
    ("advisers.agenda", "Agenda"),
    ("advisers.imports_page", "Importer"),
    ("advisers.groups", "Groupes"),
    ("advisers.dashboard", "Tableau de bord"),
    ("advisers.journal", "Journal"),
    ("advisers.contacts", "Contacts"),
    ("advisers.accounts", "Comptes"),
    ("advisers.register", "Registre"),
)
"""Pages of the menu of the space; each account sees those that it may open."""

pages = Blueprint("advisers", __name__, url_prefix=PREFIX)
for module in (
    agenda,
    forms,
    overview,
    persons,
    listing,
    together,
    dossier,
    collective,
    refine,
    desk,
    choices,
    outside,
    introductions,
    structures,
    letters,
    dropped,
    needs,
    imports,
    groups,
    history,
    proposals,
):
    module.add(pages)


@pages.app_context_processor
def menu() -> dict[str, object]:
    """Give the pages of the menu that this account may open."""
    return {
        "space_menu": lambda: [item for item in MENU if allows(current_user, item[0])],
        "catalogue_refused": lambda: refused() if roles_of(current_user) & OVERSIGHT else "",
    }
