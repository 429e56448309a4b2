"""The door: a need is checked here once, and refused in French words that say what to change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar

from matcher.catalogue.model import Need
from matcher.catalogue.terms import Audience, Term
from matcher.catalogue.vocabulary import Stage, Theme
from matcher.territory.nest import Territory
from matcher.territory.together import area_of, of_area, place_of

from .repair import repair

MAX_TEXT = 5_000
"""Longest need, characters: about two pages."""

CONTROLS = r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufdd0-\ufdef\ufffe\uffff"
"""Within the brackets of a regular expression, characters that no text holds: all controls but
tabs and line ends, and what Unicode says is no character, which XML (DOCX, XLSX) refuses."""
PASTED = 4
"""How much longer than `MAX_TEXT` a text may come: what cannot be seen may be most of it."""


class NeedError(ValueError):
    """A need that cannot be read; the message is French and says what to change.

    Parameters
    ----------
    field : str
        What is wrong: `besoin`, `commune`, `theme`, `etape` or `public`.
    """

    def __init__(self, message: str, field: str = "besoin") -> None:
        super().__init__(message)
        self.field = field


def check_text(text: str) -> str:
    """Make a text plain (see `repair`), and refuse one that is no text, empty or too long.

    Raises
    ------
    NeedError
        The message says which of these, and what to do.
    """
    if not isinstance(text, str):
        raise NeedError("Votre besoin doit être un texte.")
    plain = repair(text).text if len(text) <= PASTED * MAX_TEXT else text
    if len(plain) > MAX_TEXT:
        raise NeedError(
            f"Votre besoin est trop long ({len(plain)} caractères) : {MAX_TEXT} au plus. "
            "Gardez l’essentiel, quelques phrases suffisent."
        )
    if not plain.strip():
        raise NeedError("Votre besoin est vide : décrivez-le en quelques mots.")
    return plain


SIREN = 9
"""Digits of the code of an EPCI."""
MOST = 1_000_000
"""Most answers at once: more than any catalogue of today, and a number that can be counted to."""


def check_top(top: int) -> int:
    """Refuse a number of answers that is no whole number from 1 to `MOST`.

    Raises
    ------
    ValueError
    """
    if isinstance(top, bool) or not isinstance(top, int) or not 1 <= top <= MOST:
        raise ValueError(f"top doit être un entier de 1 à {MOST}.")
    return top


def check_need(need: Need, territory: Territory) -> Need:
    """Check a need at the door, and bring its codes to those of today.

    Raises
    ------
    NeedError
        Unknown commune, theme, stage or audience; no text and no theme; a text that
        `check_text` refuses; a theme weight outside ]0, 1].
    """
    if not isinstance(need, Need):
        raise NeedError("Un besoin est un objet Need : une commune, et un texte ou des thèmes.")
    asked = _insees(need.commune, territory)
    if not isinstance(need.places, tuple | list):
        raise NeedError("Les communes d’un besoin sont une liste de codes Insee.", "commune")
    further = (insee for code in need.places for insee in _insees(code, territory))
    places = tuple(dict.fromkeys([*asked, *further]))
    themes = {
        _code(Theme, theme, "Thème inconnu"): weight
        for theme, weight in _declared(need.themes).items()
    }
    for theme, weight in themes.items():
        if not 0 < weight <= 1:
            said = f"Poids du thème « {theme} » : {weight}, attendu entre 0 et 1."
            raise NeedError(said, "theme")
    text = need.text
    if not themes or not isinstance(text, str) or text.strip():
        text = check_text(text)
    return Need(
        commune=asked[0],
        text=text,
        themes=themes,
        stage=None if need.stage is None else _code(Stage, need.stage, "Étape inconnue"),
        audience=None
        if need.audience is None
        else _code(Audience, need.audience, "Public inconnu"),
        excluded=tuple(
            theme
            for theme in (_code(Theme, code, "Thème inconnu") for code in need.excluded)
            if theme not in themes
        ),
        places=places if len(places) > 1 else (),
        situations=tuple(_code(Stage, code, "Étape inconnue") for code in need.situations),
    )


def _insees(code: str, territory: Territory) -> tuple[str, ...]:
    """The codes of today of a commune, or of those of an area: `epci:…`, `departement:…`."""
    if not isinstance(code, str):
        raise NeedError("La commune doit être un code Insee, en texte.", "commune")
    found = territory.resolve(code.removeprefix("commune:"))
    if found is not None:
        return (found,)
    if "," in code:
        return tuple(insee for one in code.split(",") for insee in _insees(one.strip(), territory))
    area = area_of(code, territory) if ":" in code or len(code) == SIREN else None
    if area is None:
        raise NeedError(f"Code Insee inconnu : « {code[:20]} ».", "commune")
    return of_area(area, territory).places or territory.members(area)


def _declared(themes: object) -> dict[str, float]:
    """Declared themes with a weight each, whatever the caller gave them as."""
    try:
        if isinstance(themes, Mapping):
            return {code: float(weight) for code, weight in themes.items()}
        if isinstance(themes, Iterable) and not isinstance(themes, str):
            return dict.fromkeys(themes, 1.0)
    except (TypeError, ValueError, OverflowError):
        pass
    said = "Les thèmes sont une liste de codes, ou des codes avec leur poids de 0 à 1."
    raise NeedError(said, "theme")


T = TypeVar("T", bound=Term)
FIELDS: Mapping[type[Term], str] = {Theme: "theme", Stage: "etape", Audience: "public"}
"""The field that each closed list answers."""


def _code(terms: type[T], code: str, what: str) -> T:
    try:
        return terms(code)
    except ValueError:
        known = ", ".join(term.value for term in terms)
        said = f"{what} : « {str(code)[:40]} ». Valeurs possibles : {known}."
        raise NeedError(said, FIELDS[terms]) from None


def asked_by(need: Need, territory: Territory) -> str:
    """Who asks, by name: the commune of a checked need, or what those that ask together make."""
    if not need.places:
        return territory.communes[need.commune].name
    return place_of([territory.communes[insee] for insee in need.places], territory).name
