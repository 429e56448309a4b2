"""The life of a dossier and of an introduction, as tables: what may follow what."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Labelled(StrEnum):
    """A closed list: codes that files and the database hold, and what people read."""

    label: str

    def __new__(cls, code: str, label: str = "") -> Labelled:
        """Make a member of a code and its French label."""
        member = str.__new__(cls, code)
        member._value_ = code
        member.label = label
        return member


class State(Labelled):
    """Where a dossier stands."""

    RECEIVED = "recu", "reçu"
    OPEN = "en_cours", "en cours"
    PROPOSED = "introduction_proposee", "introduction proposée"
    ACCEPTED = "acceptee", "acceptée"
    DECLINED = "declinee", "déclinée"
    MET = "rencontre_faite", "rencontre faite"
    FOLLOWED = "suivi", "suivi"
    CLOSED = "clos", "clos"


TRANSITIONS: Mapping[State, tuple[State, ...]] = {
    State.RECEIVED: (State.OPEN, State.CLOSED),
    State.OPEN: (State.PROPOSED, State.CLOSED),
    # Open again when what was proposed is withdrawn.
    State.PROPOSED: (State.ACCEPTED, State.DECLINED, State.OPEN, State.CLOSED),
    State.ACCEPTED: (State.MET, State.DECLINED, State.PROPOSED, State.CLOSED),
    State.DECLINED: (State.PROPOSED, State.OPEN, State.CLOSED),
    State.MET: (State.FOLLOWED, State.PROPOSED, State.CLOSED),
    State.FOLLOWED: (State.PROPOSED, State.CLOSED),
    # A dossier closed too early is opened again; its history stays.
    State.CLOSED: (State.OPEN,),
}
"""What may follow each state of a dossier. A second structure may be introduced at any time."""


class Step(Labelled):
    """Where an introduction to one structure stands."""

    PREPARED = "preparee", "préparée"
    SENT = "envoyee", "envoyée"
    ACCEPTED = "acceptee", "acceptée"
    LATER = "plus_tard", "plus tard"
    DECLINED = "declinee", "déclinée"
    MET = "rencontre_faite", "rencontre faite"
    WITHDRAWN = "retiree", "retirée"


STEPS: Mapping[Step, tuple[Step, ...]] = {
    Step.PREPARED: (Step.SENT, Step.WITHDRAWN),
    Step.SENT: (Step.ACCEPTED, Step.LATER, Step.DECLINED, Step.WITHDRAWN),
    # Asked again when its day has come.
    Step.LATER: (Step.SENT, Step.ACCEPTED, Step.DECLINED, Step.WITHDRAWN),
    Step.ACCEPTED: (Step.MET, Step.DECLINED),
    Step.DECLINED: (Step.ACCEPTED, Step.LATER),
    Step.MET: (),
    Step.WITHDRAWN: (Step.PREPARED,),
}
"""What may follow each step of an introduction; a structure may change its mind once."""


class Declined(Labelled):
    """Why an introduction came to nothing."""

    NO_TIME = "indisponible", "la structure n’a pas de disponibilité"
    NOT_ITS_FIELD = "hors_metier", "ce n’est pas son métier"
    NOT_ITS_AREA = "hors_territoire", "ce n’est pas son territoire"
    TOO_EARLY = "trop_tot", "le projet n’est pas assez avancé"
    NO_FUNDS = "financement", "l’accompagnement n’est pas financé"
    PAUSE = "pause", "la structure demande une pause"
    COMMUNE = "commune", "la commune ne souhaite pas donner suite"
    NO_ANSWER = "sans_reponse", "pas de réponse après les relances"
    UNSAID = "non_dit", "motif non dit"


class Contacted(Labelled):
    """Whether the structure wrote or called, as the commune says."""

    YES = "oui", "oui"
    NO = "non", "pas encore"


class Useful(Labelled):
    """Whether it helped, as the commune says."""

    YES = "oui", "oui"
    PARTLY = "en_partie", "en partie"
    NO = "non", "non"
    TOO_EARLY = "trop_tot", "trop tôt pour le dire"


class Closed(Labelled):
    """How a dossier ended."""

    SUPPORTED = "accompagne", "la commune est accompagnée"
    OTHERWISE = "autrement", "le besoin a trouvé une autre réponse"
    OUT_OF_SCOPE = "hors_ess", "le besoin ne relève pas de l’ESS"
    ABANDONED = "abandonne", "la commune a renoncé ou ne répond plus"
    DUPLICATE = "doublon", "un autre dossier porte le même besoin"
    JOINED = "collectif", "le besoin est suivi dans un dossier collectif"


class Outcome(Labelled):
    """What became of one commune of a collective dossier."""

    WAITING = "en_attente", "en attente"
    MET = "rencontre_faite", "rencontre faite"
    USEFUL = "utile", "rencontre utile"
    STARTED = "demarre", "projet démarré"
    STOPPED = "arrete", "projet arrêté"


class Discarded(Labelled):
    """Why a suggestion is left aside."""

    KNOWN = "deja_en_lien", "la commune travaille déjà avec elle"
    FULL = "indisponible", "elle n’a pas de disponibilité"
    NOT_ITS_FIELD = "hors_metier", "ce n’est pas son métier"
    NOT_ITS_AREA = "hors_territoire", "elle n’intervient pas ici en pratique"
    REFUSED = "refusee", "la commune n’en veut pas"
    BETTER = "mieux", "une autre structure convient mieux"


REASONS: Mapping[State, type[Labelled]] = {State.DECLINED: Declined, State.CLOSED: Closed}
"""States that a dossier enters with a reason of a closed list."""
CHOSEN: Mapping[State, tuple[Labelled, ...]] = {
    State.DECLINED: tuple(Declined),
    State.CLOSED: tuple(why for why in Closed if why is not Closed.JOINED),
}
"""Those that a person chooses: a commune joins a collective dossier by a gesture of its own."""


class Forbidden(Exception):
    """A step that the tables do not know, or without its reason; the message is French."""


def check_transition(before: State, after: State, reason: str | None) -> None:
    """Refuse what the table does not allow.

    Raises
    ------
    Forbidden
        When `after` may not follow `before`, or its reason is missing or unknown.
    """
    if after not in TRANSITIONS[before]:
        allowed = " ou ".join(f"« {state.label} »" for state in TRANSITIONS[before])
        raise Forbidden(
            f"Un dossier « {before.label} » ne peut pas passer à « {after.label} » : {allowed} "
            "seulement."
        )
    _check_reason(after.label, REASONS.get(after), reason)


def check_step(before: Step, after: Step, reason: str | None) -> None:
    """Refuse a step that may not follow, as `check_transition` does for a dossier.

    Raises
    ------
    Forbidden
        When `after` may not follow `before`, or its reason is missing or unknown.
    """
    if after not in STEPS[before]:
        allowed = " ou ".join(f"« {step.label} »" for step in STEPS[before]) or "rien"
        raise Forbidden(
            f"Une introduction « {before.label} » ne peut pas passer à « {after.label} » : "
            f"{allowed} seulement."
        )
    _check_reason(after.label, Declined if after is Step.DECLINED else None, reason)


def _check_reason(label: str, reasons: type[Labelled] | None, reason: str | None) -> None:
    if reasons is None:
        if reason:
            raise Forbidden(f"« {label} » ne demande pas de motif.")
    elif reason not in {known.value for known in reasons}:
        listed = ", ".join(f"« {known.label} »" for known in reasons)
        raise Forbidden(f"« {label} » demande un motif : {listed}.")
