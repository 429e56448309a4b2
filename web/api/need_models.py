"""What the API answers to a need: every member, as published."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel, Field

from matcher import Stage, Status, Theme
from matcher.ranking import Neighbour, Visit
from matcher.reports import contribution_record, structure_record

from .models import CommuneRecord, StructureRecord, TrailsRecord
from .problems import CommuneHint

Unit = Field(description="De 0 à 1")


class PassageRecord(BaseModel):
    """Des mots du texte : texte[debut:fin], en caractères."""

    debut: int
    fin: int
    texte: str
    theme: Theme | None = Field(description="null : hors du champ de l’ESS")
    raison: str = Field(description="Pourquoi ces mots comptent moins, ou pas")


class ThemeRecord(BaseModel):
    """Un thème lu dans le texte."""

    code: Theme
    libelle: str
    poids: float = Unit
    mots: list[str]


class ReadingRecord(BaseModel):
    """Ce que le texte dit, et les mots qui le prouvent."""

    themes: list[ThemeRecord]
    preuves: list[PassageRecord]
    hors_champ: list[PassageRecord]
    ecartes: list[PassageRecord]


Repairs = Field(
    description="Ce que nous avons réparé dans le texte et qui peut en changer le sens, en phrases"
)


class ReadAnswer(ReadingRecord):
    """Ce que le texte dit, et ce qui y a été réparé."""

    reparations: list[str] = Repairs


class ContributionRecord(BaseModel):
    """Ce qu’un critère apporte au score : les points s’additionnent."""

    critere: str
    libelle: str
    score: float | None = Field(description="De 0 à 1 ; null : le critère ne s’applique pas")
    poids: float
    points: float
    phrase: str


class CoveredRecord(BaseModel):
    """Ce qu’une structure couvre d’un besoin de plusieurs communes."""

    tout: bool = Field(description="true : elle les couvre toutes")
    communes: list[str] = Field(description="Codes Insee de celles qu’elle couvre")
    distance_max_km: float | None = Field(description="De la commune la plus lointaine au siège")


class PlaceRecord(BaseModel):
    """Les communes qui demandent ensemble ; « commune » est celle qui parle pour elles."""

    nom: str
    code: str = Field(description="epci:SIREN, departement:48, ou les codes Insee")
    communes: list[str] = Field(description="Codes Insee")


class SuggestionRecord(BaseModel):
    """Une structure proposée, et pourquoi."""

    rang: int
    score: float = Unit
    nommee: str | None = Field(description="Mots du besoin qui la demandent : elle est première")
    intervalle_de_rang: list[int] | None = Field(
        description="Meilleur et moins bon rang quand un poids change de 20 %"
    )
    plus_de_points: str | None = Field(None, description="Pourquoi elle suit qui en a moins")
    resume: str
    structure: StructureRecord
    distance_km: float | None
    trajet_estime_min: int | None
    perimetre: str
    territoire_couvert: CoveredRecord | None = Field(
        None, description="Absent pour le besoin d’une seule commune"
    )
    contributions: list[ContributionRecord]


class DemandRecord(BaseModel):
    """Un thème ou une situation à laquelle répondre."""

    code: Theme | Stage
    libelle: str


class MemberRecord(BaseModel):
    """Un membre de l’équipe, et ce à quoi il répond."""

    structure: StructureRecord
    score: float = Unit
    repond_a: list[DemandRecord]


class TeamRecord(BaseModel):
    """La plus petite équipe qui répond à tout, et ce qui reste sans réponse."""

    membres: list[MemberRecord]
    sans_reponse: list[DemandRecord]


class NeighbourRecord(BaseModel):
    """Un opérateur local qui fait déjà ce dont le besoin parle : à qui parler, pas un appui."""

    structure: StructureRecord
    distance_km: float | None
    raison: str


class VisitRecord(BaseModel):
    """Un tiers-lieu à visiter."""

    id: str
    nom: str
    commune_insee: str
    commune: str
    distance_km: float
    source: str
    date: str


class DigestsRecord(BaseModel):
    """Empreintes (SHA-256) de ce dont la réponse est faite."""

    data: str = Field(description="Données")
    code: str = Field(description="Programme")
    weights: str = Field(description="Poids des critères")
    version: str = Field(description="Versions du programme et des bibliothèques")


class ProofRecord(BaseModel):
    """De quoi rejouer la réponse : enregistrez-la telle quelle, puis « verifier reponse.json »."""

    empreintes: DigestsRecord
    demande: dict[str, Any] = Field(description="Le besoin, tel qu’il a été compris")
    suggestions: list[tuple[int, str, float]] = Field(description="Rang, identifiant, score")
    reponse: str = Field(description="Empreinte de tout le reste de la réponse")


class MatchAnswer(BaseModel):
    """Les structures qui peuvent aider, la meilleure d’abord."""

    commune: CommuneRecord
    lieu: PlaceRecord | None = Field(None, description="Absent pour le besoin d’une seule commune")
    homonymes: list[CommuneHint] = Field(
        description="Autres communes dont le code demandé est le code postal"
    )
    statut: Status = Field(
        description="lu, vague, hors_champ ou vide ; les deux derniers n’ont de suggestions que "
        "si quand_meme est demandé"
    )
    hors_champ: bool = Field(
        description="true : le besoin ne semble pas relever de l’ESS, et personne n’est vraiment "
        "désigné : voir plutôt l’intercommunalité, le département ou la préfecture"
    )
    pistes: TrailsRecord | None = Field(
        description="Pourquoi les suggestions ne sont que des pistes ; null : elles sont plus"
    )
    reparations: list[str] = Repairs
    lecture: ReadingRecord
    suggestions: list[SuggestionRecord]
    equipe: TeamRecord | None = Field(description="null : non demandée")
    a_qui_parler: list[NeighbourRecord] = Field(description="Près de chez vous, jamais classés")
    a_visiter: list[VisitRecord]
    preuve: ProofRecord


class ChangeRecord(BaseModel):
    """Ce qu’il faudrait déclarer pour que la structure gagne des rangs."""

    rang: int
    phrase: str
    themes: list[Theme]
    etape: Stage | None


class WhyNotAnswer(BaseModel):
    """La place de la structure, ce qui la décide, ce qui la changerait."""

    structure: StructureRecord
    rang: int | None = Field(
        description="null : elle n’intervient pas dans la commune, ou personne n’est classé"
    )
    regle: str = Field(description="besoin, metier, perimetre, propose, sujet, variete ou score")
    phrase: str
    contributions: list[ContributionRecord]
    changement: ChangeRecord | None = Field(description="null : rien d’un seul coup")


def reading_record(reading: Any) -> dict[str, Any]:
    """What was read in a text; positions in characters."""

    def passages(proofs: Iterable[Any]) -> list[dict[str, Any]]:
        return [
            {
                "debut": proof.start,
                "fin": proof.end,
                "texte": reading.text[proof.start : proof.end],
                "theme": proof.theme,
                "raison": proof.reason,
            }
            for proof in proofs
        ]

    return {
        "themes": [
            {"code": theme, "libelle": theme.label, "poids": round(weight, 4), "mots": list(words)}
            for theme, weight, words in reading.themes
        ],
        "preuves": passages(reading.proofs),
        "hors_champ": passages(reading.out_of_scope),
        "ecartes": passages(reading.set_aside),
    }


def team_record(team: Any) -> dict[str, Any]:
    """A team and what nobody answers."""
    return {
        "membres": [
            {
                "structure": structure_record(member.scored.structure),
                "score": round(member.scored.score, 4),
                "repond_a": _demands(member.answers),
            }
            for member in team.members
        ],
        "sans_reponse": _demands(team.unanswered),
    }


def why_not_record(why: Any, change: Any) -> dict[str, Any]:
    """The place of a structure, and the declaration that would change it (None: none would)."""
    return {
        "structure": structure_record(why.structure),
        "rang": why.rank,
        "regle": why.rule,
        "phrase": why.sentence,
        "contributions": [contribution_record(c) for c in why.contributions],
        "changement": change
        and {
            "rang": change.rank,
            "phrase": change.sentence,
            "themes": list(change.need.themes),
            "etape": change.need.stage,
        },
    }


def neighbour_record(neighbour: Neighbour) -> dict[str, Any]:
    """A local operator to talk to."""
    km = neighbour.distance_km
    return {
        "structure": structure_record(neighbour.structure),
        "distance_km": None if km is None else round(km, 1),
        "raison": neighbour.reason,
    }


def visit_record(visit: Visit) -> dict[str, Any]:
    """A place to visit."""
    return {
        "id": visit.venue.id,
        "nom": visit.venue.name,
        "commune_insee": visit.commune.insee,
        "commune": visit.commune.name,
        "distance_km": round(visit.distance_km, 1),
        "source": visit.venue.source,
        "date": visit.venue.day,
    }


def _demands(demands: Iterable[Any]) -> list[dict[str, str]]:
    return [{"code": demand, "libelle": demand.label} for demand in demands]
