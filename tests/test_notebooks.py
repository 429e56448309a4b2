"""The notebooks are living examples: each runs from any folder, and stored with what it shows."""

import ast
import json
import os
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import nbformat
import pytest
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
SECONDS_A_CELL = 400
"""A cell that takes longer hangs: none takes more than a few seconds."""

SMALLER = """\
from dataclasses import replace
from matcher.cohorts.batch import wording
from matcher.cohorts.evaluation import cases

def some_cases(path, read=cases.read_cases):
    return read(path)[::4]

def some_communes(text, territory, parse=wording.parse_cohort, replace=replace):
    whole = parse(text, territory)
    return replace(whole, members=whole.members[::8])

if cases.read_cases.__name__ != "some_cases":
    cases.read_cases, wording.parse_cohort = some_cases, some_communes
"""
"""One case in four and one commune in eight: whether the cells run does not hang on how many."""

MOST_BYTES = 1_000_000
"""A notebook and its pictures stay light enough for a review."""

each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def code_cells(notebook: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def python(cell: nbformat.NotebookNode) -> str:
    """The source without the lines that are IPython's and not Python's."""
    return "\n".join(line for line in cell.source.splitlines() if not line.startswith("%"))


def shows(cell: nbformat.NotebookNode) -> bool:
    """Whether a reader expects to see something: the cell ends with an expression, or a loop."""
    body = ast.parse(python(cell)).body
    return bool(body) and isinstance(body[-1], ast.Expr | ast.For)


def draws(cell: nbformat.NotebookNode) -> bool:
    """Whether the cell itself shows a picture (not through a function of the notebook)."""
    return any(
        isinstance(statement, ast.Expr) and ast.unparse(statement) == "plt.show()"
        for statement in ast.parse(python(cell)).body
    )


def pictures(cell: nbformat.NotebookNode) -> int:
    return sum("image/png" in output.get("data", {}) for output in cell.outputs)


def test_the_seven_notebooks_are_there_in_their_order() -> None:
    assert [path.stem for path in NOTEBOOKS] == [
        "1_donnees",
        "2_territoire",
        "3_besoins",
        "4_classement",
        "5_evaluation",
        "6_pack_departement",
        "7_tour_prefecture",
    ]


@each_notebook
def test_a_notebook_is_stored_with_what_its_cells_show(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert notebook.metadata.kernelspec.name == "python3"
    shown_by_each_cell(notebook)
    told = "".join(json.dumps(cell.outputs) for cell in code_cells(notebook))
    for place in ("/home/", "/root/", "/work/", "/tmp/"):
        assert place not in told, f"{place}: a folder of whoever ran it"
    assert path.stat().st_size < MOST_BYTES


@each_notebook
def test_a_notebook_says_in_words_what_its_code_shows(path: Path) -> None:
    first, *_ = notebook = nbformat.read(path, as_version=4).cells
    assert first.cell_type == "markdown" and first.source.startswith(f"# {path.stem[0]}. ")
    assert sum(cell.cell_type == "markdown" for cell in notebook) >= len(notebook) / 4


@each_notebook
def test_a_notebook_runs_from_any_folder_and_every_cell_shows_what_it_should(
    path: Path, tmp_path: Path, kernel: AsyncKernelManager
) -> None:
    notebook = nbformat.read(path, as_version=4)
    run(notebook, tmp_path, kernel)
    shown_by_each_cell(notebook)


@pytest.fixture(scope="module")
def kernel() -> Iterator[AsyncKernelManager]:
    """One process for all the notebooks: each takes seconds to read the libraries."""
    client = NotebookClient(nbformat.v4.new_notebook(), kernel_name="python3")
    manager = client.create_kernel_manager()
    with patch.dict(os.environ, PYTHONPATH=str(ROOT)):  # this code, wherever the kernel stands
        client.start_new_kernel()
    yield manager
    client._cleanup_kernel()


def run(notebook: nbformat.NotebookNode, folder: Path, kernel: AsyncKernelManager) -> None:
    """Run the cells in a folder, on smaller cohorts; no name is left of what ran before."""
    alone = nbformat.v4.new_code_cell(f"{SMALLER}\n%reset -f\n%cd -q {folder}")
    notebook.cells.insert(0, alone)
    NotebookClient(notebook, km=kernel, timeout=SECONDS_A_CELL).execute(cleanup_kc=False)
    notebook.cells.remove(alone)


def shown_by_each_cell(notebook: nbformat.NotebookNode) -> None:
    """Hold that each cell that shows something did, and complained of nothing."""
    for cell in code_cells(notebook):
        assert not [o for o in cell.outputs if o.get("name") == "stderr"], cell.source
        if shows(cell):
            assert cell.outputs, f"rien ne s’affiche : {cell.source}"
        if draws(cell):
            assert pictures(cell), f"aucune image : {cell.source}"
    assert any(pictures(cell) for cell in code_cells(notebook)), "le carnet n’a aucune image"
