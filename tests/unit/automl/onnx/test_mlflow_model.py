"""Model directories for MLflow, loaded where the engine is not."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

from automl.inference.model import Model
from automl.onnx.export import export
from automl.onnx.mlflow_model import LOADER, write_mlflow_model
from tests.unit.automl.small_models import TASKS, small_model, table

ALLOWED = {"__future__", "collections", "dataclasses", "datetime", "functools", "json", "math", "re", "typing",
           "unicodedata", "numpy", "onnxruntime", "pandas", "nobrains_parsing"}  # fmt: skip


def summary_of(model: Model, **more: Any) -> dict[str, Any]:
    classes = [str(label) for label in model.labels]
    return {"task": model.task, "target": "y", "classes": classes, "features": model.features_, **more}


def unpacked(model: Model, folder: Path, **more: Any) -> Path:
    """The model's directory, made of its ZIP file."""
    export(model, folder / "model.onnx")
    write_mlflow_model(folder / "model.onnx", summary_of(model, **more), folder / "model.zip")
    with zipfile.ZipFile(folder / "model.zip") as archive:
        archive.extractall(folder / "model")
    return folder / "model"


LOAD = """
import json, sys
sys.path.insert(0, "code")
import pandas as pd, yaml
flavor = yaml.safe_load(open("MLmodel"))["flavors"]["python_function"]
model = __import__(flavor["loader_module"])._load_pyfunc(flavor["data"])
frame = pd.read_json("../rows.json", orient="split", dtype=False, convert_dates=False)
params = {"probabilities": True} if sys.argv[1:] else None
answer = model.predict(frame, params=params)
assert not any(name.partition(".")[0] in ("automl", "sklearn", "lightgbm", "vocabulary") for name in sys.modules)
print(json.dumps([list(getattr(answer, "columns", [])), answer.to_numpy().tolist() if params else answer.tolist()]))
"""


def loaded_elsewhere(folder: Path, rows: pd.DataFrame, *arguments: str) -> Any:
    (folder.parent / "rows.json").write_text(rows.to_json(orient="split"))
    command = [sys.executable, "-c", LOAD, *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("task", TASKS)
def test_it_answers_without_the_engine(task: str, tmp_path: Path) -> None:
    model = small_model("lightgbm", task)
    rows = table().head(40).drop(columns=["wide", "grade"])  # with missing cells, and without two columns
    folder = unpacked(model, tmp_path)
    _, answer = loaded_elsewhere(folder, rows)
    cells = {name: [None if pd.isna(cell) else cell for cell in rows[name]] for name in rows}
    if task == "regression":
        np.testing.assert_allclose(answer, model.predict(cells), rtol=1e-6)
        return
    assert answer == [str(label) for label in model.predict(cells)]
    columns, probabilities = loaded_elsewhere(folder, rows, "probabilities")
    assert columns == [str(label) for label in model.labels]
    np.testing.assert_allclose(probabilities, model.predict_proba(cells), atol=1e-6)


def test_its_signature_takes_what_the_service_takes(tmp_path: Path) -> None:
    described = yaml.safe_load((unpacked(small_model("linear", "binary"), tmp_path) / "MLmodel").read_text())
    columns = json.loads(described["signature"]["inputs"])
    assert {each["name"] for each in columns} == set(table().columns)
    assert {each["type"] for each in columns} == {"any"}
    required = {each["name"] for each in columns if each["required"]}
    assert required == {each["name"] for each in small_model("linear", "binary").features_ if each["required"]}
    [flag] = json.loads(described["signature"]["params"])
    assert (flag["name"], flag["type"], flag["default"]) == ("probabilities", "boolean", False)
    assert described["flavors"]["python_function"]["loader_module"] == LOADER


def test_a_regression_has_no_probabilities_to_ask_for(tmp_path: Path) -> None:
    described = yaml.safe_load((unpacked(small_model("linear", "regression"), tmp_path) / "MLmodel").read_text())
    assert described["signature"].keys() == {"inputs", "outputs"}


@pytest.mark.parametrize("name", ["é\n", "a: b", "'\"", "\x7f", "\x85", "😀", "\\ud83d", "- x", "#", "null", "1e3"])
def test_hostile_names_are_written_as_they_are(name: str, tmp_path: Path) -> None:
    features = [{"name": name, "required": True}]
    (tmp_path / "model.onnx").write_bytes(b"graph")
    summary = {"task": "binary", "target": name, "classes": [name], "features": features}
    write_mlflow_model(tmp_path / "model.onnx", summary, tmp_path / "model.zip")
    with zipfile.ZipFile(tmp_path / "model.zip") as archive:
        described = yaml.safe_load(archive.read("MLmodel"))
    assert described["metadata"] == {"task": "binary", "target": name, "classes": [name]}
    assert [each["name"] for each in json.loads(described["signature"]["inputs"])] == [name]


def test_the_same_model_gives_the_same_bytes(tmp_path: Path) -> None:
    (tmp_path / "model.onnx").write_bytes(b"graph")
    summary = summary_of(small_model("linear", "binary"))
    files = [tmp_path / "1.zip", tmp_path / "2.zip"]
    for file in files:
        write_mlflow_model(tmp_path / "model.onnx", summary, file)
    assert files[0].read_bytes() == files[1].read_bytes()


def test_it_holds_what_mlflow_wants_and_no_pickle(tmp_path: Path) -> None:
    folder = unpacked(small_model("linear", "binary"), tmp_path)
    files = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert files >= {"MLmodel", "model.onnx", f"code/{LOADER}.py", "requirements.txt", "python_env.yaml"}
    for file in (folder / "code").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            names = [each.name for each in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert {name.partition(".")[0] for name in names} <= ALLOWED, file
