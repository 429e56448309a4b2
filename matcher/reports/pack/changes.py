"""What changed since a former run, in French words, by commune and by EPCI."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from matcher.catalogue.french import counted, typographic

from .cohort import Pack
from .records import Change


def told_changes(pack: Pack, insee: str) -> list[Change]:
    """The changes that change what a commune reads: not a score with the same rank."""
    return [c for c in pack.changes_of.get(insee, ()) if not c.structure or c.before != c.after]


def change_sentence(change: Change) -> str:
    """One change in a French sentence."""
    if not change.structure:
        return f"{change.nature.capitalize()}\u00a0: {change.id}"
    name = typographic(change.structure)
    if change.before is None:
        return f"{name} entre au rang {change.after}."
    if change.after is None:
        return f"{name} n’est plus suggérée (rang {change.before} auparavant)."
    return f"{name} passe du rang {change.before} au rang {change.after}."


def told_of(pack: Pack, communes: Iterable[str]) -> list[str]:
    """What changed in several communes, a sentence a structure and nature, most communes first."""
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for insee in communes:
        for change in told_changes(pack, insee):
            found[typographic(change.structure), _verb(change)].add(insee)
    ordered = sorted(found.items(), key=lambda item: (-len(item[1]), item[0]))
    return [
        f"{name or 'Besoins'} {verb} dans {counted(len(where), 'commune', 'communes')}."
        for (name, verb), where in ordered
    ]


def _verb(change: Change) -> str:
    if not change.structure:
        return f"({change.nature})"
    if change.before is None:
        return "entre dans les suggestions"
    if change.after is None:
        return "n’est plus suggérée"
    return "gagne des rangs" if change.after < change.before else "perd des rangs"
