"""A file that this engine has exported is served again with nothing said: its metadata say it all."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import automl
from automl.onnx.export import export
from automl.onnx.uploaded.check import check_file
from automl.onnx.uploaded.load import load_uploaded
from automl.onnx.uploaded.options import UploadOptions
from tests.unit.api.trained import bundle


@pytest.mark.parametrize("target", ["answer", "amount"])
def test_an_export_answers_as_the_model_did(target: str, tmp_path: Path) -> None:
    (tmp_path / "model.nb").write_bytes(bundle(target)[0])
    model = automl.load(tmp_path / "model.nb")
    export(model, tmp_path / "model.onnx")
    content = (tmp_path / "model.onnx").read_bytes()
    summary = check_file(content, UploadOptions())
    assert (summary["target"], summary["task"], summary["warnings"]) == (target, model.task, [])
    assert summary["features"][0]["meaning"]
    uploaded = load_uploaded(content, summary)
    raw = uploaded.predict_raw(model.sample)
    np.testing.assert_allclose(raw, model.predict_raw(model.sample), rtol=1e-4, atol=1e-5)
    if target == "answer":
        assert uploaded.to_prediction(raw).tolist() == [str(each) for each in model.predict(model.sample)]
