"""The house holds: imports go one way, modules stay small, what is public says what it is."""

import ast
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from configparser import ConfigParser
from functools import cache
from graphlib import CycleError, TopologicalSorter
from importlib import import_module
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from matcher.index.kept import FLOORS as FLOORS_KEPT

ROOT = Path(__file__).resolve().parents[1]
LONGEST = 300
"""Lines of a module: past it, it holds two nouns."""
BELOW = (
    "matcher.catalogue",
    "matcher.territory",
    "matcher.tables",
    "matcher.reading",
    "matcher.upkeep",
    "matcher.index",
    "matcher.ranking",
    "matcher.reports",
    "matcher.cohorts",
)
"""The floors, from the ground up: none of them knows one above."""
FLOORS = {floor: set(BELOW[:i]) for i, floor in enumerate(BELOW)}
"""What each floor may import, beside itself; the front door, the commands, the site are above."""
DOORS = ("matcher", *BELOW)
"""What the site may import: the front door, and what each floor gives by its `__init__`."""
FRONT = 15
"""Names of the front door, at most: the matcher, its nouns, the closed lists and the errors."""
ROOMS = 12
"""Modules of a folder, at most."""
SLOW = ("httpx", "pandas", "pandera", "sklearn", "geopandas", "scipy", "shapely", "pyproj")
"""Libraries that take a second to import: none of them on the way to a match."""


