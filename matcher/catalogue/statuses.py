"""The closed list of what the reading says of a need as a whole."""

from __future__ import annotations

from .terms import Term


class Status(Term):
    """What the reading says of a need as a whole."""

    LU = ("lu", "Lu", "le besoin parle de thèmes ou de sujets que nous connaissons")
    VAGUE = ("vague", "Vague", "un vrai besoin, dont nous ne lisons pas le sujet")
    HORS_CHAMP = ("hors_champ", "Hors champ", "le besoin relève d’autre chose que de l’ESS")
    VIDE = ("vide", "Vide", "rien n’est dit : « RAS », un tiret, des lettres au hasard")

    @property
    def ranked(self) -> bool:
        """Whether structures are proposed unless somebody asks for them all the same."""
        return self in (Status.LU, Status.VAGUE)
