"""Write docs/measures.md: each figure by the command that measures it, with its output as it is.

Usage: `python tests/bench/page.py` runs the quick commands (minutes); `--long` those of the benches
too (an hour on two cores). A section that is not run keeps what it says, with its date.
"""

from __future__ import annotations

import os
import platform
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "measures.md"
NOT_RUN = "Not measured since this page is made by its commands.\n"
INTRODUCTION = """# Measures

Written by `make measures` (`tests/bench/page.py`), never by hand: under each title the command, the
day, what it printed. The cases of `tests/cases/` were used to decide, so their figures are
floors that tests hold, not a promise; what was not used to decide is said beside each.
"""


@dataclass(frozen=True)
class Section:
    """A title, what to know to read the figures, and the command that prints them."""

    title: str
    note: str
    command: str
    long: bool = False


SECTIONS: Sequence[Section] = (
    Section(
        "Ranking: 49 documented accompaniments",
        "Weights and the first words of the subjects were tuned on them. One documented structure "
        "counts as right although others may serve as well.",
        "python -m matcher evaluate tests/cases/accompagnements.csv",
    ),
    Section(
        "Ranking: 103 veiled rewordings",
        "Worded by somebody who did not know the vocabulary; never read to add words, used to "
        "compare choices.",
        "python -m matcher evaluate tests/cases/besoins_reformules.csv",
    ),
    Section(
        "Reading: titles and sentences",
        "Read to add words.",
        "python -m matcher evaluate-reading tests/cases/needs.csv",
    ),
    Section(
        "Relevance: 30 needs graded by judges",
        "Development set: read to decide on the policy.",
        "python -m matcher evaluate-pertinence tests/cases/pertinence",
    ),
    Section(
        "What we know of each territory",
        "The basic doors, over all départements.",
        "python -m matcher portes",
    ),
    Section(
        "Places: silent wrong answers",
        "None may be: a test holds it.",
        "python -m matcher evaluate-places",
    ),
    Section(
        "The house: modules on the way of a need and of a page",
        "In `matcher` and `web`; templates apart.",
        "python tests/bench/way.py",
    ),
    Section(
        "Ranking: the engine beside the plain scorer",
        "Ratios in one run.",
        "python tests/bench/ranking.py",
        long=True,
    ),
    Section(
        "A plan that counts with refusals",
        "Documented needs given in turn to the communes of a département, two places a structure; "
        "answers are drawn, the same for all plans.",
        "python tests/bench/plans.py departement:48 2 200",
        long=True,
    ),
    Section("A batch", "", "python tests/bench/batch.py", long=True),
    Section("A pack", "", "python tests/bench/packs.py", long=True),
    Section(
        "The site under load",
        "Beside a former commit, both asked the same pages in turn.",
        "python tests/bench/site.py --beside 6f76928",
        long=True,
    ),
    Section(
        "At 10,000 and 100,000 structures",
        "Synthetic structures (`tests/synthetic.py`).",
        "python tests/bench/scale.py",
        long=True,
    ),
)


def main() -> None:
    kept = sections_of(PAGE.read_text(encoding="utf-8")) if PAGE.exists() else {}
    named = [word for word in sys.argv[1:] if not word.startswith("-")]
    pages = [INTRODUCTION]
    for section in SECTIONS:
        wanted = section.title in named if named else "--long" in sys.argv or not section.long
        body = run(section) if wanted else kept.get(section.title, NOT_RUN)
        head = f"## {section.title}\n\n{section.note}\n\n`{section.command}`\n\n"
        pages.append(head.replace("\n\n\n", "\n") + body)
    PAGE.write_text("\n".join(pages), encoding="utf-8")


def run(section: Section) -> str:
    """What a command prints, dated; it may not fail."""
    words = section.command.split()
    done = subprocess.run(
        [sys.executable, *words[1:]],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": "tests"},
    )
    machine = f"{os.cpu_count()} cores, Python {platform.python_version()}"
    output = re.sub(r"[ \t]+$", "", done.stdout, flags=re.M).strip("\n")
    return f"{date.today().isoformat()}, {machine}:\n\n```text\n{output}\n```\n"


def sections_of(page: str) -> dict[str, str]:
    """What each section of a page says below its command."""
    found = {}
    for part in re.split(r"^## ", page, flags=re.M)[1:]:
        title, _, text = part.partition("\n")
        body = re.split(r"^`python [^\n]*`\n\n", text, maxsplit=1, flags=re.M)[-1]
        found[title] = body.strip("\n") + "\n"
    return found


if __name__ == "__main__":
    main()
