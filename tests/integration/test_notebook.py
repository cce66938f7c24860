"""The example notebooks, run from their first cell to their last against a running service."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from tests.emulators.bound import ROOT
from tests.integration.conftest import Server
from tests.waiting import PATIENCE_S

pytestmark = pytest.mark.integration

EXAMPLES = ROOT / "examples"
PLOT = "application/vnd.plotly.v1+json"


def run_through(name: str, server: Server, home: Path) -> list[dict[str, Any]]:
    """Everything that the cells of a notebook show, by MIME type; a cell that fails ends the test with its error."""
    # Imported, they make parsers of 38 grammars, which takes seconds: of every process that collects tests.
    import nbformat
    from nbclient import NotebookClient

    notebook = nbformat.read(EXAMPLES / name, as_version=4)
    assert not any(cell.get("outputs") for cell in notebook.cells)  # kept clean: it is read as a recipe
    environ = {
        **os.environ,
        "NOBRAINS_URL": server.url,
        "NOBRAINS_TOKEN": "",
        "HOME": str(home),
        "IPYTHONDIR": str(home),
        "PYTHONPATH": str(ROOT),
    }
    runner = NotebookClient(
        notebook,
        timeout=PATIENCE_S,
        startup_timeout=PATIENCE_S,
        kernel_name="python3",
        resources={"metadata": {"path": str(EXAMPLES)}},
    )
    runner.execute(env=environ)
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    return [output.get("data", {"text/plain": output.get("text", "")}) for output in outputs]


def test_the_quickstart_runs_and_shows_what_it_promises(server: Server, tmp_path: Path) -> None:
    page = "".join(shown.get("text/html", "") for shown in run_through("quickstart.ipynb", server, tmp_path))
    for words in ("244 rows", "regression, by rmse", "succeeded", "Importance", "Leaderboard", "top contributions"):
        assert words in page, words
    assert "Uploading tips.csv" in page
    assert "<script" not in page


def test_operating_goes_the_whole_circle_from_a_model_to_its_rollback(server: Server, tmp_path: Path) -> None:
    shown = run_through("operate.ipynb", server, tmp_path)
    said = "".join(each.get("text/plain", "") + each.get("text/html", "") for each in shown)
    for words in (
        "version 1 answered; 600 truths are known", "'realised'", "at 03:00 on Monday", "Keep desserts good",
        "better, by", "promoted alias.set champion 1 -> 2", "To show that it is one call",
    ):  # fmt: skip
        assert words in said, words
    titles = [each[PLOT]["layout"]["title"]["text"] for each in shown if PLOT in each]
    assert titles == ["auc", "Drift by column", "auc on new rows", "Right answers on the guests of tomorrow"]
