"""What the API is asked: bodies and queries, each with its bounds. Descriptions are published."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from matcher import Kind, Need, Stage, Theme
from matcher.tables import MAX_TEXT, Repaired, repair

from ..answers.asking import LONGEST_COMMUNE, LONGEST_PLACE
from ..answers.shelves import LONGEST_QUERY
from ..context import matcher

SAYING = (
    r"[^\x00-\x20\x7f\x81\x8d\x8f\x90\x9d\xa0\xad\u034f\u061c\u115f\u1160\u1680\u180e"
    r"\u2000-\u200f\u2028-\u202f\u205f-\u2064\u2066-\u206f\u3000\ufdd0-\ufdef\ufeff"
    r"\ufff9-\ufffb\ufffe\uffff"
    "\U0001fffe\U0001ffff\U000e0000-\U000e007f]"
)
"""A text with something to see: all else may stand beside it, and is made plain (see `repair`)."""
MOST = 100
"""Suggestions, or items of a page, at most."""
LONGEST_ID = 100

Text = Annotated[
    str,
    Field(max_length=MAX_TEXT, description="Le besoin en quelques phrases"),
]
Place = Annotated[
    str,
    Field(
        min_length=1,
        max_length=LONGEST_PLACE,
        description="Code Insee (même ancien), code postal, nom, ou « nom (département) » ; ou "
        "plusieurs communes : une intercommunalité (nom, SIREN ou epci:SIREN), departement:48, "
        "ou des noms ou codes séparés par des virgules",
        examples=["34142"],
    ),
]
Page = Annotated[int, Field(ge=1, le=10_000, description="Numéro de page, à partir de 1")]
PerPage = Annotated[int, Field(ge=1, le=MOST, description="Éléments par page, 100 au plus")]
Query = Annotated[
    str, Field(max_length=LONGEST_QUERY, description="Mots cherchés, tous présents, sans accents")
]


class Strict(BaseModel):
    """Refuse what is not known: a misspelt filter would give a wrong answer in silence."""

    model_config = ConfigDict(extra="forbid")


class ReadBody(Strict):
    """Un texte à lire."""

    # The pattern is published, not checked here: the matcher says better what to change.
    besoin: Annotated[Text, Field(json_schema_extra={"pattern": SAYING})]

    @property
    def plain(self) -> Repaired:
        """The text as it is read."""
        return repair(self.besoin)


class NeedBody(Strict):
    """Un besoin : un texte, ou au moins un thème."""

    model_config = ConfigDict(
        json_schema_extra={
            "anyOf": [
                {"required": ["besoin"], "properties": {"besoin": {"pattern": SAYING}}},
                {"required": ["themes"], "properties": {"themes": {"minItems": 1}}},
            ],
            "examples": [{"commune": "34142", "besoin": "Ouvrir une recyclerie avec un café"}],
        }
    )

    commune: Place
    besoin: Text = ""
    themes: list[Theme] = Field(
        [], max_length=len(Theme), description="Thèmes déclarés : ils priment sur ceux du texte"
    )
    etape: Stage | None = Field(None, description="Situation du projet")

    @property
    def plain(self) -> Repaired:
        """The text as it is read."""
        return repair(self.besoin)

    def need(self) -> Need:
        """The need, its commune found.

        Raises
        ------
        UnknownCommune
        """
        place = matcher.place(self.commune)
        themes = tuple(dict.fromkeys(self.themes))
        return Need(place.commune.insee, self.plain.text, themes, self.etape, places=place.places)


class MatchBody(NeedBody):
    """Un besoin, et ce que l’on veut en réponse."""

    top: int = Field(10, ge=1, le=MOST, description="Nombre de structures, 100 au plus")
    quand_meme: bool = Field(
        False, description="true : classer aussi un besoin hors champ ou qui ne dit rien"
    )
    equipe: bool = Field(False, description="true : joindre l’équipe qui répond à tout le besoin")


class WhyNotBody(NeedBody):
    """Un besoin, et la structure dont on demande la place."""

    structure: str = Field(
        min_length=1, max_length=LONGEST_ID, description="Identifiant", examples=["cress-bretagne"]
    )


class CommunesQuery(Strict):
    """Début de nom, code postal ou code Insee."""

    q: str = Field(
        min_length=1,
        max_length=LONGEST_COMMUNE,
        description="Début d’un nom, code postal ou code Insee",
        examples=["lodev"],
    )
    limit: int = Field(10, ge=1, le=50, description="Nombre de communes, 50 au plus")


class StructuresQuery(Strict):
    """Filtres et page de la liste des structures."""

    q: Query = ""
    kind: Kind | None = Field(None, description="Type de structure")
    theme: Theme | None = Field(None, description="Thème")
    page: Page = 1
    per_page: PerPage = 20


class ProjectsQuery(Strict):
    """Filtres et page de la liste des projets."""

    q: Query = ""
    theme: Theme | None = Field(None, description="Thème")
    page: Page = 1
    per_page: PerPage = 20
