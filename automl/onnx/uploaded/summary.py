"""What is told of a model from elsewhere: the fields of a trained one, as far as there is anything to tell."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from automl.onnx.uploaded.cells import feature_type
from automl.onnx.uploaded.signature import Signature
from automl.onnx.uploaded.trial import Findings

UNKNOWN = "It was uploaded as an ONNX file: nothing is known of how it was trained, or of how good it is."


def summarize(
    model: Any,
    signature: Signature,
    findings: Findings,
    background: Mapping[str, list[Any]],
    meanings: Mapping[str, str],
    warnings: list[str],
) -> dict[str, Any]:
    """Return the summary of a model that was checked.

    Args:
        model: the file's content.
        signature: how it is used.
        findings: of its trial.
        background: rows by column, {} where none were given.
        meanings: of columns, in words.
        warnings: what had to be assumed.
    """
    features = []
    for given in signature.inputs:
        made_up = findings.row[given.name].reshape(-1).tolist()
        for column, value in zip(given.columns, made_up, strict=True):
            known = background.get(column)
            feature = {
                "name": column, "type": feature_type(given.type), "required": True,
                "typical": known[0] if known else _plain(value),
            }  # fmt: skip
            features.append({**feature, "meaning": meanings[column]} if column in meanings else feature)
    summary: dict[str, Any] = {
        "target": signature.target,
        "task": signature.task,
        "metric": "",
        "features": features,
        "scores": {"reported": {}, "baseline": {}},
        "leaderboard": [],
        "importance": [],
        "data_actions": [],
        "warnings": warnings,
        "verdict": {"tone": "fair", "title": "Uploaded model", "sentences": [UNKNOWN], "skill": None},
        "trust": [{"tone": "fair", "text": text} for text in (UNKNOWN, *warnings)],
        "background": dict(background),
        "onnx": {
            "signature": signature.to_json(),
            "producer": " ".join(filter(None, (model.producer_name, model.producer_version)))[:100],
            "opsets": {opset.domain or "ai.onnx": opset.version for opset in model.opset_import},
            "ms_per_row": round(findings.ms_per_row, 4),
        },
    }
    if background:
        summary["example"] = {column: cells[0] for column, cells in background.items()}
    if signature.labels:
        summary["classes"] = [str(label) for label in signature.labels]
    if signature.task == "binary":
        summary["positive_class"] = str(signature.labels[1])
        summary["positive_class_rule"] = "the second of the file's labels"
    return summary


def _plain(value: Any) -> Any:
    return float(np.round(value, 3)) if isinstance(value, float) else value
