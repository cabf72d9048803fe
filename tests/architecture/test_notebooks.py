"""Notebooks run from the top, quickly, and are kept without what they printed."""

import json
import os
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

FOLDER = Path(__file__).parents[2] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))


def cells(path: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return found


def test_there_is_a_notebook_to_begin_with() -> None:
    assert "first_run.ipynb" in [path.name for path in NOTEBOOKS]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_kept_without_outputs(path: Path) -> None:
    """What was printed belongs to a run, not to the question; and it makes diffs unreadable."""
    for cell in cells(path):
        if cell["cell_type"] == "code":
            assert cell["outputs"] == []
            assert cell["execution_count"] is None
        assert cell["metadata"] == {}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_explains_itself_and_leaves_the_work_to_sim(path: Path) -> None:
    """Questions, not code: it opens in words, imports sim, and no cell is a program."""
    first, *_ = cells(path)
    code = ["".join(cell["source"]) for cell in cells(path) if cell["cell_type"] == "code"]

    assert first["cell_type"] == "markdown"
    assert "import sim" in code[0]
    assert max(len(text.splitlines()) for text in code) <= 20


@pytest.mark.slow
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_from_the_top(path: Path) -> None:
    """As somebody runs it who opens it where it lies; each last expression shows something."""
    notebook = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call] # it has no types
    client = NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(FOLDER)}})

    # Figures are drawn as in a notebook; the tests' own backend would leave them undrawn.
    done = client.execute(env=os.environ | {"MPLBACKEND": "inline"})

    shown = [output for cell in done.cells for output in cell.get("outputs", [])]
    assert len(shown) >= 5
    assert not [output for output in shown if output.output_type in ("error", "stream")]
