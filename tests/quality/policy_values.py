"""The constants of the policy by name, wherever they stand: a move is no edit here."""

import importlib
import importlib.util
import pkgutil
from functools import cache
from typing import Any

FLOORS = ("matcher.ranking", "matcher.reading")
"""Packages whose constants make the answer; one that is not there has none."""


@cache
def modules() -> tuple[Any, ...]:
    """Every module of these floors."""
    return tuple(
        importlib.import_module(info.name)
        for floor in FLOORS
        if importlib.util.find_spec(floor)
        for info in pkgutil.walk_packages(
            importlib.import_module(floor).__path__, prefix=f"{floor}."
        )
    )


def value(name: str) -> Any:
    """Value of a constant; all modules that know the name must say the same of it."""
    found = [vars(module)[name] for module in modules() if name in vars(module)]
    assert found, f"{name} : constante introuvable"
    assert all(one == found[0] for one in found), f"{name} : deux constantes du même nom"
    return found[0]


def weights() -> dict[str, float]:
    """Weight of each criterion by its code, in the order of the policy."""
    return {criterion.code: criterion.weight for criterion in value("CRITERIA")}
