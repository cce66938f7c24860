"""A model written as ONNX by the child: for download, or to serve it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import onnxruntime
import pytest

from automl.errors import SpecError
from automl.inference.bundle import save
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
