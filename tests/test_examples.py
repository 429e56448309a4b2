"""The examples of the French guide run as they stand, from the folder of the project."""

import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from matcher.__main__ import main

ROOT = Path(__file__).resolve().parents[1]
PYTHON = "python -m matcher "
NAMED = {"plan", "groups", "gaps", "appels", "evaluate", "calibrate"}


def examples() -> list[list[str]]:
    """The commands of the fenced blocks, without what stands behind a `#`."""
    blocks = (ROOT / "README.fr.md").read_text(encoding="utf-8").split("```sh\n")[1:]
    lines = [line for block in blocks for line in block.split("```")[0].splitlines()]
    return [shlex.split(line.removeprefix(PYTHON), comments=True) for line in lines]


def test_each_command_of_a_cohort_has_an_example():
    assert {command for command, *_ in examples()} >= NAMED


@pytest.mark.parametrize("asked", examples(), ids=lambda asked: asked[0])
def test_an_example_of_the_guide_runs(
    asked: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "docs").symlink_to(ROOT / "docs")
    (tmp_path / "tests").symlink_to(ROOT / "tests")
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(main, asked)
    assert result.exit_code == 0, result.output
    if "--out" in asked:
        assert Path(asked[asked.index("--out") + 1]).stat().st_size
    else:
        assert result.output.strip()
