"""A model written as ONNX by the child: for download, or to serve it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest

from automl.errors import SpecError
from automl.inference.bundle import load, save
from automl.onnx.mlflow_loader import OnnxModel
from automl.onnx.runtime import OnnxPredictor
from tests.unit.automl.small_models import small_model
from worker.child.short_tasks import export
from worker.messages.to_child import ExportRequest

NO_PIPE: Any = None  # It has nothing to tell or to ask on the way.


def test_a_file_that_serves_comes_with_its_parity(tmp_path: Path) -> None:
    model = small_model("linear", "binary")
    save(model, tmp_path / "model.nb")
    made = export(ExportRequest(None, "serving"), tmp_path, NO_PIPE)
    assert made.parity_rows > 64
    assert made.parity <= 1e-5
    predictor = OnnxPredictor.load(tmp_path / made.file)
    assert predictor.predict_raw(model.sample) == pytest.approx(model.predict_raw(model.sample), abs=1e-5)


def test_a_file_for_download_runs_anywhere(tmp_path: Path) -> None:
    save(small_model("linear", "binary"), tmp_path / "model.nb")
    made = export(ExportRequest(None), tmp_path, NO_PIPE)
    assert made.parity_rows == 64
    outputs = onnxruntime.InferenceSession(tmp_path / made.file).get_outputs()
    assert [each.name for each in outputs] == ["label", "probabilities"]


def test_what_no_graph_can_express_is_refused(tmp_path: Path) -> None:
    save(small_model("linear", "binary", with_text=True), tmp_path / "model.nb")
    with pytest.raises(SpecError) as caught:
        export(ExportRequest(None, "serving"), tmp_path, NO_PIPE)
    assert caught.value.reason == "ONNX_CANNOT_EXPRESS"


@pytest.mark.parametrize("format", ["bundle", "onnx"])
def test_a_file_with_a_decision_rule_answers_by_it(tmp_path: Path, format: str) -> None:
    model = small_model("linear", "binary")
    positive = str(model.classes_[1])
    save(model, tmp_path / "model.nb")
    made = export(ExportRequest(None, format, {"positive": positive, "threshold": 0.1}), tmp_path, NO_PIPE)
    expected = np.where(model.predict_raw(model.sample)[:, 1] >= 0.1, positive, str(model.classes_[0])).tolist()
    if format == "bundle":
        decided = load(tmp_path / made.file)
        assert [str(label) for label in decided.predict(model.sample)] == expected
        np.testing.assert_array_equal(decided.predict_raw(model.sample), model.predict_raw(model.sample))
    else:
        assert [str(label) for label in OnnxModel(str(tmp_path / made.file)).predict(model.sample)] == expected
