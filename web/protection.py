"""What protects the forms of the site, without a riddle to solve.

A session token (CSRF), a field that only a machine fills, and a signed token that tells when the
form was shown and makes of two sendings one request.
"""

from __future__ import annotations

import re
import secrets
from contextlib import suppress
from datetime import date, datetime, timedelta
from time import time as seconds
from typing import Any

from flask import current_app
from flask_wtf import FlaskForm
from itsdangerous import BadData, URLSafeTimedSerializer
from wtforms import Field, HiddenField, StringField
from wtforms.validators import DataRequired, Length, StopValidation, ValidationError

from matcher.tables import CONTROLS, repair

from .casework import clock
from .casework.introductions.introductions import LATEST_DAYS
from .casework.persons.addresses import LONGEST_EMAIL, address_of, number_of

OPEN_SECONDS = 12 * 3600
"""A form may stay open this long: a day of work with its interruptions."""
EXPIRED = (
    "Ce formulaire est resté ouvert trop longtemps, ou votre navigateur refuse son cookie : "
    "relisez-le, puis envoyez-le de nouveau."
)
_CONTROL = re.compile(f"[{CONTROLS}\r]")
CONTROL = "Ce texte contient des caractères illisibles : effacez-les."
ONE_LINE = "Écrivez sur une seule ligne."


def trimmed(value: str | None) -> str:
    """The text of a field, made plain (see `repair`) and without outer spaces."""
    return repair(value or "").text.strip()


def at_most(characters: int) -> Length:
    """Refuse a longer text."""
    return Length(max=characters, message=f"{characters} caractères au plus.")


def needed(message: str) -> DataRequired:
    """Refuse a blank field."""
    return DataRequired(message=message)


def coming_day(typed: str) -> datetime:
    """A day to come, as its first moment; written as for `day_written`.

    Raises
    ------
    StopValidation
        French: it is no day, or not one of the two years to come.
    """
    found, today = day_written(typed), clock.today()
    if not today < found <= today + timedelta(days=LATEST_DAYS):
        raise StopValidation("Indiquez une date à venir, dans les deux ans.")
    return clock.start_of(found)


def later_day(typed: str) -> datetime:
    """The day of « plus tard », which has one: see `coming_day`.

    Raises
    ------
    StopValidation
        French: there is none, or as for `coming_day`.
    """
    if not typed:
        raise StopValidation("Indiquez à partir de quelle date en reparler.")
    return coming_day(typed)


def day_written(typed: str) -> date:
    """A day, from « 2027-01-31 » or « 31/01/2027 ».

    Raises
    ------
    StopValidation
        French: it is none.
    """
    for written in ("%Y-%m-%d", "%d/%m/%Y"):
        with suppress(ValueError):
            return datetime.strptime(typed.strip(), written).replace(tzinfo=clock.ZONE).date()
    raise StopValidation(f"« {typed} » n’est pas une date : elle s’écrit comme 31/01/2027.")


def one_line(_form: FlaskForm, field: Field) -> None:
    """Refuse line ends: what cannot be seen is gone already (see `trimmed`)."""
    if "\n" in (field.data or ""):
        raise ValidationError(ONE_LINE)


def lines(_form: FlaskForm, field: Field) -> None:
    """Refuse control characters but line ends and tabs, and what is no character."""
    if _CONTROL.search(field.data or ""):
        raise ValidationError(CONTROL)


def a_number(_form: FlaskForm, field: Field) -> None:
    """Keep a telephone number in one form; refuse what is none."""
    if field.data:
        try:
            field.data = number_of(field.data)
        except ValueError as error:
            raise ValidationError(str(error)) from error


class Sent(FlaskForm):  # type: ignore[misc]
    """What every form has."""

    jeton = HiddenField()
    adresse_du_site = StringField("Laissez ce champ vide")
    courriel = StringField(filters=[trimmed], validators=[at_most(LONGEST_EMAIL), one_line])

    class Meta:
        """What is said when the session token is missing or old, in French."""

        csrf_time_limit = OPEN_SECONDS

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.token = ""
        if not self.is_submitted():
            self.renew()

    def validate(self, extra_validators: Any = None) -> bool:
        """Check all fields, and say in French that the session is over."""
        valid = bool(super().validate(extra_validators))
        if self.csrf_token.errors:
            self.csrf_token.errors = [EXPIRED]
        return valid

    def validate_jeton(self, field: Field) -> None:
        """Refuse a form sent too late, or too soon for a person to have read it."""
        try:
            token, shown = self._signer().loads(
                field.data or "", max_age=OPEN_SECONDS, return_timestamp=True
            )
        except BadData:
            self.renew()
            raise ValidationError(EXPIRED) from None
        if seconds() - shown.timestamp() < current_app.config["FORM_SECONDS"]:
            raise ValidationError(
                "Le formulaire est parti très vite : relisez-le, puis envoyez-le de nouveau."
            )
        self.token = str(token)

    def validate_adresse_du_site(self, field: Field) -> None:
        """A person does not see this field; one whose browser filled it is told."""
        if field.data:
            raise ValidationError("Ce champ sert à écarter les robots : laissez-le vide.")

    def validate_courriel(self, field: Field) -> None:
        """Keep the bare address of « Mairie <…> » or « mailto:… »; refuse several, or none."""
        if field.data:
            try:
                field.data = address_of(field.data)
            except ValueError as error:
                raise ValidationError(str(error)) from error

    def problems(self) -> list[tuple[str, str]]:
        """Each field at fault and what to change, in the order of the page."""
        errors = [(name, str(message)) for name, said in self.errors.items() for message in said]
        unique = dict.fromkeys(
            (name if name not in ("csrf_token", "jeton") else "envoyer", said)
            for name, said in errors
        )
        return list(unique)

    def renew(self) -> None:
        """Draw a new token: what is sent with it is another request."""
        self.jeton.data = self._signer().dumps(secrets.token_urlsafe(16))

    def _signer(self) -> URLSafeTimedSerializer:
        return URLSafeTimedSerializer(current_app.secret_key or "", salt="formulaire")
