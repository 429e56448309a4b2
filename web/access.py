"""The one policy: who may ask for what. What is not written here is refused.

Two questions are asked, in this order: may this role ask for this page (`POLICY`), and may this
account see this dossier or its notes (`may_read`, `may_read_notes`)?
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from flask import Flask, abort, current_app, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user, logout_user
from flask_wtf import CSRFProtect
from sqlalchemy import ColumnElement, and_, false, or_, select, true
from sqlalchemy.orm import object_session

from .casework import clock
from .casework.states import State
from .casework.store.database import Database
from .casework.store.tables import Account, Dossier
from .signin import held
from .signin.pages import WHOSE, is_over, note_activity, require_accounts


class Role(StrEnum):
    """What an account is for; the French label is what people read."""

    ADVISER = "conseiller"
    LEAD = "responsable"
    ADMIN = "administrateur"


OPEN = frozenset({"public", "api"})
"""Blueprints for everybody, without an account."""
ANYONE = frozenset(
    {
        "static",
        "security.login",
        "security.logout",
        "security.two_factor_setup",
        "security.two_factor_token_validation",
        "advisers.agenda_feed",
    }
)
"""Endpoints for everybody: to sign in, one is not signed in yet; of a calendar, the
address is the secret."""

FORMS = "advisers."
"""Endpoints whose every change asks for the token of its form; the others have forms that do."""

STAFF = frozenset(Role)
CASEWORK = frozenset({Role.ADVISER, Role.LEAD})
LEADS = frozenset({Role.LEAD})
ADMINS = frozenset({Role.ADMIN})
STANDING_IN = "_working_as"
"""Where an account that was read keeps for whom it works."""
OVERSIGHT = LEADS | ADMINS

POLICY: Mapping[str, frozenset[Role]] = {
    "security.change_password": STAFF,
    "security.verify": STAFF,
    "security.two_factor_setup_validate": STAFF,
    "advisers.home": STAFF,
    "advisers.resumed": STAFF,
    "advisers.accounts": ADMINS,
    "advisers.account_made": ADMINS,
    "advisers.account_changed": ADMINS,
    "advisers.account_closed": ADMINS,
    "advisers.account_opened": ADMINS,
    "advisers.absence": CASEWORK,
    "advisers.absence_said": CASEWORK,
    "advisers.agenda": CASEWORK,
    "advisers.agenda_renewed": CASEWORK,
    "advisers.dossier_agenda": CASEWORK,
    "advisers.dossier_back": CASEWORK,
    "advisers.introduction_dated": CASEWORK,
    "advisers.introduction_unsent": CASEWORK,
    "advisers.journal": OVERSIGHT,
    "advisers.register": STAFF,
    "advisers.contacts": ADMINS,
    "advisers.contact_sought": ADMINS,
    "advisers.contact_exported": ADMINS,
    "advisers.contact_erased": ADMINS,
    "advisers.dossiers": CASEWORK,
    "advisers.dossiers_file": CASEWORK,
    "advisers.dossiers_together": CASEWORK,
    "advisers.view_saved": CASEWORK,
    "advisers.view_removed": CASEWORK,
    "advisers.dossier": CASEWORK,
    "advisers.dossier_taken": CASEWORK,
    "advisers.dossier_need": CASEWORK,
    "advisers.dossier_need_refined": CASEWORK,
    "advisers.dossier_moved": CASEWORK,
    "advisers.dossier_noted": CASEWORK,
    "advisers.dossier_linked": CASEWORK,
    "advisers.dossier_masked": CASEWORK,
    "advisers.attachment_added": CASEWORK,
    "advisers.attachment": CASEWORK,
    "advisers.attachment_removed": CASEWORK,
    "advisers.dossier_members": LEADS,
    "advisers.dossier_notes_opened": LEADS,
    "advisers.my_notes": CASEWORK,
    "advisers.choice_made": CASEWORK,
    "advisers.choice_ordered": CASEWORK,
    "advisers.addition": CASEWORK,
    "advisers.addition_made": CASEWORK,
    "advisers.outside_form": CASEWORK,
    "advisers.outside_proposed": CASEWORK,
    "advisers.introductions_underway": CASEWORK,
    "advisers.introduction_prepared": CASEWORK,
    "advisers.introduction": CASEWORK,
    "advisers.introduction_edited": CASEWORK,
    "advisers.introduction_advanced": CASEWORK,
    "advisers.introduction_reminded": CASEWORK,
    "advisers.introduction_file": CASEWORK,
    "advisers.structures": CASEWORK,
    "advisers.structure_sheet": CASEWORK,
    "advisers.structure_noted": CASEWORK,
    "advisers.structures_file": CASEWORK,
    "advisers.letter_joined": CASEWORK,
    "advisers.mail_page": CASEWORK,
    "advisers.mail_read": CASEWORK,
    "advisers.mail_filed": CASEWORK,
    "advisers.link_changed": CASEWORK,
    "advisers.agreement_noted": CASEWORK,
    "advisers.opinion_noted": CASEWORK,
    "advisers.need": CASEWORK,
    "advisers.need_neighbours": CASEWORK,
    "advisers.need_typed": CASEWORK,
    "advisers.imports_page": CASEWORK,
    "advisers.imports_checked": CASEWORK,
    "advisers.imports_stored": CASEWORK,
    "advisers.imports_refused": CASEWORK,
    "advisers.groups": CASEWORK,
    "advisers.group_proposed": CASEWORK,
    "advisers.group_formed": CASEWORK,
    "advisers.party_joined": CASEWORK,
    "advisers.party_left": CASEWORK,
    "advisers.party_contact": CASEWORK,
    "advisers.party_outcomes": CASEWORK,
    "advisers.groups_file": CASEWORK,
    "advisers.dashboard": CASEWORK,
    "advisers.dashboard_table": CASEWORK,
    "advisers.dashboard_file": CASEWORK,
    "advisers.dashboard_report": CASEWORK,
    "advisers.decisions_file": LEADS,
    "advisers.proposals": CASEWORK,
    "advisers.proposal": CASEWORK,
    "advisers.proposal_accepted": CASEWORK,
    "advisers.proposal_refused": CASEWORK,
    "advisers.proposal_joined": CASEWORK,
}
"""Roles that may ask for an endpoint."""


def guard(app: Flask) -> None:
    """Ask the policy before each request, and the token of its form before each change."""
    app.config.setdefault("WTF_CSRF_CHECK_DEFAULT", False)  # the API takes no form
    # A form is as good as its session: a note that takes two hours to write is not refused.
    app.config.setdefault("WTF_CSRF_TIME_LIMIT", None)
    token = CSRFProtect(app)

    @app.before_request
    def allowed() -> ResponseReturnValue | None:
        endpoint = request.endpoint
        if "\0" in request.path:
            abort(404)  # no reference holds it, and PostgreSQL refuses to look for it
        if endpoint is None or is_open(endpoint):
            return None  # no such page, or a page for everybody
        if endpoint not in POLICY:
            abort(404)  # what a library brings and nobody asked for
        signed_in = current_user.is_authenticated
        require_accounts()
        if signed_in and is_over():
            logout_user()
        if not current_user.is_authenticated:
            return _to_sign_in(endpoint)
        if not allows(current_user, endpoint):
            abort(403)
        note_activity(current_user)
        if request.method == "POST" and endpoint.startswith(FORMS):
            token.protect()
            if held.RESUMED in request.form:
                held.release(_database(), request.form[held.RESUMED])
        return None


def _to_sign_in(endpoint: str) -> ResponseReturnValue:
    """Lead to the sign-in, and from there to what was asked for, or typed."""
    if request.method in ("GET", "HEAD"):
        return redirect(url_for("security.login", next=request.full_path.rstrip("?")))
    if not endpoint.startswith(FORMS):
        abort(403)
    return redirect(url_for("security.login", next=kept_for_later()), 303)


def kept_for_later() -> str:
    """Keep what was sent when it cannot be taken: the address where its author finds it again.

    Raises
    ------
    NotHeld
        When it cannot be kept.
    """
    return url_for("advisers.resumed", secret=held.hold(_database(), request, session.get(WHOSE)))


def _database() -> Database:
    found: Database = current_app.extensions["database"]
    return found


def is_open(endpoint: str) -> bool:
    """Whether a page needs no account."""
    return endpoint in ANYONE or endpoint.partition(".")[0] in OPEN


def allows(account: Account, endpoint: str) -> bool:
    """Whether the policy opens an endpoint to an account."""
    return bool(POLICY.get(endpoint, frozenset()) & roles_of(account))


def roles_of(account: Account) -> frozenset[Role]:
    """The roles of an account."""
    return frozenset(Role(role.name) for role in account.roles)


def may_read(account: Account, dossier: Dossier) -> bool:
    """A lead reads every dossier; an adviser their own, and the open ones that nobody follows."""
    roles = roles_of(account)
    if Role.LEAD in roles:
        return True
    waiting = dossier.state != State.CLOSED and not dossier.members
    return Role.ADVISER in roles and (waiting or is_member(account, dossier))


def readable(account: Account) -> ColumnElement[bool]:
    """The dossiers that `may_read` opens, as a condition of a query."""
    roles = roles_of(account)
    if Role.LEAD in roles:
        return true()
    if Role.ADVISER not in roles:
        return false()
    waiting = and_(Dossier.state != State.CLOSED.value, ~Dossier.members.any())
    return or_(waiting, Dossier.members.any(Account.id.in_(working_as(account))))


def may_change(account: Account, dossier: Dossier) -> bool:
    """A member changes a dossier; a lead first becomes one."""
    return bool(roles_of(account) & CASEWORK) and is_member(account, dossier)


def may_read_contact(account: Account, dossier: Dossier) -> bool:
    """Whom to answer is for those who work on the dossier, and for leads."""
    return Role.LEAD in roles_of(account) or may_change(account, dossier)


def may_read_notes(account: Account, dossier: Dossier) -> bool:
    """Members read the notes of their dossier; each author reads their own (see the page)."""
    return may_change(account, dossier)


def may_open_notes(account: Account) -> bool:
    """A lead may open notes of others for a stated reason, which is logged."""
    return Role.LEAD in roles_of(account)


def is_member(account: Account, dossier: Dossier) -> bool:
    """Whether the account works on the dossier, for itself or for somebody who is away."""
    return not working_as(account).isdisjoint(member.id for member in dossier.members)


def working_as(account: Account) -> frozenset[int]:
    """The account, and those whom it stands in for today: asked once a request."""
    known: frozenset[int] | None = account.__dict__.get(STANDING_IN)
    if known is None:
        session, now = object_session(account), clock.now()
        away = select(Account.id).where(
            Account.stand_in == account.id, Account.away_from <= now, Account.away_until > now
        )
        known = frozenset({account.id, *(session.scalars(away) if session else ())})
        account.__dict__[STANDING_IN] = known
    return known
