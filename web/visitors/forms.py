"""The forms that leave something: a request for an introduction, a project, a correction."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from wtforms import (
    BooleanField,
    Field,
    HiddenField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import ValidationError

from matcher import NeedError, UnknownCommune
from matcher.tables import MAX_TEXT
from matcher.territory import Place

from ..answers.asking import LONGEST_COMMUNE, LONGEST_PLACE, Form
from ..casework.dossiers.inbox import RequestKind
from ..casework.persons.addresses import LONGEST_TELEPHONE
from ..context import matcher, shelves
from ..protection import Sent, a_number, at_most, lines, needed, one_line, trimmed

MOST_STRUCTURES = 10
"""Structures named in one request."""
LONGEST_NAME = 200
LONGEST_ADDRESS = 500


class IntroductionForm(Sent):
    """« Demander une mise en relation »: the need, who asks, and consent to pass it on."""

    commune = StringField(
        filters=[trimmed],
        validators=[needed("Indiquez votre commune."), at_most(LONGEST_PLACE), one_line],
    )
    besoin = TextAreaField(filters=[trimmed], validators=[at_most(MAX_TEXT)])
    theme = SelectMultipleField(validate_choice=False)
    sans = SelectMultipleField(validate_choice=False)
    etape = SelectField(validate_choice=False, default="")
    structure = SelectMultipleField(validate_choice=False)
    service = StringField(
        filters=[trimmed],
        validators=[
            needed("Indiquez le service qui suit ce projet."),
            at_most(LONGEST_NAME),
            one_line,
        ],
    )
    telephone = StringField(
        filters=[trimmed], validators=[at_most(LONGEST_TELEPHONE), one_line, a_number]
    )
    accord = BooleanField(
        validators=[needed("Sans votre accord, la demande ne peut pas être transmise.")]
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.found: Place | None = None

    @property
    def asked(self) -> Form:
        """The need, as on the first page."""
        return Form(
            self.commune.data or "",
            self.besoin.data or "",
            tuple(dict.fromkeys(self.theme.data or ())),
            self.etape.data or "",
            tuple(dict.fromkeys(self.sans.data or ())),
        )

    def validate_commune(self, field: Field) -> None:
        """Find the commune or communes, and with them check that the need can be read."""
        try:
            self.found = matcher.place(field.data)
        except UnknownCommune as error:
            raise ValidationError(str(error)) from error

    def validate_structure(self, field: Field) -> None:
        """Refuse what is not in the catalogue: nobody would receive it."""
        if len(field.data or ()) > MOST_STRUCTURES:
            raise ValidationError(f"Choisissez {MOST_STRUCTURES} structures au plus.")
        if not set(field.data or ()) <= set(matcher.structures):
            raise ValidationError("Une des structures choisies n’est plus au catalogue.")

    def validate_courriel(self, field: Field) -> None:
        """An answer needs an address."""
        if not field.data:
            raise ValidationError("Indiquez une adresse à laquelle vous répondre.")
        super().validate_courriel(field)

    def validate(self, extra_validators: Any = None) -> bool:
        """Check all fields, then the need as a whole."""
        valid = super().validate(extra_validators)
        if self.found is not None:
            try:
                matcher.question(self.asked.need(self.found))
            except NeedError as error:
                field = self[error.field if error.field in self else "besoin"]
                field.errors = [*field.errors, str(error)]
                return False
        return valid

    def content(self) -> dict[str, Any]:
        """What is stored of a valid form."""
        assert self.found is not None, "validate found it"
        return {
            "commune": self.found.commune.insee,
            **({"communes": list(self.found.places)} if self.found.places else {}),
            "commune_saisie": self.commune.data,
            "besoin": self.besoin.data,
            "themes": list(self.asked.themes),
            "themes_ecartes": list(self.asked.sans),
            "etape": self.etape.data or None,
            "structures": list(dict.fromkeys(self.structure.data or ())),
            "service": self.service.data,
            "courriel": self.courriel.data,
            **({"telephone": self.telephone.data} if self.telephone.data else {}),
            "accord": bool(self.accord.data),
        }


class ProposalForm(Sent):
    """« Proposer »: a project to list, or what is wrong in a page."""

    nature = SelectField(validate_choice=False, default=RequestKind.PROJECT.value)
    fiche = HiddenField()
    titre = StringField(
        filters=[trimmed], validators=[needed("Donnez un nom."), at_most(LONGEST_NAME), one_line]
    )
    commune = StringField(filters=[trimmed], validators=[at_most(LONGEST_COMMUNE), one_line])
    description = TextAreaField(
        filters=[trimmed],
        validators=[
            needed("Dites-nous en quelques mots de quoi il s’agit."),
            at_most(MAX_TEXT),
            lines,
        ],
    )
    source = StringField(filters=[trimmed], validators=[at_most(LONGEST_ADDRESS), one_line])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.insee: str | None = None

    def validate_nature(self, field: Field) -> None:
        """A project or a correction."""
        if field.data not in (RequestKind.PROJECT, RequestKind.CORRECTION):
            raise ValidationError("Choisissez : un projet, ou une correction.")

    def validate_fiche(self, field: Field) -> None:
        """The page to correct, when the visitor came from one."""
        known = field.data in matcher.structures or field.data in shelves.projects
        if field.data and not known:
            raise ValidationError("Cette fiche n’est plus au catalogue.")

    def validate_commune(self, field: Field) -> None:
        """Where the project stands, when it is said."""
        if field.data:
            try:
                self.insee = matcher.commune(field.data).insee
            except UnknownCommune as error:
                raise ValidationError(str(error)) from error

    def validate_source(self, field: Field) -> None:
        """A page that anybody can open: a moderator will."""
        if field.data and not _is_web(field.data):
            raise ValidationError("L’adresse d’une page commence par https:// ou http://.")

    def content(self) -> dict[str, Any]:
        """What is stored of a valid form."""
        return {
            "fiche": self.fiche.data or None,
            "titre": self.titre.data,
            "commune": self.insee,
            "commune_saisie": self.commune.data or None,
            "description": self.description.data,
            "source": self.source.data or None,
            "courriel": self.courriel.data or None,
        }


def _is_web(address: str) -> bool:
    try:
        parts = urlsplit(address)
        return parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return False
