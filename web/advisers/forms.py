"""The small forms of the space: what is typed in them, and what is refused in French.

When a change cannot be made, what was typed is shown again, and nothing is lost. The token of the
session is checked for all of them at once, by `access`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user
from flask_wtf import FlaskForm
from flask_wtf.csrf import CSRFError
from wtforms import Field, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import StopValidation, ValidationError

from ..access import kept_for_later
from ..casework.dossiers.dossiers import Stale
from ..casework.moderation import Refused
from ..casework.states import CHOSEN, Closed, Discarded, Forbidden, Labelled, State
from ..context import database
from ..protection import at_most, day_written, lines, needed, one_line, trimmed
from ..signin import held
from ..signin.held import NotHeld, SentAlready

LONGEST_NOTE = 5_000
LONGEST_COMMENT = 1_000
LONGEST_REFERENCE = 20
OURS = frozenset({held.TOKEN, held.RESUMED, "version", "jeton", "adresse_du_site"})
"""Fields that nobody types."""
LABELS = {
    "texte": "Votre note",
    "commentaire": "Votre commentaire",
    "motif": "Le motif choisi",
    "etat": "L’état demandé",
    "structure": "La structure",
    "geste": "Le geste",
    "besoin": "Le besoin",
    "theme": "Un thème",
    "sans": "Un thème écarté",
    "etape": "L’étape",
    "le": "La date",
    "ligne": "Ce qu’il y a à faire",
    "rdv": "Le jour du rendez-vous",
    "lieu": "Le lieu",
    "double": "Le dossier double",
    "meme": "Le même besoin",
    "service": "Le service",
    "courriel": "L’adresse électronique",
    "adresse": "L’adresse de la commune",
    "commune": "La commune",
    "source": "La source du contact",
    "accord": "L’accord de la commune",
}
"""What people call a field."""
TOO_OLD = (
    "Cette page est restée ouverte trop longtemps, ou votre session a changé. Rien n’a été "
    "enregistré : rouvrez la page, puis recommencez."
)
SIGNED_OUT = (
    "Votre session a pris fin, et cet envoi n’a pas pu être gardé. Copiez ce qui reste utile, "
    "connectez-vous, puis recommencez."
)
ALREADY = (
    "Cet envoi est déjà parti, ou il attendait depuis plus d’un jour. Rien n’a été envoyé une "
    "seconde fois."
)
RESUMED = (
    "Votre session avait pris fin quand vous avez envoyé ceci. Rien n’est perdu : relisez, puis "
    "envoyez."
)


class Posted(FlaskForm):  # type: ignore[misc]
    """A form whose token was checked already."""

    class Meta:
        """See `access.guard`."""

        csrf = False


def _known(codes: Iterable[Labelled], data: str | None, message: str) -> None:
    if data not in {code.value for code in codes}:
        raise ValidationError(message)


def day_typed(name: str) -> date | None:
    """The day of a field, from « 2027-01-31 » or « 31/01/2027 »; None when it is blank.

    Raises
    ------
    Forbidden
        When it is no day.
    """
    typed = request.form.get(name, "").strip()
    try:
        return day_written(typed) if typed else None
    except StopValidation as error:
        raise Forbidden(str(error)) from None


class NoteForm(Posted):
    """A case note."""

    texte = TextAreaField(
        filters=[trimmed],
        validators=[needed("Écrivez votre note."), at_most(LONGEST_NOTE), lines],
    )


class StateForm(Posted):
    """Where the dossier goes, and why where the table asks for it."""

    etat = StringField()
    motif = StringField()
    double = StringField(filters=[trimmed], validators=[at_most(LONGEST_REFERENCE), one_line])

    def validate_etat(self, field: Field) -> None:
        """A state of the table; whether it may follow is said by `states`."""
        _known(State, field.data, "Choisissez un état dans la liste.")

    def validate_motif(self, field: Field) -> None:
        """A reason of the list of this state."""
        reasons = CHOSEN.get(self.etat.data)
        if reasons is not None:
            _known(reasons, field.data, "Choisissez un motif dans la liste.")

    def validate_double(self, field: Field) -> None:
        """A double names the dossier that it is the double of."""
        if self.etat.data == State.CLOSED and self.motif.data == Closed.DUPLICATE:
            if not field.data:
                raise ValidationError("Indiquez la référence du dossier qui porte le même besoin.")
        elif field.data:
            field.data = ""


class SameForm(Posted):
    """The dossier that holds the same need; nothing where none does any more."""

    meme = StringField(filters=[trimmed], validators=[at_most(LONGEST_REFERENCE), one_line])


class DiscardForm(Posted):
    """Why a structure is left aside."""

    structure = StringField()
    motif = StringField()
    commentaire = StringField(filters=[trimmed], validators=[at_most(LONGEST_COMMENT), lines])

    def validate_motif(self, field: Field) -> None:
        """A reason of the list."""
        _known(Discarded, field.data, "Choisissez un motif dans la liste.")


class RefusalForm(Posted):
    """Why a proposal is refused."""

    motif = StringField()
    commentaire = TextAreaField(filters=[trimmed], validators=[at_most(LONGEST_COMMENT), lines])

    def validate_motif(self, field: Field) -> None:
        """A reason of the list."""
        _known(Refused, field.data, "Choisissez un motif dans la liste.")


class AddForm(Posted):
    """Why a structure is added; needed where the matcher would not show it."""

    structure = StringField()
    commentaire = TextAreaField(filters=[trimmed], validators=[at_most(LONGEST_COMMENT), lines])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.shown = True

    def validate_commentaire(self, field: Field) -> None:
        """Ask why, where the suggestions do not say it."""
        if not self.shown and not field.data:
            raise ValidationError("Dites en une phrase pourquoi vous l’ajoutez.")


class MembersForm(Posted):
    """Who works on the dossier."""

    membre = SelectMultipleField(validate_choice=False)


class OpenNotesForm(Posted):
    """Why a lead opens notes of a dossier that is not theirs."""

    motif = SelectField(validate_choice=False)

    def validate_motif(self, field: Field) -> None:
        """A reason of the list."""
        _known(NotesOpened, field.data, "Choisissez un motif dans la liste.")


class NotesOpened(Labelled):
    """Why a lead may open notes of a dossier that is not theirs."""

    ABSENCE = "absence", "la personne qui suit le dossier est absente"
    REQUEST = "demande", "la personne concernée demande à voir ses données"
    INCIDENT = "incident", "une réclamation ou un incident à traiter"
    CONTROL = "controle", "un contrôle de la qualité des dossiers"


def add(pages: Blueprint) -> None:
    """Answer the refusals of this blueprint."""
    pages.get("/reprendre/<secret>")(resumed)
    for refused, answer in (
        (Stale, stale),
        (Forbidden, forbidden),
        (CSRFError, expired),
        (NotHeld, signed_out),
        (SentAlready, sent_already),
    ):
        pages.register_error_handler(refused, answer)


def stale(error: Stale) -> ResponseReturnValue:
    """Somebody was first: say so, and give back what was typed."""
    return _told("Dossier modifié entre-temps", str(error), 409)


def forbidden(error: Forbidden) -> ResponseReturnValue:
    """The rules of casework refuse: say which."""
    return _told("Ce changement n’est pas possible", str(error), 409)


def expired(_error: CSRFError) -> ResponseReturnValue:
    """The token of the form is too old: what was typed is shown again, to be sent."""
    try:
        return redirect(kept_for_later(), 303)
    except NotHeld:
        return _told("Page ouverte depuis trop longtemps", TOO_OLD, 400)


def signed_out(_error: NotHeld) -> ResponseReturnValue:
    """Nobody is signed in any more, and what was sent cannot wait: it may be copied."""
    return _told("Votre session a pris fin", SIGNED_OUT, 403)


def sent_already(_error: SentAlready) -> ResponseReturnValue:
    """What was kept left once: it does not leave twice."""
    return _told("C’est déjà envoyé", ALREADY, 409)


def resumed(secret: str) -> ResponseReturnValue:
    """Show what was sent when the session was over, with the button that sends it."""
    with database.reading() as session:
        found = held.find(session, secret, current_user.id)
    if found is None:
        abort(404)
    place, fields = found
    return render_template(
        "advisers/conflict.html",
        title="Ce que vous aviez envoyé",
        message=RESUMED,
        place=place,
        fields=fields,
        secret=secret,
        back=url_for("advisers.home"),
        typed=_typed(fields.items()),
    )


def _told(title: str, message: str, status: int) -> ResponseReturnValue:
    reference = (request.view_args or {}).get("reference")
    signed_in = current_user.is_authenticated
    page = render_template(
        "advisers/conflict.html",
        title=title,
        message=message,
        reference=reference,
        back=url_for("advisers.dossier", reference=reference)
        if reference and signed_in
        else url_for("advisers.home"),
        typed=_typed(request.form.lists()),
    )
    return page, status


def _typed(fields: Iterable[tuple[str, Sequence[str]]]) -> list[tuple[str, str]]:
    """What people typed or chose, with what they call it."""
    return [
        (LABELS.get(name, name.replace("_", " ").capitalize()), value)
        for name, values in fields
        if name not in OURS
        for value in values
        if value.strip()
    ]
