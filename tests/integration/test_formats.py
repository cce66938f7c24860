"""Workbooks and data frames through the client and the command line, against a running `nobrains serve`."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from nobrains_client import Client, DatasetRejected, ValidationFailed
from tests.emulators.bound import ROOT
from tests.unit.automl.io.formats.workbooks import xlsx

if TYPE_CHECKING:
    from tests.integration.conftest import Server

pytestmark = pytest.mark.integration

ROWS = [[number, number % 5 / 2, f"{number % 9:05d}", "yes" if number % 5 > 2 else "no"] for number in range(200)]
NAMES = ["n", "x", "zip", "bought"]


@pytest.fixture(scope="module")
def client(server: Server) -> Client:
    return server.client("formats")


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("book") / "shop.xlsx"
    path.write_bytes(xlsx({"Notes": [["a"], ["b"]], "2024": [["Our shop", None, None, None], NAMES, *ROWS]}))
    return path


def test_a_model_is_trained_on_the_sheet_of_a_workbook_that_was_chosen(
    client: Client, book: Path, tmp_path: Path
) -> None:
    first = client.wait_ready(client.upload(book))
    assert (first.source_format, first.sheet, first.sheets, first.rows) == ("xlsx", "Notes", ("Notes", "2024"), 1)
    dataset = client.wait_ready(client.patch_dataset(first, sheet="2024"))
    assert (dataset.sheet, dataset.rows, dataset.skip_rows) == ("2024", 200, 1)
    assert {column.name: column.type for column in dataset.columns}["zip"] == "category"
    job = client.train(dataset, "bought", 60, models=["linear"], wait=True)
    answer = client.predict(str(job.model_id), [{"n": 1, "x": 2.0, "zip": "00003"}])
    assert answer.predictions[0] in ("yes", "no")
    assert client.download_original(dataset, tmp_path / "again.xlsx").read_bytes() == book.read_bytes()
    csv = client.download_dataset(dataset, tmp_path / "table.csv")
    assert csv.read_text().splitlines()[:3] == ["Our shop,,,", "n,x,zip,bought", "0,0,00000,no"]


def test_a_frame_keeps_its_types(client: Client) -> None:
    frame = pd.DataFrame(ROWS, columns=NAMES).assign(day=pd.date_range("2024-01-01", periods=200))
    dataset = client.wait_ready(client.upload(frame, name="frame"))
    types = {column.name: column.type for column in dataset.columns}
    assert (dataset.source_format, dataset.rows) == ("parquet", 200)
    assert (types["zip"], types["day"], types["bought"]) == ("category", "date", "boolean")


def test_the_command_takes_a_sheet_and_names_the_others(server: Server, client: Client, book: Path) -> None:
    environ = {**os.environ, "NOBRAINS_URL": server.url, "NOBRAINS_TOKEN": str(client.token)}

    def upload(*options: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "nobrains", "upload", str(book), *options]
        return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=environ)

    done = upload("--sheet", "2024")
    assert done.returncode == 0, done.stderr
    assert "200 rows, 4 columns" in done.stdout
    assert "Notes" in done.stdout
    wrong = upload("--sheet", "2025")
    assert wrong.returncode == 1
    assert "'2025'" in wrong.stderr + wrong.stdout


def test_what_is_no_table_says_why(client: Client, tmp_path: Path) -> None:
    with pytest.raises(DatasetRejected, match="'tags' holds lists"):
        client.wait_ready(client.upload(b'{"tags": ["a"]}\n{"tags": []}\n', name="lists"))
    with pytest.raises(ValidationFailed, match="no sheets"):
        client.upload(b"a,b\n1,2\n", name="csv", sheet="A")
