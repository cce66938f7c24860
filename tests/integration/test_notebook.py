"""The example notebook, run from its first cell to its last against a running service."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.emulators.bound import ROOT
from tests.integration.conftest import Server
from tests.waiting import PATIENCE_S

pytestmark = pytest.mark.integration

EXAMPLES = ROOT / "examples"


def test_the_quickstart_runs_and_shows_what_it_promises(server: Server, tmp_path: Path) -> None:
    # Imported, they make parsers of 38 grammars, which takes seconds: of every process that collects tests.
    import nbformat
    from nbclient import NotebookClient

    notebook = nbformat.read(EXAMPLES / "quickstart.ipynb", as_version=4)
    assert not any(cell.get("outputs") for cell in notebook.cells)  # kept clean: it is read as a recipe
    environ = {
        **os.environ,
        "NOBRAINS_URL": server.url,
        "NOBRAINS_TOKEN": "",
        "HOME": str(tmp_path),
        "IPYTHONDIR": str(tmp_path),
        "PYTHONPATH": str(ROOT),
    }
    runner = NotebookClient(
        notebook,
        timeout=PATIENCE_S,
        startup_timeout=PATIENCE_S,
        kernel_name="python3",
        resources={"metadata": {"path": str(EXAMPLES)}},
    )
    runner.execute(env=environ)  # raises CellExecutionError with the cell that failed
    shown = [
        output["data"].get("text/html", "")
        for cell in notebook.cells
        for output in cell.get("outputs", ())
        if "data" in output
    ]
    page = "".join(shown)
    for words in ("244 rows", "regression, by rmse", "succeeded", "Importance", "Leaderboard", "top contributions"):
        assert words in page, words
    assert "Uploading tips.csv" in page
    assert "<script" not in page
