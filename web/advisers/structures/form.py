"""The form of the sheet of a structure: may it be asked, how often, and how it is reached."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from wtforms import Field, StringField, TextAreaField
from wtforms.validators import ValidationError

from ...answers.asking import whole
from ...casework import clock
from ...casework.introductions.memory import LONGEST_PAUSE_DAYS, Said
from ...casework.persons.addresses import LONGEST_EMAIL, LONGEST_TELEPHONE, address_of
from ...casework.store.memories import StructureMemory
from ...protection import a_number, at_most, lines, one_line, trimmed
from ..forms import LONGEST_COMMENT, Posted

OPEN, PAUSED, CLOSED = "oui", "pause", "non"
ASKED = {
    OPEN: "Oui, on peut la solliciter",
    PAUSED: "Pas maintenant : en pause jusqu’à une date",
    CLOSED: "Non : ne plus solliciter",
}
"""Whether a structure may be introduced."""
MOST = 10_000
"""Largest capacity that is believed, as in a file of capacities."""


class SheetForm(Posted):
    """What an adviser writes down of a structure."""

    sollicitable = StringField()
    jusqu_au = StringField(filters=[trimmed])
    capacite = StringField(filters=[trimmed])
    courriel = StringField(filters=[trimmed], validators=[at_most(LONGEST_EMAIL), one_line])
    telephone = StringField(
        filters=[trimmed], validators=[at_most(LONGEST_TELEPHONE), one_line, a_number]
    )
    remarque = TextAreaField(filters=[trimmed], validators=[at_most(LONGEST_COMMENT), lines])

    @classmethod
    def of(cls, known: StructureMemory | None) -> SheetForm:
        """The form as what is known fills it."""
        form = cls(formdata=None)
        form.sollicitable.data = OPEN
        if known is not None:
            until = known.paused_until
            if until is not None and until >= clock.today():
                form.sollicitable.data, form.jusqu_au.data = PAUSED, until.isoformat()
            if known.closed:
                form.sollicitable.data = CLOSED
            form.capacite.data = "" if known.capacity is None else str(known.capacity)
            form.courriel.data, form.telephone.data = known.email, known.telephone
            form.remarque.data = known.remark
        return form

    def validate_sollicitable(self, field: Field) -> None:
        """One of the three."""
        if field.data not in ASKED:
            raise ValidationError("Dites si la structure peut être sollicitée.")

    def validate_jusqu_au(self, field: Field) -> None:
        """A day to come, where a pause asks for it."""
        if self.sollicitable.data != PAUSED:
            return
        try:
            until = date.fromisoformat(field.data or "")
        except ValueError:
            raise ValidationError("Donnez le dernier jour de la pause.") from None
        today = clock.today()
        if not today <= until <= today + timedelta(days=LONGEST_PAUSE_DAYS):
            raise ValidationError(
                "Une pause finit aujourd’hui au plus tôt, dans trois ans au plus tard."
            )

    def validate_capacite(self, field: Field) -> None:
        """A whole number, or nothing."""
        found = whole(field.data or "", 5)
        if field.data and (found is None or found > MOST):
            raise ValidationError(f"La capacité est un nombre entier, de 0 à {MOST}.")

    def validate_courriel(self, field: Field) -> None:
        """A bare address, or nothing."""
        _read(field, address_of)

    @property
    def said(self) -> Said:
        """What a valid form says."""
        state: str = self.sollicitable.data
        return Said(
            paused_until=date.fromisoformat(self.jusqu_au.data) if state == PAUSED else None,
            closed=state == CLOSED,
            capacity=whole(self.capacite.data or "", 5),
            email=self.courriel.data or None,
            telephone=self.telephone.data or None,
            remark=(self.remarque.data or "").replace("\r\n", "\n") or None,
        )


def _read(field: Field, reader: Any) -> None:
    if field.data:
        try:
            field.data = reader(field.data)
        except ValueError as error:
            raise ValidationError(str(error)) from error
