"""The words of a team's spreadsheet: what « envoyé » or « clos, sans suite » say of a dossier.

Only whole phrases are known: « pas encore envoyé » is not « envoyé ». What is not known is asked.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from matcher.tables import fold

from ..states import Closed, Declined, State, Step


def coded(said: State | Step, reason: str | None) -> str:
    """A state or a step with its reason, as a form sends them."""
    return f"{said.value}:{reason}" if reason else said.value


class Standing(NamedTuple):
    """Where a dossier stands, and why it ended, where it did."""

    state: State
    reason: str | None = None

    @property
    def code(self) -> str:
        """As a form sends it: `clos:doublon`."""
        return coded(self.state, self.reason)

    @property
    def label(self) -> str:
        """As people read it."""
        reasons = {**_labels(Closed), **_labels(Declined)}
        why = f" : {reasons[self.reason]}" if self.reason else ""
        return f"{self.state.label}{why}"


class Reaction(NamedTuple):
    """What a structure answered, and why not, where it said so."""

    step: Step
    reason: str | None = None

    @property
    def code(self) -> str:
        """As a form sends it: `declinee:hors_metier`."""
        return coded(self.step, self.reason)

    @property
    def label(self) -> str:
        """As people read it."""
        why = f" : {Declined(self.reason).label}" if self.reason else ""
        return f"{'pas encore de réponse' if self.step is Step.SENT else self.step.label}{why}"


def _labels(codes: type[Closed] | type[Declined]) -> dict[str, str]:
    return {one.value: one.label for one in codes}


STANDINGS: Sequence[Standing] = (
    *(Standing(s) for s in (State.RECEIVED, State.OPEN, State.PROPOSED, State.ACCEPTED)),
    Standing(State.DECLINED, Declined.UNSAID.value),
    *(Standing(s) for s in (State.MET, State.FOLLOWED)),
    *(Standing(State.CLOSED, one.value) for one in Closed),
)
"""What a status may say, in the order of the life of a dossier."""
ANSWERS: Sequence[Reaction] = (
    *(Reaction(step) for step in (Step.SENT, Step.ACCEPTED, Step.LATER)),
    *(Reaction(Step.DECLINED, one.value) for one in Declined),
    Reaction(Step.MET),
)
"""What an answer may say."""

_STATUSES: Mapping[Standing, str] = {
    Standing(State.RECEIVED): "à traiter|nouveau|nouvelle|nouvelle demande|reçu|demande reçue|"
    "non traité|pas traité|à faire|à prendre en charge|à affecter|à attribuer|à qualifier|"
    "non attribué|pas commencé|non commencé|à étudier|à examiner|à voir",
    Standing(State.OPEN): "en cours|en cours de traitement|en traitement|pris en charge|ouvert|"
    "en cours de qualification|qualification|en instruction|instruction|en recherche|"
    "recherche de structure|recherche en cours|en cours d’étude|à envoyer|à transmettre|"
    "à mettre en relation|commencé|affecté|attribué|qualifié|à orienter|actif",
    Standing(State.PROPOSED): "envoyé|transmis|mis en relation|mise en relation|"
    "mise en relation faite|mise en relation envoyée|mise en relation en cours|orienté|sollicité|"
    "structure sollicitée|structure contactée|proposé|introduction envoyée|introduction proposée|"
    "relancé|attente réponse|en attente de réponse|attente de réponse|en attente de retour|"
    "attente retour|en attente structure|en attente de la structure|courriel envoyé|mail envoyé",
    Standing(State.ACCEPTED): "accepté|structure d’accord|accord de la structure|"
    "structure intéressée|rdv pris|rdv fixé|rdv prévu|rdv à venir|rendez-vous pris|"
    "rendez-vous fixé|rendez-vous prévu|rendez-vous à venir|rencontre prévue|rencontre à venir|"
    "rencontre programmée|rdv programmé|rendez-vous programmé",
    Standing(State.DECLINED, Declined.UNSAID.value): "refusé|décliné|refus|refus de la structure|"
    "refusé par la structure|structure indisponible|réponse négative|négatif",
    Standing(State.MET): "rencontré|rencontre faite|rencontre réalisée|rencontre effectuée|"
    "rencontre eu lieu|rdv fait|rdv effectué|rdv réalisé|rendez-vous fait|rendez-vous effectué|"
    "rendez-vous réalisé|rencontre ok|rdv ok|rdv honoré",
    Standing(State.FOLLOWED): "suivi|en suivi|à suivre|suivi en cours|accompagnement|"
    "accompagnement en cours|en accompagnement|en cours d’accompagnement|accompagné",
    Standing(State.CLOSED, Closed.SUPPORTED.value): "abouti|clos abouti|clos accompagné|"
    "clos avec succès|terminé abouti|réussi|succès|projet réalisé|réalisé|concrétisé|"
    "accompagnement terminé|clos satisfait|positif|clos positif|clos réussi",
    Standing(State.CLOSED, Closed.OTHERWISE.value): "clos autre solution|autre solution|"
    "autre réponse|clos autre réponse|autre solution trouvée|solution trouvée ailleurs|"
    "résolu autrement|a trouvé ailleurs",
    Standing(State.CLOSED, Closed.OUT_OF_SCOPE.value): "hors ess|clos hors ess|hors champ|"
    "clos hors champ|hors périmètre|clos hors périmètre|hors sujet|non éligible|hors cadre",
    Standing(State.CLOSED, Closed.ABANDONED.value): "sans suite|clos sans suite|classé sans suite|"
    "abandonné|abandon|clos abandonné|clos abandon|non abouti|clos non abouti|pas abouti|annulé|"
    "commune renonce|la commune renonce|projet abandonné|n’a pas abouti|terminé sans suite|"
    "commune injoignable|la commune ne répond plus|clos annulé",
    Standing(State.CLOSED, Closed.DUPLICATE.value): "doublon|clos doublon|en double|déjà traité",
}
_ANSWERED: Mapping[Reaction, str] = {
    Reaction(Step.SENT): "en attente|attente|pas encore|pas de réponse|sans réponse|relancé|"
    "en attente de réponse|attente de réponse|pas encore de réponse|relance faite|à relancer|nc|"
    "attente retour|en attente de retour|envoyé|sollicité|contacté",
    Reaction(Step.ACCEPTED): "oui|ok|accepté|d’accord|accord|favorable|avis favorable|positif|"
    "réponse positive|intéressé|partant|accord de principe|peut aider|disponible|rdv pris|"
    "rdv fixé|rdv prévu|rendez-vous pris",
    Reaction(Step.LATER): "plus tard|à recontacter|reporté|pas maintenant|à recontacter plus tard",
    Reaction(Step.DECLINED, Declined.UNSAID.value): "non|refusé|refus|décliné|négatif|défavorable|"
    "avis défavorable|réponse négative|ne peut pas|pas intéressé|non intéressé|ne donne pas suite",
    Reaction(Step.DECLINED, Declined.NO_TIME.value): "indisponible|pas dispo|pas disponible|"
    "non disponible|pas de disponibilité|surchargé|complet|plus de place|manque de temps|"
    "pas le temps|plan de charge|plus de disponibilité",
    Reaction(Step.DECLINED, Declined.NOT_ITS_FIELD.value): "pas son métier|hors métier|"
    "hors compétence|pas de compétence|hors champ|pas son domaine|pas leur métier|hors domaine",
    Reaction(Step.DECLINED, Declined.NOT_ITS_AREA.value): "hors territoire|hors secteur|hors zone|"
    "pas son territoire|pas sur le territoire|hors périmètre|trop loin|hors département",
    Reaction(
        Step.DECLINED, Declined.TOO_EARLY.value
    ): "trop tôt|projet pas mûr|pas assez avancé|projet pas assez avancé|prématuré|pas mûr",
    Reaction(Step.DECLINED, Declined.NO_FUNDS.value): "pas de financement|non financé|pas financé|"
    "financement|faute de financement|manque de financement|coût|trop cher",
    Reaction(Step.DECLINED, Declined.PAUSE.value): "pause|en pause|demande une pause",
    Reaction(Step.DECLINED, Declined.COMMUNE.value): "refus de la commune|la commune renonce|"
    "la commune ne donne pas suite|commune pas intéressée|la commune ne souhaite pas donner suite",
    Reaction(Step.DECLINED, Declined.NO_ANSWER.value): "sans réponse après relances|"
    "pas de réponse après relances|pas de réponse malgré les relances|jamais répondu",
    Reaction(
        Step.MET
    ): "rencontré|rencontre faite|rdv fait|rendez-vous fait|rencontre réalisée|rdv effectué",
}
_CUT = re.compile(r"\s*[(:,;\u2013\u2014]\s*|\s+-\s+")
"""What stands between « non » and its reason."""
_NUMBERED = re.compile(r"^\d{1,2} (?=\D)")


@dataclass(frozen=True)
class Heard:
    """An answer that was read, with the words of its reason that no list holds."""

    answer: Reaction
    rest: str = ""


def standing_of(said: str) -> Standing | None:
    """What a status says; None when its words are not known.

    >>> standing_of("3 - Envoyée"), standing_of("pas encore envoyé")
    (Standing(state=<State.PROPOSED: 'introduction_proposee'>, reason=None), None)
    """
    return _BY_STATUS.get(_key(said))


def answer_of(said: str) -> Heard | None:
    """What a structure answered; None when the words are not known.

    >>> answer_of("Non (hors secteur)").answer.reason, answer_of("on verra")
    ('hors_territoire', None)
    """
    if known := _BY_ANSWER.get(_key(said)):
        return Heard(known)
    first, *rest = _CUT.split(said.strip(), maxsplit=1)
    head = _BY_ANSWER.get(_key(first))
    if head is None or not rest:
        return None
    why = rest[0].strip(" ).")
    told = _BY_ANSWER.get(_key(why)) if head.step is Step.DECLINED else None
    if told is not None and told.step is Step.DECLINED:
        return Heard(told)
    return Heard(head, why)


def reason_of(said: str) -> str | None:
    """The reason of a refusal or of an end, from its words; None when they are not known."""
    if (answer := _BY_ANSWER.get(_key(said))) and answer.step is Step.DECLINED:
        return answer.reason
    known = _BY_STATUS.get(_key(said))
    return known.reason if known else None


def _key(said: str) -> str:
    """Words without capitals, accents, plurals, feminines, nor the number of a list."""
    text = said.replace("(", " ").replace(")", " ")
    return " ".join(map(_bare, _NUMBERED.sub("", fold(text)).split()))


def _bare(word: str) -> str:
    return word.rstrip("es") or word


_BY_STATUS = {
    **{_key(one.label): one for one in STANDINGS},
    **{_key(one.code): one for one in STANDINGS},
    **{_key(word): one for one, words in _STATUSES.items() for word in words.split("|")},
}
_BY_ANSWER = {
    **{_key(Declined(one.reason).label): one for one in ANSWERS if one.reason},
    **{_key(one.code): one for one in ANSWERS},
    **{_key(word): one for one, words in _ANSWERED.items() for word in words.split("|")},
}
