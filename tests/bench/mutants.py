"""Faults made on purpose, a random sample of them: how many do the tests of their floor not see?

    python -m venv /tmp/faults && /tmp/faults/bin/pip install cosmic-ray
    git clone -q . /tmp/tree && cd /tmp/tree          # the files are changed in place: never here
    nice -n 15 /tmp/faults/bin/python tests/bench/mutants.py ranking --python PATH/.venv/bin/python

Each fault runs the test files of its group, the quickest that hold its policy first, until one
fails, in a fork of a process that has read the libraries: reading them takes longer than most
tests. What no test sees is printed as a difference; the share, with Wilson's interval at 95 %.
"""

from __future__ import annotations

import argparse
import ast
import difflib
import importlib
import math
import os
import random
import signal
import subprocess
import sys
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cosmic_ray.work_item import MutationSpec

GROUPS = {
    "ranking": (
        "matcher/ranking/*.py",
        "quality/test_quality_policy test_team test_candidates test_whynot test_wording"
        " test_explain test_inspiration test_matcher test_status test_policy test_criteria"
        " test_engine",
    ),
    "reading": (
        "matcher/reading/*.py",
        "test_reading_parts test_needs test_reading_phrases test_lexicon test_reading_quality"
        " test_knowledge quality/test_quality_slips test_learned_reader test_reading_names"
        " test_named",
    ),
    "access": (
        "web/access.py",
        "test_access::test_what_may_be_read_is_what_a_search_finds"
        " test_access::test_the_policy_names_only_endpoints_that_are_there"
        " test_access::test_each_role_gets_to_its_pages_and_to_no_other"
        " test_access::test_no_change_without_the_token_of_its_form"
        " test_access::test_the_api_takes_what_brings_no_token"
        " test_access::test_the_forms_of_the_library_look_at_their_token_themselves"
        " test_access::test_what_is_sent_without_a_session_is_kept_for_who_signs_in"
        " test_access::test_an_address_that_no_base_can_hold_is_unknown_to_anybody"
        " test_access::test_one_works_for_a_colleague_from_the_first_hour_to_the_last"
        " test_access::test_a_session_lasts_a_day_of_work_from_its_last_gesture",
    ),
    "states": ("web/casework/states.py", "test_states test_dossiers test_introductions"),
    "retention": ("web/casework/persons/retention.py", "test_retention"),
}
"""The modules of each group, and the files of tests that hold what it promises."""
TIMEOUT = 900
"""Seconds after which a run is taken for endless: ten times the slowest, on a busy machine."""


OURS = ("matcher", "web", "maillage", "tests", "casework", "postgresql", "sockets", "__main__")
"""Modules that each run reads anew: the fault may be in them."""
SERVE = "--forks"


def main() -> None:
    """Draw, run, count."""
    from cosmic_ray.commands.init import _all_work_items as all_faults

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("group", choices=GROUPS)
    parser.add_argument("--python", default="python", help="that has what the tests need")
    parser.add_argument("--number", type=int, default=25)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    pattern, tests = GROUPS[args.group]
    faults = [
        fault
        for item in all_faults(sorted(Path().glob(pattern)), {})
        for fault in item.mutations
        if not _is_note(fault)
    ]
    drawn = random.Random(args.seed).sample(faults, min(args.number, len(faults)))
    files = [
        f"tests/{file}.py{of}{one}" for file, of, one in (t.partition("::") for t in tests.split())
    ]
    runs = Runs(args.python, files)
    assert runs.pass_(), f"these tests fail without a fault: {files}"
    unseen = [fault for fault in drawn if _is_unseen(fault, runs)]
    low, high = wilson(len(unseen), len(drawn))
    print(f"{args.group}: {len(unseen)} of {len(drawn)} not seen", end=" ")
    print(f"[{low:.0%}, {high:.0%}], of {len(faults)}")


def _is_unseen(fault: MutationSpec, runs: Runs) -> bool:
    """Run the tests with a fault, which is printed when they all pass."""
    from cosmic_ray.mutating import mutate_code
    from cosmic_ray.plugins import get_operator

    path, text = fault.module_path, fault.module_path.read_text(encoding="utf-8")
    operator = get_operator(fault.operator_name)(**(fault.operator_args or {}))
    faulty = mutate_code(text, operator, fault.occurrence) or text
    path.write_text(faulty, encoding="utf-8")
    try:
        unseen = runs.pass_()
    finally:
        path.write_text(text, encoding="utf-8")
    said = f"{path}:{fault.start_pos[0]} {fault.operator_name}"
    print("not seen" if unseen else "seen", said, flush=True)
    if unseen:
        change = difflib.unified_diff(text.splitlines(), faulty.splitlines(), lineterm="", n=2)
        print("\n".join(change), flush=True)
    return unseen


class Runs:
    """A process that has read the libraries, and forks for each run of the tests."""

    def __init__(self, python: str, files: list[str]) -> None:
        self._process = subprocess.Popen(
            [python, __file__, SERVE, *files],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            # No module compiled from a fault is kept for the next run.
            env=os.environ | {"PYTHONPATH": ".:tests", "PYTHONDONTWRITEBYTECODE": "1"},
        )

    def pass_(self) -> bool:
        """Whether the tests pass with the modules as they now are."""
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return self._process.stdout.readline().strip() == "0"


def serve(files: list[str]) -> None:
    """Run the tests in a fork each time that a line comes; tell the code of each."""
    import pytest

    for name in _libraries():
        with suppress(ImportError):  # a name that stands for no module of its own
            importlib.import_module(name)
    for _ in sys.stdin:
        if (child := os.fork()) == 0:
            os.setsid()
            signal.alarm(TIMEOUT)
            for channel in (1, 2):
                os.dup2(os.open(os.devnull, os.O_WRONLY), channel)
            os._exit(pytest.main(["-x", "-q", "-p", "no:xdist", "-p", "no:cacheprovider", *files]))
        _, status = os.waitpid(child, 0)
        subprocess.run(["pkill", "-s", str(child)])  # what its tests left running
        print(os.waitstatus_to_exitcode(status), flush=True)


def _libraries() -> list[str]:
    """What the site and its tests import, but for our own modules: asked of another process."""
    asked = "import sys, web, casework, hypothesis; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", asked], stdout=subprocess.PIPE, text=True)
    return [name for name in done.stdout.split() if name.partition(".")[0] not in OURS]


def _is_note(fault: MutationSpec) -> bool:
    """Whether it stands in the type of something: nobody runs it."""
    return any(
        start <= fault.start_pos and fault.end_pos <= end
        for start, end in _notes(fault.module_path)
    )


@cache
def _notes(module: Path) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """Where the types of a module stand."""
    return [
        ((note.lineno, note.col_offset), (note.end_lineno or 0, note.end_col_offset or 0))
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8")))
        for note in (getattr(node, "annotation", None), getattr(node, "returns", None))
        if isinstance(note, ast.expr)
    ]


def wilson(found: int, total: int, z: float = 1.96) -> tuple[float, float]:
    """Interval of a share at 95 %."""
    share = found / total
    middle = share + z * z / (2 * total)
    half = z * math.sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    return (middle - half) / (1 + z * z / total), (middle + half) / (1 + z * z / total)


if __name__ == "__main__":
    serve(sys.argv[2:]) if sys.argv[1:2] == [SERVE] else main()
