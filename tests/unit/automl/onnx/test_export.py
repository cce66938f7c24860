"""ONNX files of models of every family, run under onnxruntime."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest

from automl import models
from automl.__main__ import main
from automl.errors import SpecError
from automl.inference.bundle import load, save
from automl.inference.model import Member, Model
from automl.models import FAMILIES
from automl.models.linear.linear import Linear
from automl.onnx.ensemble import build
from automl.onnx.export import TOLERANCE, best_exportable, compare, export
from automl.onnx.registry import get_converter
from tests.unit.automl.small_models import TASKS, blend, small_model

SLOW_TO_FIT = {"neural", "text"}


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("family", sorted(FAMILIES.keys() - SLOW_TO_FIT))
def test_each_family_answers_the_same(family: str, task: str, tmp_path: Path) -> None:
    parity = export(small_model(family, task), tmp_path / "model.onnx")
    assert parity.rows == 64
    assert parity.largest_difference < TOLERANCE / 10


@pytest.mark.parametrize("family", ["lightgbm", "catboost", "xgboost"])
def test_boosters_with_made_columns_do_too(family: str, tmp_path: Path) -> None:
    parity = export(small_model(family, "multiclass", crosses=True), tmp_path / "model.onnx")
    assert parity.largest_difference < TOLERANCE / 10


def test_a_network_does_too(tmp_path: Path) -> None:
    # Fitted networks take TensorFlow and seconds: here is one that was kept.
    model = load(Path(__file__).parents[1] / "golden" / "neural.nb")
    assert export(model, tmp_path / "model.onnx").largest_difference < TOLERANCE / 10


@pytest.mark.parametrize("task", TASKS)
def test_an_ensemble_is_blended(task: str, tmp_path: Path) -> None:
    ensemble = blend(*(small_model(family, task) for family in ("lightgbm", "linear", "kernel")))
    assert export(ensemble, tmp_path / "model.onnx").largest_difference < TOLERANCE / 10


def test_logarithms_of_targets_are_turned_back(tmp_path: Path) -> None:
    model = small_model("linear", "regression")
    scale = replace(model.scale, kind="log1p", mean=2.0, deviation=0.5, low=-2.0, high=2.0)
    assert export(replace(model, scale=scale), tmp_path / "model.onnx").largest_difference < TOLERANCE / 10


def test_it_runs_without_the_engine(tmp_path: Path) -> None:
    model = small_model("lightgbm", "binary")
    export(model, tmp_path / "model.onnx")
    script = """
