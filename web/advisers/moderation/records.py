"""The form of a record: each column of its table as a field, in the words of people.

It is made from the columns themselves: a closed list is chosen from, a list has one item a line,
communes and structures are typed by name.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from werkzeug.datastructures import MultiDict

from matcher import UnknownCommune, UnknownStructure
from matcher.upkeep import EditedRecord

from ...context import as_typed, matcher

LABELS = {
    "title": "Nom du projet",
    "name": "Nom",
    "aliases": "Autres noms",
    "kind": "Type principal",
    "other_kinds": "Autres types",
    "insee": "Commune",
    "territoire": "Territoire, si aucune commune n’est nommée",
    "seat_insee": "Commune du siège",
    "coverage_level": "Niveau des territoires couverts",
    "coverage_codes": "Codes des territoires couverts",
    "themes": "Thèmes",
    "stages": "Étapes",
    "audiences": "Publics",
    "description": "Description",
    "annee": "Année",
    "organisation_porteuse": "Qui le porte",
    "structures_soutien": "Appuis que la page nomme",
    "structure_ids": "Appuis qui sont au catalogue",
    "roles": "Ce que chacun a fait, dans le même ordre",
    "website": "Site",
    "source_url": "Pages publiques qui le montrent",
    "source_year": "Année de la page",
    "to_verify": "À vérifier",
    "note": "Remarque",
}
"""The columns that a moderator edits, in the order of the form, with what people call them; the
others follow from these."""
COMMUNES = frozenset({"insee", "seat_insee"})
STRUCTURES = "structure_ids"
SOURCES = "source_url"
SOURCE_SEPARATOR = " ; "
SEPARATOR = "|"
LONG = frozenset({"description", "note"})
HINTS = {
    SOURCES: "Obligatoire. Une adresse par ligne, celle qui prouve ce qui change en premier.",
    STRUCTURES: "Un nom ou un identifiant par ligne.",
    "roles": "Un par ligne : accompagne, locaux, finance, opere ou distingue. Vide : accompagne.",
    "insee": "Son nom, son code postal ou son code Insee.",
    "seat_insee": "Son nom, son code postal ou son code Insee.",
    "aliases": "Un par ligne.",
    "coverage_codes": "Un code Insee ou Siren par ligne ; FR pour tout le pays ; les kilomètres "
    "d’un rayon.",
    "note": "Obligatoire si la fiche est à vérifier : dire ce qui reste douteux.",
    "annee": "Celle du début ou, à défaut, celle de la page.",
}


@dataclass
class FormField:
    """A field of the form.

    Parameters
    ----------
    kind : {"line", "lines", "text", "choice", "choices"}
        How it is typed.
    value : str
        As the table holds it.
    typed : str
        As people type it.
    options : mapping of str to str
        Codes and labels of a closed list.
    before : str
        What is held today.
    """

    name: str
    label: str
    hint: str
    kind: str
    required: bool
    longest: int
    value: str
    typed: str
    options: Mapping[str, str] = field(default_factory=dict)
    before: str = ""
    errors: list[str] = field(default_factory=list)

    @property
    def chosen(self) -> list[str]:
        """The codes that are chosen."""
        return self.value.split(SEPARATOR) if self.value else []

    @property
    def told(self) -> str:
        """What people read of the value."""
        return self.tell(self.value)

    def tell(self, value: str) -> str:
        """What people read of any value of this field."""
        if self.options:
            labels = [self.options.get(code, code) for code in value.split(SEPARATOR) if code]
            return ", ".join(labels)
        return ", ".join(_typed(self.name, value).split("\n")) if value else ""


def entries(record: EditedRecord, values: Mapping[str, str]) -> list[FormField]:
    """Give the fields of a record, filled with `values` where they say something."""
    held = {**record.fields, **values}
    return [_entry(c, held[c.name], record.fields[c.name]) for c in _columns(record)]


def sent(record: EditedRecord, form: MultiDict[str, str]) -> list[FormField]:
    """Give the fields as they were sent; what leads nowhere is said beside its field."""
    found = []
    for column in _columns(record):
        typed = [text.replace("\r\n", "\n").strip() for text in form.getlist(column.name)]
        entry = _entry(column, *(record.fields[column.name],) * 2)
        found.append(_read(entry, [text for text in typed if text]))
    return found


def changes(found: Iterable[FormField]) -> list[FormField]:
    """Give the fields that differ from what is held."""
    return [entry for entry in found if entry.value != entry.before]


def seal(found: Iterable[FormField]) -> str:
    """Tell fields that were checked from others."""
    values = json.dumps([(entry.name, entry.value) for entry in found])
    return hashlib.sha256(values.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _columns(record: EditedRecord) -> list[Any]:
    by_name = {column.name: column for column in record.table.columns}
    return [by_name[name] for name in LABELS if name in by_name]


def _entry(column: Any, value: str, before: str) -> FormField:
    name = column.name
    if column.codes and not column.repeats:
        kind = "choices" if column.many else "choice"
    elif column.many or name == SOURCES:
        kind = "lines"
    else:
        kind = "text" if name in LONG else "line"
    return FormField(
        name=name,
        label=LABELS[name],
        hint=HINTS.get(name, ""),
        kind=kind,
        required=column.required or name == SOURCES,
        longest=column.length,
        value=value,
        typed=_typed(name, value),
        options={} if column.repeats else column.codes or {},
        before=before,
    )


def _read(entry: FormField, typed: list[str]) -> FormField:
    entry.typed = "\n".join(typed)
    lines = [line.strip() for line in entry.typed.split("\n") if line.strip()]
    if entry.kind == "choices":
        # In the order of today, so that what is not touched does not change.
        known = dict.fromkeys((*entry.chosen, *entry.options))
        entry.value = SEPARATOR.join(code for code in known if code in typed)
    elif entry.name in COMMUNES:
        entry.value = _commune(entry)
    elif entry.name == STRUCTURES:
        entry.value = SEPARATOR.join(dict.fromkeys(_structure(entry, line) for line in lines))
    elif entry.kind == "lines":
        entry.value = (SOURCE_SEPARATOR if entry.name == SOURCES else SEPARATOR).join(lines)
    else:
        entry.value = " ".join(entry.typed.split())
    return entry


def _commune(entry: FormField) -> str:
    if not entry.typed:
        return ""
    try:
        return matcher.commune(entry.typed[: entry.longest]).insee
    except UnknownCommune as error:
        entry.errors.append(str(error))
        return ""


def _structure(entry: FormField, named: str) -> str:
    try:
        return matcher.structure(named).id
    except UnknownStructure as error:
        entry.errors.append(str(error))
        return ""


def _typed(name: str, value: str) -> str:
    """A value as people type it."""
    if name in COMMUNES:
        return place(value)
    if name == STRUCTURES:
        known = matcher.structures
        names = [known[i].name if i in known else i for i in value.split(SEPARATOR) if i]
        return "\n".join(names)
    separator = SOURCE_SEPARATOR if name == SOURCES else SEPARATOR
    return value if name in LONG else "\n".join(value.split(separator))


def place(insee: str) -> str:
    """The commune of a code as people type it; a code that is no more stays."""
    commune = matcher.territory.communes.get(insee)
    return insee if commune is None else as_typed(commune)
