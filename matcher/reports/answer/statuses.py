"""What is said of a need that has no suggestion, by its status."""

from __future__ import annotations

from matcher.catalogue.statuses import Status

OUT_OF_SCOPE = (
    "Ce besoin ne semble pas relever de l’économie sociale et solidaire : voyez plutôt votre "
    "intercommunalité, le département, ou la préfecture (pour une subvention, la DETR). "
    "S’il a un volet social, écologique ou associatif, décrivez-le"
)
"""What is said of a need that the ESS does not answer; how to insist depends on where it is
said, and ends the sentence."""
EMPTY = (
    "Ce texte ne dit pas de besoin : décrivez en quelques mots ce qui manque, pour qui et où, "
    "ou ce que vous voulez faire"
)
"""What is said of a text that says nothing."""


def unranked(status: Status) -> str:
    """Why a need of this status has no suggestion, a sentence without its end; "" when it has."""
    return {Status.HORS_CHAMP: OUT_OF_SCOPE, Status.VIDE: EMPTY}.get(status, "")
