"""What a visitor asks: the fields of the address, as typed, within bounds."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

from werkzeug.datastructures import MultiDict

from matcher import MAX_TEXT, Commune, Need, Theme

LONGEST_COMMUNE = 100
"""Characters: the longest name of a commune has 45, a département comes with it."""
LONGEST_CODE = 60
"""Characters of a theme or a stage that are kept, to be named in a message."""

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


@dataclass(frozen=True)
class Form:
    """The fields as typed: `commune` is a code, a postal code or a name."""

    commune: str = ""
    besoin: str = ""
    themes: tuple[str, ...] = ()
    etape: str = ""

    @classmethod
    def of(cls, args: MultiDict[str, str]) -> Form:
        """Read the address. Lengths are cut before any work, one character past what is allowed."""
        themes = [code[:LONGEST_CODE] for code in args.getlist("theme") if code]
        return cls(
            commune=args.get("commune", "")[: LONGEST_COMMUNE + 1].strip(),
            # A browser sends line ends as CR LF: each would count twice.
            besoin=args.get("besoin", "").replace("\r\n", "\n"),
            themes=tuple(dict.fromkeys(themes))[: len(Theme) + 1],
            etape=args.get("etape", "")[:LONGEST_CODE],
        )

    def need(self, commune: Commune) -> Need:
        """The need, not yet checked: `Matcher.match` does."""
        return Need(commune.insee, self.besoin, self.themes, self.etape or None)  # type: ignore[arg-type]

    def query(self, **changes: Any) -> dict[str, Any]:
        """Fields of an address that asks the same, with some of them changed."""
        form = replace(self, **changes)
        fields = {"commune": form.commune, "besoin": form.besoin_shown, "theme": list(form.themes)}
        if form.etape:
            fields["etape"] = form.etape
        return {name: value for name, value in fields.items() if value}

    @property
    def commune_shown(self) -> str:
        """The commune as it may be shown again."""
        return _CONTROL.sub("", self.commune)[:LONGEST_COMMUNE]

    @property
    def besoin_shown(self) -> str:
        """The need as it may be shown again: without control characters, and not past the cap."""
        return _CONTROL.sub("", self.besoin)[:MAX_TEXT]


def field_of(message: str) -> str:
    """The field that a message of NeedError speaks of."""
    fields = {"Thème": "theme", "Poids": "theme", "Étape": "etape"}
    return next((field for start, field in fields.items() if message.startswith(start)), "besoin")
