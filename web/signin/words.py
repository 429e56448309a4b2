"""What Flask-Security says, in our words: its settings of messages."""

from __future__ import annotations

from collections.abc import Mapping

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
