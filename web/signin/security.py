"""What Flask-Security is given of ours: its messages in our words, what password is too easy.

Of a password length is what counts; no kind of character is asked for, and none is refused (NIST SP
800-63B). The well-known ones, and what is known of their owner, are too easy to guess.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from flask_security import PasswordUtil

WRONG = "error"
SAID = "info"
NOTHING = (" ", SAID)
"""Nothing to say; an empty text would be taken for a missing translation."""

MESSAGES: Mapping[str, tuple[str, str]] = {
    "SECURITY_MSG_GENERIC_AUTHN_FAILED": (
        "L’adresse ou le mot de passe ne convient pas. Vérifiez les deux, puis recommencez.",
        WRONG,
    ),
    "SECURITY_MSG_TWO_FACTOR_INVALID_TOKEN": (
        "Ce code ne convient pas, ou il a déjà servi. Attendez le suivant : il change toutes les "
        "trente secondes.",
        WRONG,
    ),
    "SECURITY_MSG_INVALID_CODE": ("Un code compte six chiffres.", WRONG),
    "SECURITY_MSG_EMAIL_NOT_PROVIDED": ("Écrivez votre adresse.", WRONG),
    "SECURITY_MSG_INVALID_EMAIL_ADDRESS": (
        "Une adresse s’écrit comme prenom@structure.fr.",
        WRONG,
    ),
    "SECURITY_MSG_PASSWORD_NOT_PROVIDED": ("Écrivez un mot de passe.", WRONG),
    "SECURITY_MSG_INVALID_PASSWORD": ("Ce n’est pas votre mot de passe actuel.", WRONG),
    "SECURITY_MSG_PASSWORD_INVALID_LENGTH": (
        "Un mot de passe compte %(length)s caractères au moins.",
        WRONG,
    ),
    "SECURITY_MSG_PASSWORD_IS_THE_SAME": ("C’est déjà votre mot de passe : changez-en.", WRONG),
    "SECURITY_MSG_RETYPE_PASSWORD_MISMATCH": ("Les deux mots de passe diffèrent.", WRONG),
    "SECURITY_MSG_PASSWORD_CHANGE": ("Votre mot de passe est changé.", SAID),
    "SECURITY_MSG_TWO_FACTOR_LOGIN_SUCCESSFUL": NOTHING,
    "SECURITY_MSG_TWO_FACTOR_CHANGE_METHOD_SUCCESSFUL": (
        "Votre second facteur est en place : un code de votre application sera demandé à chaque "
        "connexion.",
        SAID,
    ),
    "SECURITY_MSG_TWO_FACTOR_PERMISSION_DENIED": (
        "Commencez par votre adresse et votre mot de passe.",
        WRONG,
    ),
    "SECURITY_MSG_TWO_FACTOR_METHOD_NOT_AVAILABLE": ("Reprenez depuis cette page.", WRONG),
    "SECURITY_MSG_TWO_FACTOR_SETUP_EXPIRED": (
        "Ce réglage est resté ouvert trop longtemps : recommencez.",
        WRONG,
    ),
    "SECURITY_MSG_UNAUTHENTICATED": ("Connectez-vous pour ouvrir cette page.", SAID),
    "SECURITY_MSG_LOGIN": ("Connectez-vous pour ouvrir cette page.", SAID),
    "SECURITY_MSG_REAUTHENTICATION_REQUIRED": (
        "Par précaution, redonnez votre mot de passe avant ce changement.",
        SAID,
    ),
    "SECURITY_MSG_REFRESH": ("Redonnez votre mot de passe.", SAID),
    "SECURITY_MSG_REAUTHENTICATION_SUCCESSFUL": NOTHING,
    "SECURITY_MSG_ANONYMOUS_USER_REQUIRED": ("Vous êtes déjà connecté.", SAID),
    "SECURITY_MSG_API_ERROR": ("Le site n’a pas compris cet envoi : recommencez.", WRONG),
    "SECURITY_MSG_INVALID_REDIRECT": ("Cette page n’est pas de ce site.", WRONG),
}


SHORTEST = 12
"""Characters, as the CNIL asks when there is a second factor or a limit on attempts."""
LOOKED_AT = 72
"""Characters that are weighed: what is longer is not guessed."""
ENOUGH = 3
"""Of the marks from 0 to 4 of the library: ten thousand million guesses, on our slow hash."""
OURS = (
    *("maillage", "conseiller", "responsable", "administrateur", "mairie", "commune", "dossier"),
    *("petites", "villes", "demain", "ess", "avise", "anct", "recyclerie", "motdepasse", "azerty"),
)
"""Words of this site and of its trade: an easy password is made of them."""
TOO_EASY = (
    "Ce mot de passe se devine trop vite : il est connu, ou fait de mots et de noms que l’on "
    "attend. Prenez plutôt quatre mots sans rapport entre eux."
)


def is_too_easy(password: str, own: Iterable[str]) -> bool:
    """Whether a password is soon guessed by who knows these words of its owner."""
    from zxcvbn import zxcvbn  # slow to load, and seldom needed

    words = [word for text in own for word in re.split(r"\W+", text.lower()) if len(word) > 2]
    found = zxcvbn(password[:LOOKED_AT], user_inputs=[*OURS, *words])
    return bool(found["score"] < ENOUGH)


class Passwords(PasswordUtil):  # type: ignore[misc]
    """What the form that changes a password refuses."""

    def validate(
        self, password: str, is_register: bool, **known: Any
    ) -> tuple[list[str] | None, str]:
        """Say what is wrong with a password, in French, and give it in its normal form."""
        wrong, normal = super().validate(password, is_register, **known)
        user = known.get("user")
        own = (user.email, user.name) if user is not None else ()
        if not wrong and is_too_easy(normal, own):
            wrong = [TOO_EASY]
        return wrong, normal