def modules(package: str) -> dict[str, Path]:
    """Files of a package by module name."""
    found = {}
    for path in sorted((ROOT / package).rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        found[".".join(parts).removesuffix(".__init__")] = path
    return found


MODULES = {**modules("matcher"), **modules("web")}


@cache
def parsed(path: Path) -> ast.Module:
    """A module as a tree: a dozen rules look at each."""
    return ast.parse(path.read_text(encoding="utf-8"))


def imports(name: str, path: Path, *, at_top: bool = False) -> Iterator[str]:
    """Modules that a module imports, in full; `at_top`: those that run when it is imported."""
    tree = parsed(path)
    is_package = path.name == "__init__.py"
    for node in body(tree) if at_top else ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parts = name.split(".")
                parts = parts[: len(parts) - node.level + is_package]
                base = ".".join([*parts, base]).rstrip(".")
            for alias in node.names:
                full = f"{base}.{alias.name}"
                yield full if full in MODULES else base


def body(tree: ast.AST) -> Iterator[ast.AST]:
    """Statements that run at import: not those of functions, nor what is for the type checker."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        yield node
        yield from body(node)


def floor(name: str) -> str | None:
    return next((f for f in FLOORS if name == f or name.startswith(f"{f}.")), None)


def ours(name: str) -> bool:
    return name.split(".")[0] in ("matcher", "web")


def test_a_module_imports_only_from_its_floor_and_those_below():
    assert [
        f"{name} importe {imported}"
        for name in MODULES
        if (mine := floor(name))
        for imported in imports(name, MODULES[name])
        if ours(imported) and floor(imported) not in FLOORS[mine] | {mine}
    ] == []


def test_every_folder_of_the_matcher_is_a_floor_or_above():
    folders = {name for name, path in MODULES.items() if path.name == "__init__.py"}
    above = {"matcher", "matcher.commands"}
    assert {name for name in folders if name.startswith("matcher") and not floor(name)} == above


def test_the_site_knows_the_doors_of_the_floors_only():
    """A door is `matcher` or a floor: it lists the names that it gives in `__all__`."""
    beyond = []
    for name, path in MODULES.items():
        if not name.startswith("web"):
            continue
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("matcher"):
                door = node.module or ""
                named = import_module(door).__all__ if door in DOORS else ()
                beyond += [f"{name} : {door}.{a.name}" for a in node.names if a.name not in named]
            elif isinstance(node, ast.Import):
                beyond += [f"{name} : {a.name}" for a in node.names if "matcher." in a.name]
    assert beyond == []


def test_the_front_door_gives_a_handful_of_names():
    assert len(import_module("matcher").__all__) <= FRONT


def test_the_site_imports_no_slow_library():
    assert [
        f"{name} importe {imported}"
        for name in MODULES
        if name.startswith("web")
        for imported in imports(name, MODULES[name])
        if imported.split(".")[0] in SLOW
    ] == []


def test_the_matcher_does_not_know_the_site():
    assert [
        f"{name} importe {imported}"
        for name in MODULES
        if name.startswith("matcher")
        for imported in imports(name, MODULES[name])
        if imported.split(".")[0] in ("web", "flask")
    ] == []


def test_imports_never_go_round():
    graph = {
        name: {i for i in imports(name, path, at_top=True) if i in MODULES and i != name}
        for name, path in MODULES.items()
    }
    try:
        list(TopologicalSorter(graph).static_order())
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


def test_what_is_kept_on_the_disk_is_named_after_all_the_code_that_makes_it():
    """Other code of a floor that it comes from would read it as what it is not."""
    makers = [name for name in MODULES if floor(name) == "matcher.index"]
    made_by = {floor(i) for name in makers for i in imports(name, MODULES[name]) if ours(i)}
    assert {f"matcher.{folder}" for folder in FLOORS_KEPT} == made_by | {"matcher.index"}


def test_a_module_stays_small():
    lengths = {
        name: len(path.read_text(encoding="utf-8").splitlines()) for name, path in MODULES.items()
    }
    assert {name: length for name, length in lengths.items() if length > LONGEST} == {}, (
        f"{LONGEST} lines at most: move one of its nouns to a module where it belongs, or shorten"
    )


def test_a_folder_is_seen_at_one_glance():
    rooms = Counter(path.parent for path in MODULES.values() if not path.name.startswith("__"))
    assert {str(f.relative_to(ROOT)): n for f, n in rooms.items() if n > ROOMS} == {}, (
        f"{ROOMS} modules at most: see whether the code fits in one that is there"
    )


def test_what_is_public_says_what_it_is():
    silent = []
    for name, path in MODULES.items():
        tree = parsed(path)
        silent += [] if ast.get_docstring(tree) else [name]
        silent += [
            f"{name}.{node.name}, ligne {node.lineno}"
            for node in public(tree)
            if not ast.get_docstring(node)
        ]
    assert silent == []


def public(tree: ast.Module | ast.ClassDef) -> Iterator[ast.FunctionDef | ast.ClassDef]:
    """Public functions, classes and their methods."""
    for node in tree.body:
        named = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        if named and not node.name.startswith("_"):
            yield node
            if isinstance(node, ast.ClassDef):
                yield from public(node)


def test_opening_a_matcher_and_matching_imports_no_slow_library():
    code = (
        "import sys\n"
        "from matcher import Matcher, Need\n"
        "matcher = Matcher.open()\n"
        "need = Need(matcher.commune('lodeve').insee, 'Ouvrir une recyclerie')\n"
        "assert matcher.match(need)\n"
        f"print([name for name in {SLOW!r} if name in sys.modules])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"


def test_the_command_line_is_ready_without_a_slow_library():
    code = f"import sys, matcher.commands; print([n for n in {SLOW!r} if n in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"


def test_every_library_that_is_imported_is_declared():
    """One that another library happens to bring may go with its next version."""
    settings = ConfigParser()
    settings.read(ROOT / "setup.cfg", encoding="utf-8")
    extras = settings["options.extras_require"]
    parts = [text for name, text in extras.items() if name not in ("build", "dev")]
    lists = (settings["options"]["install_requires"], *parts)
    declared = {
        re.split(r"[<>=\[ ]", line)[0] for text in lists for line in text.split("\n") if line
    }
    names = packages_distributions()
    for name, path in MODULES.items():
        for imported in imports(name, path):
            top = imported.split(".")[0]
            if not ours(top) and top not in sys.stdlib_module_names:
                brought_by = {one.lower().replace("_", "-") for one in names[top]}
                assert brought_by & declared, f"{name} importe {top}"


def test_only_actualiser_and_data_use_the_network():
    """The one speaks by the client of the sources; the other by pip and npm."""
    doors = ("httpx", "requests", "urllib3", "aiohttp", "urllib.request", "http.client", "socket")
    speaking = {
        name
        for name, path in MODULES.items()
        if any(i in doors or i.split(".")[0] in doors for i in imports(name, path))
    }
    serving = {"web.__main__", "web.processes"}  # they listen
    assert speaking == {"matcher.upkeep.network.client"} | serving
    names_only = "matcher.upkeep.network.sources"  # where they are: settings tell it too
    users = {
        name
        for name, path in MODULES.items()
        for i in imports(name, path)
        if i.startswith("matcher.upkeep.network") and i != names_only
        if not name.startswith("matcher.upkeep.network")
    }
    assert users == {"matcher.commands.directory"}


def test_nothing_reads_outside_of_the_repository():
    """No module names a folder of one machine."""
    for name, path in MODULES.items():
        text = path.read_text(encoding="utf-8")
        for place in ("/work/", "/home/", "/tmp/", "/root/"):
            assert place not in text, f"{name} nomme {place}"


def test_a_name_is_one_thing():
    """No two classes share a name: who reads « Evidence » need not ask of which folder it is."""
    found: dict[str, list[str]] = {}
    for name, path in MODULES.items():
        for node in parsed(path).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                found.setdefault(node.name, []).append(name)
    assert {name: where for name, where in found.items() if len(where) > 1} == {}
