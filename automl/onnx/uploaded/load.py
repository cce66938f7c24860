"""A model from elsewhere out of its file and what its check found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from automl.onnx.session import open_session
from automl.onnx.uploaded.model import UploadedModel
from automl.onnx.uploaded.signature import Signature


def load_uploaded(content: bytes, summary: Mapping[str, Any]) -> UploadedModel:
    """Load a file that was checked.

    Args:
        content: the file.
        summary: what `check.check_file` has returned for it.
    """
    signature = Signature.from_json(summary["onnx"]["signature"])
    return UploadedModel(open_session(content, foreign=True), signature, summary, summary.get("background") or {})
