"""Files of the usual converters are served, and answer as the estimators did that they were made of."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from automl import explain
from automl.errors import DataError, SpecError
from automl.inference.predict_csv import predict_csv
from automl.onnx.uploaded.check import check_file
from automl.onnx.uploaded.load import load_uploaded
from automl.onnx.uploaded.model import UploadedModel
from automl.onnx.uploaded.options import UploadOptions
from tests.unit.automl.onnx.uploaded import make_golden
from tests.unit.automl.onnx.uploaded.make_golden import GOLDEN, N_COLUMNS

EXPECTED = json.loads((GOLDEN / "expected.json").read_text())
NAMES = sorted(EXPECTED["models"])
COLUMNS = tuple(f"f{i}" for i in range(N_COLUMNS))
MIXED = "sklearn_mixed"
PINNED = ("scikit-learn", "lightgbm", "xgboost-cpu", "onnx", "onnxruntime", "pandas", "numpy")


def rows_of(name: str, kept: dict[str, Any] = EXPECTED) -> dict[str, list[Any]]:
    if records := kept["models"][name].get("records"):
        return {column: [record[column] for record in records] for column in records[0]}
    return {column: [row[i] for row in kept["rows"]] for i, column in enumerate(COLUMNS)}


def served(name: str, background: bool = False, folder: Path = GOLDEN) -> UploadedModel:
    content = (folder / f"{name}.onnx").read_bytes()
    said = UploadOptions(target="answer", inputs=() if name == MIXED else COLUMNS)
    summary = check_file(content, said, rows_of(name) if background else None)
    return load_uploaded(content, json.loads(json.dumps(summary)))


@pytest.mark.parametrize("name", NAMES)
def test_it_answers_as_the_estimator_did(name: str) -> None:
    check_answers(name, EXPECTED, GOLDEN)


@pytest.mark.long
def test_files_that_the_converters_write_now_answer_so_too(tmp_path: Path) -> None:
    """In an environment of their own: they are in no lock file."""
    python = tmp_path / "env" / "bin" / "python"
    packages = ["skl2onnx", "onnxmltools", *(f"{name}=={version(name)}" for name in PINNED)]
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "env"], check=True)
    subprocess.run([python, "-m", "pip", "install", "--quiet", *packages], check=True)
    subprocess.run([python, make_golden.__file__, tmp_path / "made"], check=True)
    made = json.loads((tmp_path / "made" / "expected.json").read_text())
    assert sorted(made["models"]) == NAMES
    for name in NAMES:
        check_answers(name, made, tmp_path / "made")


def check_answers(name: str, kept: dict[str, Any], folder: Path) -> None:
    model, expected = served(name, folder=folder), kept["models"][name]
    raw, flagged = model.predict_raw_checked(rows_of(name, kept))
    assert flagged == []
    if "classes" not in expected:
        assert model.task == "regression"
        np.testing.assert_allclose(raw, expected["predictions"], rtol=1e-4)
        return
    assert model.classes_.tolist() == [int(each) if isinstance(each, bool) else each for each in expected["classes"]]
    np.testing.assert_allclose(raw, expected["probabilities"], atol=1e-5)
    assert model.to_prediction(raw).tolist() == expected["predictions"]


@pytest.mark.parametrize("name", NAMES)
def test_nothing_needs_to_be_said_but_names(name: str) -> None:
    warnings = served(name).summary["warnings"]
    assert [each for each in warnings if "task" not in each] == []


@pytest.mark.parametrize("name", [MIXED, "lightgbm_binary", "xgboost_regression"])
def test_contributions_sum_to_the_prediction(name: str) -> None:
    model, rows = served(name, background=True), rows_of(name)
    raw = model.predict_raw(rows)
    explanations = explain(model, rows)
    for each, values in zip(explanations, raw, strict=True):
        assert set(each.contributions) == set(rows)
        assert each.base + sum(each.contributions.values()) == pytest.approx(each.value, abs=1e-4)
        assert each.value == pytest.approx(float(np.max(values)), abs=1e-6)
    assert any(abs(value) > 0 for each in explanations for value in each.contributions.values())


def test_without_background_rows_there_is_no_explanation() -> None:
    with pytest.raises(SpecError) as caught:
        explain(served("sklearn_linear"), rows_of("sklearn_linear"))
    assert caught.value.reason == "NO_BACKGROUND"


def test_csv_cells_answer_as_numbers_do() -> None:
    model, rows = served(MIXED), rows_of(MIXED)
    as_text = {column: [str(cell) for cell in cells] for column, cells in rows.items()}
    np.testing.assert_allclose(model.predict_raw(as_text), model.predict_raw(rows), atol=1e-6)
    table = "\n".join([",".join(rows), *(",".join(map(str, cells)) for cells in zip(*rows.values(), strict=True))])
    lines = b"".join(predict_csv(model, [table.encode()])).decode().splitlines()
    predicted = [line.split(",")[3] for line in lines[1:]]
    assert predicted == EXPECTED["models"][MIXED]["predictions"]


def test_a_cell_that_is_no_number_is_told_and_counts_as_missing() -> None:
    model = served("lightgbm_binary")  # its trees have a way for what is missing
    rows = rows_of("lightgbm_binary") | {"f0": ["old", None, *rows_of("lightgbm_binary")["f0"][2:]]}
    raw, flagged = model.predict_raw_checked(rows)
    assert np.isfinite(raw).all()
    assert [(each.feature["name"], each.reason, each.rows.tolist()) for each in flagged] == [
        ("f0", "UNREADABLE_VALUE", [0])
    ]


def test_an_answer_of_nan_is_an_error_that_names_the_row() -> None:
    rows = rows_of("sklearn_linear") | {"f1": [1.0, None, *rows_of("sklearn_linear")["f1"][2:]]}
    with pytest.raises(DataError, match="row 1") as caught:
        served("sklearn_linear").predict_raw(rows)
    assert caught.value.reason == "MODEL_ANSWER_INVALID"


def test_more_rows_than_a_block_answer_as_each_alone() -> None:
    model, rows = served("xgboost_multiclass"), rows_of("xgboost_multiclass")
    many = {column: cells * 100 for column, cells in rows.items()}
    np.testing.assert_allclose(model.predict_raw(many)[-12:], model.predict_raw(rows), atol=1e-6)


def test_no_rows_have_no_predictions() -> None:
    assert served("sklearn_linear").predict_raw({column: [] for column in COLUMNS}).shape == (0,)


def test_the_files_are_small() -> None:
    assert sum(path.stat().st_size for path in Path(GOLDEN).iterdir()) < 200_000