import json, sys
import numpy as np, onnxruntime
session = onnxruntime.InferenceSession("model.onnx")
metadata = json.loads(session.get_modelmeta().custom_metadata_map["inputs"])
empty = {"float": np.float32("nan"), "double": np.nan, "string": ""}
types = {"float": np.float32, "double": np.float64, "string": object}
row = {"x": 1.5, "colour": "red", "member": "yes", "grade": "5-10"}
feed = {i["input"]: np.array([[row.get(i["column"], empty[i["type"]])]], dtype=types[i["type"]]) for i in metadata}
label, probabilities = session.run(["label", "probabilities"], feed)
assert not any(name.partition(".")[0] in ("automl", "pandas", "sklearn", "lightgbm") for name in sys.modules)
print(json.dumps([label[0], probabilities[0].tolist()]))
"""
    metadata = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True
    ).stdout
    label, probabilities = json.loads(metadata)
    rows = {"x": [1.5], "colour": ["red"], "member": ["yes"], "grade": ["5-10"]}
    assert label == model.predict(rows)[0]
    np.testing.assert_allclose(probabilities, model.predict_proba(rows)[0], atol=1e-6)


def test_the_file_says_what_it_is_and_how_far_to_trust_it(tmp_path: Path) -> None:
    export(small_model("linear", "binary"), tmp_path / "model.onnx")
    metadata = {each.key: each.value for each in onnx.load(tmp_path / "model.onnx").metadata_props}
    assert metadata["parity_rows"] == "64"
    assert float(metadata["parity_largest_difference"]) < TOLERANCE
    assert json.loads(metadata["labels"]) == ["class 0", "class 1"]
    inputs = {each["column"]: each["type"] for each in json.loads(metadata["inputs"])}
    assert inputs == {
        "x": "float", "wide": "float", "colour": "string", "grade": "string", "town": "string", "member": "string",
        "when": "double",
    }  # fmt: skip


def test_unseen_and_missing_cells_are_answered_alike(tmp_path: Path) -> None:
    model = small_model("lightgbm", "multiclass")
    strange = {"x": [None, 3e38, 0.0], "colour": ["purple", None, "red"], "town": ["t1", "", "nowhere"]}
    rows = {column: strange.get(column, [None] * 3) for column in model.sample}
    parity = export(replace(model, sample=rows), tmp_path / "model.onnx")
    assert parity.largest_difference < TOLERANCE


def test_hostile_column_names_are_no_trouble(tmp_path: Path) -> None:
    model = small_model("linear", "binary")
    names = dict(zip(model.sample, ["", "/n0.0", "label", "probabilities", "a b", "é\n", "'"], strict=True))
    steps = tuple(replace(step, column=names[step.column]) for step in model.preprocessor.transformers)  # type: ignore[type-var]
    schema = tuple({**each, "name": names[each["name"]]} for each in model.preprocessor.input_schema)
    plan = replace(model.preprocessor, transformers=steps, input_schema=schema)
    sample = {names[column]: cells for column, cells in model.sample.items()}
    export(replace(model, preprocessor=plan, sample=sample), tmp_path / "model.onnx")


def test_text_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="'remark'") as caught:
        export(small_model("linear", "binary", with_text=True), tmp_path / "model.onnx")
    assert caught.value.reason == "ONNX_CANNOT_EXPRESS"
    assert not (tmp_path / "model.onnx").exists()


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_has_its_converter(family: str) -> None:
    assert callable(get_converter(family))


class Strange(Linear):
    """A family that no graph can express."""

    name = "strange"
    onnx_converter = None


@pytest.fixture
def partly_strange(monkeypatch: pytest.MonkeyPatch) -> Model:
    """A linear model in an ensemble with one of a family that no graph can express."""
    monkeypatch.setitem(models.FAMILIES, Strange.name, "")
    monkeypatch.setitem(models._loaded, Strange.name, Strange())
    model = small_model("linear", "binary")
    [member] = model.members
    other = Member("strange-1", "strange", 0.5, member.models)
    return replace(model, members=(other, replace(member, weight=0.5)))


def test_the_best_single_model_is_offered_instead(partly_strange: Model, tmp_path: Path) -> None:
    model = partly_strange
    with pytest.raises(SpecError, match="linear-1") as caught:
        export(model, tmp_path / "model.onnx")
    assert "family strange, used by strange-1" in caught.value.detail
    assert best_exportable(model) == "linear-1"
    export(model, tmp_path / "model.onnx", "linear-1")


def test_a_member_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="linear-1") as caught:
        export(small_model("linear", "binary"), tmp_path / "model.onnx", "linear-9")
    assert caught.value.reason == "UNKNOWN_MEMBER"


def test_a_file_that_answers_otherwise_is_not_written(tmp_path: Path) -> None:
    model = small_model("linear", "binary")
    [member] = model.members

    class Liar(type(member.models[0])):  # type: ignore[misc]
        def predict(self, table: object) -> np.ndarray:
            return np.full((len(table), 2), 0.5)  # type: ignore[arg-type]

    liar = Liar.__new__(Liar)
    liar.__dict__.update(vars(member.models[0]))
    with pytest.raises(SpecError, match="64 rows") as caught:
        export(replace(model, members=(replace(member, models=(liar,)),)), tmp_path / "model.onnx")
    assert caught.value.reason == "ONNX_DIFFERS"
    assert not (tmp_path / "model.onnx").exists()


def test_on_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save(small_model("linear", "binary"), tmp_path / "model.nb")
    assert main(["export", str(tmp_path / "model.nb"), str(tmp_path / "model.onnx")]) == 0
    assert "On 64 rows" in capsys.readouterr().err
    onnx.checker.check_model(onnx.load(tmp_path / "model.onnx"))
    assert main(["export", str(tmp_path / "model.nb"), str(tmp_path / "model.onnx"), "--model", "x"]) == 1
    assert "linear-1" in capsys.readouterr().err


def test_a_target_far_from_zero_keeps_its_digits(tmp_path: Path) -> None:
    model = small_model("lightgbm", "regression")
    far = replace(model, scale=replace(model.scale, mean=1.7e9, deviation=30.0))
    assert export(far, tmp_path / "model.onnx").largest_difference < TOLERANCE / 10


def test_parity_is_measured_in_the_spread_of_the_target(tmp_path: Path) -> None:
    model = small_model("constant", "regression")
    far = replace(model, scale=replace(model.scale, mean=1.7e9, deviation=1.0))
    export(model, tmp_path / "near.onnx")
    assert compare(far, (tmp_path / "near.onnx").read_bytes(), build(far)[1]).largest_difference > 1e6


def test_spellings_of_a_label_are_one_in_a_file_too(tmp_path: Path) -> None:
    model = small_model("linear", "binary")
    export(model, tmp_path / "model.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "model.onnx", providers=["CPUExecutionProvider"])
    rows = {column: cells[:1] * 4 for column, cells in model.sample.items()} | {"colour": ["red", "RED", "Red", "grey"]}
    inputs = build(model)[1]
    feed = {each.name: each.tensor(rows, 4) for each in inputs}
    [found] = session.run(["probabilities"], feed)
    assert np.allclose(found[0], found[1])
    assert np.allclose(found[0], found[2])
    assert not np.allclose(found[0], found[3])
    assert np.allclose(found, model.predict_proba(rows), atol=1e-4)
