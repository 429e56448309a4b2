"""Which passwords are too easy to guess: the well-known ones, and what is known of their owner.

Length is what counts; no kind of character is asked for, and none is refused (NIST SP 800-63B).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from flask_security import PasswordUtil

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
