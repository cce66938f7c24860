"""A model served by an ONNX session answers as the engine does, warnings included."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings

from automl.errors import DataError, SpecError
from automl.inference.bundle import load
from automl.inference.model import Model
from automl.inference.servable import ServableModel
from automl.models import FAMILIES
from automl.onnx import serving_file
from automl.onnx.export import spread
from automl.onnx.runtime import OnnxPredictor
from automl.onnx.serving_file import MAX_DIFFERENCE, check_rows, write_serving_file
from automl.onnx.session import BLOCK_ROWS
from tests.unit.automl.inference.wild_tables import told, wild_rows
from tests.unit.automl.small_models import TASKS, blend, small_model, table

SLOW_TO_FIT = {"neural", "text"}


@cache
def ensemble(task: str) -> Model:
    return blend(*(small_model(family, task) for family in ("lightgbm", "linear", "xgboost", "catboost")))


@pytest.fixture(scope="module")
def predictors(tmp_path_factory: pytest.TempPathFactory) -> dict[str, OnnxPredictor]:
    folder = tmp_path_factory.mktemp("serving")
    for task in TASKS:
        write_serving_file(ensemble(task), folder / task)
    return {task: OnnxPredictor.load(folder / task) for task in TASKS}


def assert_alike(model: Model, predictor: ServableModel, rows: Any) -> None:
    raw, flagged = model.predict_raw_checked(rows)
    found, marked = predictor.predict_raw_checked(rows)
    assert found.dtype == np.float64
    unit = spread(model, model.predict_raw(model.sample))
    np.testing.assert_allclose(found / unit, raw / unit, rtol=0, atol=MAX_DIFFERENCE)
    assert told(marked) == told(flagged)
    assert told(predictor.flag_inputs(rows)) == told(flagged)


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("family", sorted(FAMILIES.keys() - SLOW_TO_FIT))
def test_each_family_is_served_at_the_edges_too(family: str, task: str, tmp_path: Path) -> None:
    model = small_model(family, task)
    parity = write_serving_file(model, tmp_path / "model.onnx")
    assert parity.rows == len(check_rows(model)["x"]) > 64
    assert parity.largest_difference <= MAX_DIFFERENCE


@pytest.mark.parametrize("family", ["lightgbm", "catboost", "xgboost"])
def test_boosters_with_made_columns_are_too(family: str, tmp_path: Path) -> None:
    write_serving_file(small_model(family, "multiclass", crosses=True), tmp_path / "model.onnx")


def test_a_network_is_too(tmp_path: Path) -> None:
    # Fitted networks take TensorFlow and seconds: here is one that was kept.
    model = load(Path(__file__).parents[1] / "golden" / "neural.nb")
    write_serving_file(model, tmp_path / "model.onnx")
    assert_alike(model, OnnxPredictor.load(tmp_path / "model.onnx"), dict(model.sample))


@pytest.mark.parametrize("task", TASKS)
def test_wild_rows_are_answered_alike(task: str, predictors: dict[str, OnnxPredictor]) -> None:
    model, predictor = ensemble(task), predictors[task]

    @settings(max_examples=30, deadline=None)
    @given(wild_rows(table()))
    def answered_alike(rows: dict[str, list[Any]]) -> None:
        assert_alike(model, predictor, rows)

    answered_alike()


@pytest.mark.parametrize("task", TASKS)
def test_it_describes_itself_as_the_model_does(task: str, predictors: dict[str, OnnxPredictor]) -> None:
    model, predictor = ensemble(task), predictors[task]
    assert predictor.task == task
    assert predictor.summary == model.summary
    assert predictor.classes_.tolist() == model.classes_.tolist()
    assert predictor.features_ == model.features_
    assert predictor.missing_inputs(["x"]) == model.missing_inputs(["x"]) != []


@pytest.mark.parametrize("task", TASKS)
def test_the_predictions_are_the_model_s(task: str, predictors: dict[str, OnnxPredictor]) -> None:
    model, predictor = ensemble(task), predictors[task]
    raw = model.predict_raw(model.sample)
    assert predictor.to_prediction(raw).tolist() == model.to_prediction(raw).tolist()
    assert predictor.to_prediction(raw).dtype == model.to_prediction(raw).dtype


@pytest.mark.parametrize("labels", [(0, 1), (True, False), (1.5, 2.5), ("no", "yes"), ("a", 1)])
def test_labels_keep_their_type(labels: tuple[Any, ...], tmp_path: Path) -> None:
    model = replace(small_model("linear", "binary"), labels=labels, class_multipliers=(1.0, 3.0))
    write_serving_file(model, tmp_path / "model.onnx")
    predictor = OnnxPredictor.load(tmp_path / "model.onnx")
    raw = predictor.predict_raw(model.sample)
    assert predictor.classes_.dtype == model.classes_.dtype
    assert predictor.to_prediction(raw).tolist() == model.predict(model.sample).tolist()


def test_times_are_written_as_the_table_has_them(tmp_path: Path) -> None:
    model = replace(small_model("linear", "regression"), summary={"target_format": "m:ss"})
    write_serving_file(model, tmp_path / "model.onnx")
    predictor = OnnxPredictor.load(tmp_path / "model.onnx")
    assert predictor.format_predictions([90.0]) == model.format_predictions([90.0]) != None  # noqa: E711


@pytest.mark.parametrize("task", TASKS)
def test_a_data_frame_of_many_rows_is_answered_alike(task: str, predictors: dict[str, OnnxPredictor]) -> None:
    frame = pd.concat([table()] * (BLOCK_ROWS // len(table()) + 2), ignore_index=True)
    frame.loc[::3, "colour"] = "unseen"
    assert len(frame) > BLOCK_ROWS
    assert_alike(ensemble(task), predictors[task], frame)


def test_lists_of_uneven_lengths_are_refused(predictors: dict[str, OnnxPredictor]) -> None:
    with pytest.raises(DataError) as caught:
        predictors["binary"].predict_raw({"x": [1.0], "colour": ["red", "blue"]})
    assert caught.value.reason == "UNEVEN_COLUMNS"


def test_free_text_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="'remark'") as caught:
        write_serving_file(small_model("linear", "binary", with_text=True), tmp_path / "model.onnx")
    assert caught.value.reason == "ONNX_CANNOT_EXPRESS"
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_answers_otherwise_is_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving_file, "MAX_DIFFERENCE", -1.0)
    with pytest.raises(SpecError) as caught:
        write_serving_file(small_model("linear", "binary"), tmp_path / "model.onnx")
    assert caught.value.reason == "ONNX_DIFFERS"
    assert list(tmp_path.iterdir()) == []
