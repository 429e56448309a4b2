"""Errors of the API: `application/problem+json` (RFC 9457), in French, nothing of the inside."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from flask import Response, jsonify, request
from pydantic import BaseModel, Field, ValidationError
from werkzeug.exceptions import HTTPException

from matcher import Commune, NeedError, UnknownCommune, UnknownStructure
from matcher.territory import Doubt

from ..context import whole_areas
from ..limits import seconds_to_wait

MIMETYPE = "application/problem+json"
TEXTS = {
    400: ("Demande illisible", "Le corps de la demande n’est pas du JSON bien formé."),
    404: ("Introuvable", "Rien n’existe à cette adresse."),
    405: ("Méthode refusée", "Cette adresse ne se demande pas de cette façon : voyez Allow."),
    413: ("Envoi trop lourd", "Le corps de la demande dépasse la taille permise."),
    415: ("Format refusé", "Envoyez du JSON, avec l’en-tête Content-Type: application/json."),
    422: ("Demande incomplète ou erronée", "Des champs sont à corriger : voyez « champs »."),
    429: ("Trop de demandes", "Attendez le nombre de secondes que dit l’en-tête Retry-After."),
    503: ("Service très demandé", "Attendez le nombre de secondes que dit l’en-tête Retry-After."),
    500: ("Erreur du service", "L’erreur vient de nous, pas de vous. Réessayez dans un moment."),
}
"""Title and detail of each status."""

WHY = {
    "missing": "champ obligatoire",
    "extra_forbidden": "champ inconnu",
    "string_type": "texte attendu",
    "string_unicode": "texte Unicode attendu",
    "string_too_short": "texte vide",
    "string_too_long": "{max_length} caractères au plus",
    "string_pattern_mismatch": "forme refusée",
    "list_type": "liste attendue",
    "too_long": "{max_length} valeurs au plus",
    "enum": "valeur inconnue ; valeurs possibles : {expected}",
    "bool_type": "true ou false attendu",
    "bool_parsing": "true ou false attendu",
    "int_type": "nombre entier attendu",
    "int_parsing": "nombre entier attendu",
    "int_from_float": "nombre entier attendu",
    "greater_than_equal": "{ge} au moins",
    "less_than_equal": "{le} au plus",
}
"""What is wrong with a field, by pydantic's name of the error."""


class FieldProblem(BaseModel):
    """Un champ à corriger."""

    champ: str = Field(description="Nom du champ ; « themes.0 » est la première valeur de themes")
    message: str


class CommuneHint(BaseModel):
    """Une commune qui est peut-être celle que l’on cherche."""

    insee: str
    nom: str
    departement: str


class AreaHint(BaseModel):
    """Un territoire qui peut demander en entier."""

    code: str = Field(
        description="À envoyer comme commune : epci:SIREN, ou departement: et son code"
    )
    nom: str


class Problem(BaseModel):
    """Une erreur, selon la RFC 9457."""

    type: str = Field(description="Toujours about:blank : le statut dit le type d’erreur")
    title: str
    status: int
    detail: str
    instance: str = Field(description="L’adresse demandée")
    champs: list[FieldProblem] = Field([], description="Les champs à corriger (422)")
    suggestions: list[CommuneHint] = Field([], description="Communes au nom voisin (404)")
    doute: Doubt | None = Field(None, description="Pourquoi aucune commune ne répond (404)")
    territoires: list[AreaHint] = Field([], description="Territoires de ce nom (404)")


class RefusedRequest(HTTPException):
    """A request that cannot be answered; `more` are further members of the problem."""

    def __init__(self, status: int, detail: str | None = None, **more: Any) -> None:
        super().__init__(detail)
        self.code = status
        self.more = more


def answer(error: HTTPException) -> Response:
    """Tell an error as a problem."""
    status = error.code or 500
    title, detail = TEXTS.get(status, TEXTS[400] if status < 500 else TEXTS[500])
    more: dict[str, Any] = {}
    if isinstance(error, RefusedRequest):
        detail, more = error.description or detail, error.more
    response = jsonify(
        type="about:blank",
        title=title,
        status=status,
        detail=detail,
        instance=quote(request.path),
        **more,
    )
    response.status_code = status
    response.mimetype = MIMETYPE
    if "Allow" in (given := dict(error.get_headers())):  # 405
        response.headers["Allow"] = given["Allow"]
    if status in (429, 503):
        response.headers["Retry-After"] = str(seconds_to_wait(error))
    return response


def invalid(error: ValidationError) -> RefusedRequest:
    """Say which fields are wrong, and how."""
    fields = []
    for one in error.errors(include_url=False, include_input=False):
        why = WHY.get(one["type"], "valeur refusée").format(**one.get("ctx", {}))
        name = ".".join(str(part) for part in one["loc"])[:60]
        fields.append({"champ": name, "message": why.replace(" or ", ", ").replace("'", "")})
    return RefusedRequest(422, champs=fields)


def hint(commune: Commune) -> dict[str, str]:
    """A commune that may be meant."""
    return {"insee": commune.insee, "nom": commune.name, "departement": commune.departement}


def unreadable(error: NeedError) -> Response:
    """Answer a need that cannot be read."""
    return answer(RefusedRequest(422, champs=[{"champ": error.field, "message": str(error)}]))


def unknown_commune(error: UnknownCommune) -> Response:
    """Answer a commune that is none, or several."""
    return answer(
        RefusedRequest(
            404,
            error.reason,
            suggestions=[hint(c) for c in error.suggestions],
            doute=error.kind,
            territoires=[{"code": code, "nom": name} for code, _, name in whole_areas(error)],
        )
    )


def unknown_structure(error: UnknownStructure) -> Response:
    """Answer a structure that is none."""
    return answer(RefusedRequest(404, str(error)))
