"""How structures are reached: each value in one form, with its source, and never a person's."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from matcher.catalogue.faults import Fault
from matcher.catalogue.rows import Row
from matcher.catalogue.schemas import CONTACTS, URL
from matcher.catalogue.terms import Cost, Way

from .dataset import Dataset, fault
from .directory.persons import EMAIL, box_rule, phone_rule, text_rule

OF = ("structure", "kind", "network")
"""Of whom a row speaks: one of these."""
OVERSEAS_PREFIXES = ("262", "508", "590", "594", "596", "687", "689")
PROFILES = re.compile(r"linkedin\.[a-z]+/in/|facebook\.[a-z]+/profile", re.IGNORECASE)
"""Pages of persons."""


def written(data: Dataset) -> Iterator[Fault]:
    """A contact is of a structure, a kind or a network that we have, said once, of nobody."""
    known = {row["id"]: row for row in data.structures}
    having = {
        "kind": {r["kind"] for r in known.values()},
        "network": {r["network"] for r in known.values()},
    }
    said: set[tuple[str, ...]] = set()
    for row in data.contacts:
        who = [column for column in OF if row[column]]
        if len(who) != 1:
            yield fault(CONTACTS, row, "structure", "une structure, un type ou un réseau attendu")
        elif who[0] == "structure" and row["structure"] not in known:
            yield fault(CONTACTS, row, "structure", "structure absente de structures.csv")
        elif who[0] != "structure" and row[who[0]] not in having[who[0]]:
            yield fault(CONTACTS, row, who[0], "aucune structure n’en est")
        key = (*(row[column] for column in OF), row["contact"])
        if key in said:
            yield fault(CONTACTS, row, "contact", "déjà dit pour cette structure")
        said.add(key)
        if rule := value_rule(row["contact"], row["value"], known.get(row["structure"], {})):
            yield fault(CONTACTS, row, "value", rule)


def value_rule(way: str, value: str, structure: Mapping[str, str] | Row) -> str:
    """What is wrong in the value of a contact, "" when nothing is."""
    names = [structure.get(c, "") for c in ("name", "aliases", "seat_commune")]
    return RULES[way](value, names) if way in RULES else ""


def tidy_value(way: str, value: str) -> str:
    """A value as we write it: numbers without signs, telephones by pairs, costs by their code."""
    value = " ".join(value.split())
    if way in (Way.SIREN, Way.SIRET):
        return re.sub(r"[\s.-]", "", value)
    if way == Way.TELEPHONE:
        return _telephone(value)
    if way == Way.COUT:
        folded = value.casefold().replace("é", "e")
        return next((cost.value for cost in Cost if folded.startswith(cost.value[:6])), value)
    return value.lower() if way == Way.COURRIEL else value


def _telephone(value: str) -> str:
    digits = re.sub(r"\D", "", value.replace("(0)", ""))
    for prefix in ("0033", "33"):
        if digits.startswith(prefix) and len(digits) == len(prefix) + 9:
            digits = "0" + digits.removeprefix(prefix)
    for prefix in OVERSEAS_PREFIXES:
        if value.strip().startswith("+") and digits.startswith(prefix) and len(digits) == 12:
            digits = "0" + digits.removeprefix(prefix)
    if len(digits) == 10:
        return " ".join(digits[i : i + 2] for i in range(0, 10, 2))
    return f"{digits[:2]} {digits[2:]}" if len(digits) == 4 and digits[0] == "3" else value


def _email(value: str, names: list[str]) -> str:
    if not EMAIL.fullmatch(value):
        return "adresse de courriel attendue : contact@exemple.fr"
    return box_rule(value, *names)


def _phone(value: str, names: list[str]) -> str:
    if rule := phone_rule(value):
        return rule
    if re.fullmatch(r"0[1-589]( \d{2}){4}|3\d \d{2}", value):
        return ""
    return "numéro attendu : 01 23 45 67 89"


def _page(value: str, names: list[str]) -> str:
    if not re.fullmatch(URL, value):
        return "adresse attendue, qui commence par https:// ou http://"
    return "page d’une personne" if PROFILES.search(value) else text_rule(value, *names)


def _number(digits: int, name: str) -> Callable[[str, list[str]], str]:
    def rule(value: str, names: list[str]) -> str:
        if not re.fullmatch(rf"[0-9]{{{digits}}}", value):
            return f"{name} attendu : {digits} chiffres"
        return "" if luhn(value) else f"{name} dont la clé est fausse : un chiffre est à relire"

    return rule


def luhn(digits: str) -> bool:
    """Whether the key of a SIREN or a SIRET is right; La Poste sums the digits of its own."""
    if len(digits) == 14 and digits.startswith("356000000") and sum(map(int, digits)) % 5 == 0:
        return True
    doubled = (int(d) * (1 + place % 2) for place, d in enumerate(reversed(digits)))
    return sum(d - 9 if d > 9 else d for d in doubled) % 10 == 0


def _cost(value: str, names: list[str]) -> str:
    return "" if value in list(Cost) else f"attendu : {', '.join(Cost)}"


def _text(value: str, names: list[str]) -> str:
    return text_rule(value, *names)


RULES: Mapping[str, Callable[[str, list[str]], str]] = {
    Way.COURRIEL: _email,
    Way.TELEPHONE: _phone,
    Way.PAGE_CONTACT: _page,
    Way.SAISINE: _text,
    Way.COUT: _cost,
    Way.DELAI: _text,
    Way.SIREN: _number(9, "SIREN"),
    Way.SIRET: _number(14, "SIRET"),
}
"""The rule of each value."""
