"""What a visitor asks, as typed, within bounds."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

from werkzeug.datastructures import MultiDict

from matcher import Need, Theme
from matcher.tables import CONTROLS, MAX_TEXT, PASTED, repair
from matcher.territory import Place

from .questions import Reads, chosen, declared, given

LONGEST_COMMUNE = 100
"""Characters: the longest name of a commune has 45, a département comes with it."""
LONGEST_PLACE = 1_200
"""Characters of the communes of a need: the codes of 200 that ask together."""
LONGEST_CODE = 60
"""Characters of a theme or a stage that are kept, to be named in a message."""
YES = "oui"
"""What ticks a field of an address."""
_CONTROL = re.compile(f"[{CONTROLS}\r]")


@dataclass(frozen=True)
class Form:
    """The fields as typed.

    Parameters
    ----------
    commune : str
        A code, a postal code or a name; of several communes, see `Matcher.place`.
    themes, sans : tuple of str
        Codes of the themes that are declared, and of those read in the text that are not meant.
    voir : bool
        The list is wanted even when the need does not seem to belong to the ESS.
    reponses : tuple of (str, str)
        Answers to our questions: see `questions`.
    repaired : str
        What was done to the need that may change its meaning, in one sentence.
    """

    commune: str = ""
    besoin: str = ""
    themes: tuple[str, ...] = ()
    etape: str = ""
    sans: tuple[str, ...] = ()
    voir: bool = False
    reponses: tuple[tuple[str, str], ...] = ()
    repaired: str = ""

    @classmethod
    def of(cls, args: MultiDict[str, str], reads: Reads = lambda text: ()) -> Form:
        """Read the address. Lengths are cut before any work, one character past what is allowed.

        Parameters
        ----------
        reads : callable, optional
            The themes of the text, which an answer about its subject narrows.
        """
        plain = repair(args.get("besoin", "")[: PASTED * MAX_TEXT + 1])
        answers, without = given(args), _codes(args, "sans")
        told = list(_codes(args, "theme"))
        # An answer that is but themes is kept as themes, to be taken away one by one.
        for question, choice in chosen(answers):
            if choice.themes:
                meant = choice.narrowed(reads(plain.text))
                told += [theme.value for theme in meant if theme.value not in without]
                del answers[question.code]
        return cls(
            commune=args.get("commune", "")[: LONGEST_PLACE + 1].strip(),
            besoin=plain.text,
            themes=tuple(dict.fromkeys(told)),
            etape=args.get("etape", "")[:LONGEST_CODE],
            sans=without,
            voir=args.get("voir") == YES,
            reponses=tuple(answers.items()),
            repaired=plain.told,
        )

    def need(self, place: Place) -> Need:
        """The need, not yet checked: `Matcher.match` does."""
        need = Need(
            place.commune.insee,
            self.besoin,
            self.themes,
            self.etape or None,
            excluded=self.sans,
            places=place.places,
        )
        return declared(need, dict(self.reponses))

    def at(self, insee: str) -> Form:
        """The same for a commune that is known by its code."""
        return replace(self, commune=insee)

    def without(self, theme: str, read: bool) -> Form:
        """The same without a theme: no longer declared, and not `read` in the text either."""
        kept = tuple(code for code in self.themes if code != theme)
        return replace(self, themes=kept, sans=(*self.sans, theme) if read else self.sans)

    def with_theme(self, theme: str) -> Form:
        """The same with a theme declared."""
        return replace(self.back(theme), themes=tuple(dict.fromkeys((*self.themes, theme))))

    def back(self, theme: str) -> Form:
        """The same with a theme that may be read in the text again."""
        return replace(self, sans=tuple(code for code in self.sans if code != theme))

    def query(self, **changes: Any) -> dict[str, Any]:
        """Fields of an address that asks the same, with some of them changed."""
        form = replace(self, **changes)
        fields = {
            "commune": form.commune,
            "besoin": form.besoin_shown,
            "theme": list(form.themes),
            "etape": form.etape,
            "sans": list(form.sans),
            "voir": YES if form.voir else "",
            **dict(form.reponses),
        }
        return {name: value for name, value in fields.items() if value}

    @property
    def commune_shown(self) -> str:
        """The commune as it may be shown again."""
        return _CONTROL.sub("", self.commune)[:LONGEST_PLACE]

    @property
    def besoin_shown(self) -> str:
        """The need as it may be shown again: without control characters, and not past the cap."""
        return _CONTROL.sub("", self.besoin)[:MAX_TEXT]


def _codes(args: MultiDict[str, str], name: str) -> tuple[str, ...]:
    codes = [code[:LONGEST_CODE] for code in args.getlist(name) if code]
    return tuple(dict.fromkeys(codes))[: len(Theme) + 1]


def whole(text: str, longest: int) -> int | None:
    """The number from 0 that `text` writes in at most `longest` digits; None when it is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= longest else None
