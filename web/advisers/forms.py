"""The small forms of the space: what is typed in them, and what is refused in French.

The token of the session is checked for all of them at once, by `access`.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from flask import request
from flask_wtf import FlaskForm
from wtforms import Field, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import StopValidation, ValidationError

from ..casework.moderation import Refused
from ..casework.states import CHOSEN, Closed, Discarded, Forbidden, Labelled, State
from ..protection import at_most, day_written, lines, needed, one_line, trimmed

LONGEST_NOTE = 5_000
LONGEST_COMMENT = 1_000
LONGEST_REFERENCE = 20


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
