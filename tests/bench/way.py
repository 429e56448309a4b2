"""Count the rooms: the modules that one need and one page go through, and the size of the house.

Usage: `python tests/bench/way.py [FOLDER]`, FOLDER being a checkout (this one by default; give an
older one to compare). A module counts when one of its functions runs while the need is answered;
start-up (opening the catalogue, importing) does not count.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import FrameType

NEED = "Ouvrir une recyclerie dans l'ancienne gare"
NEXT = "Un café associatif pour le centre-bourg"
"""A need after the first one, which reads the tables that only a need asks for."""
PAGE = "/suggestions?commune=34142&besoin=Ouvrir+une+recyclerie+dans+l%27ancienne+gare"


def modules_called(root: Path, act: Callable[[], object]) -> list[str]:
    """Files below `root` of which a function runs during `act`, sorted."""
    seen: set[str] = set()

    def note(frame: FrameType, event: str, _: object) -> None:
        name = frame.f_code.co_filename
        if event == "call" and frame.f_code.co_name != "<module>" and name.startswith(str(root)):
            seen.add(name[len(str(root)) + 1 :])

    threading.setprofile(note)
    sys.setprofile(note)
    try:
        act()
    finally:
        sys.setprofile(None)
        threading.setprofile(None)
    return sorted(name for name in seen if name.startswith(("matcher/", "web/")))


def main() -> None:
    root = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parents[2]).resolve()
    os.environ["MAILLAGE_CACHE"] = "non"
    sys.path.insert(0, str(root))

    from matcher import Matcher, Need
    from web import create_app

    matcher = Matcher.open()
    client = create_app().test_client()

    def need() -> None:
        matcher.match(Need(matcher.commune("Lodève").insee, text=NEED))

    def next_need() -> None:
        matcher.match(Need(matcher.commune("Figeac").insee, text=NEXT))

    def page() -> None:
        answer = client.get(PAGE)
        assert answer.status_code == 200, answer.status_code

    for what, act in (("one need", need), ("the next one", next_need), ("one page", page)):
        found = modules_called(root, act)
        templates = sum(not name.endswith(".py") for name in found)
        print(f"{what}: {len(found) - templates} modules, {templates} templates")
        if "-v" in sys.argv or os.environ.get("VERBOSE"):
            print("  " + "\n  ".join(found))
    for package in ("matcher", "web"):
        files = list((root / package).rglob("*.py"))
        lines = sum(len(path.read_text(encoding="utf-8").splitlines()) for path in files)
        print(f"{package}: {len(files)} modules, {lines} lines")
    for folder in sorted(path for path in (root / "matcher").iterdir() if path.is_dir()):
        rooms = [path for path in folder.glob("*.py") if path.name != "__init__.py"]
        if rooms:
            print(f"  matcher/{folder.name}: {len(rooms)}")


if __name__ == "__main__":
    main()
