"""Writing the file that `OnnxPredictor` serves, checked against the model on its sample and on rows at the edges."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from automl.errors import SpecError
from automl.inference.bundle import plain_label
from automl.inference.model import Model
from automl.onnx.ensemble import add_answer, answer_to_onnx
from automl.onnx.export import MAX_BYTES, Parity, largest_difference, refusal, spread
from automl.onnx.graph_builder import Graph, UnsupportedInOnnx
from automl.onnx.inputs import FeatureValues
from automl.onnx.runtime import CODES, METADATA, NUMERIC, OnnxPredictor

MAX_DIFFERENCE = 1e-5
"""Maximum difference of probabilities; for a regression, in units of the target's spread. Beyond, the engine serves."""
_FLOAT32_MAX = float(np.finfo(np.float32).max)
_UNSEEN = "a label that no table has"


def write_serving_file(model: Model, path: str | os.PathLike[str]) -> Parity:
    """Write the file; it appears whole or not at all.

    Raises:
        SpecError: `ONNX_CANNOT_EXPRESS`, naming the part; `ONNX_DIFFERS`, where the answers were not the model's.
    """
    try:
        proto = _build(model).model({METADATA: json.dumps(_about(model))})
        if proto.ByteSize() > MAX_BYTES:
            raise UnsupportedInOnnx(f"its size, {proto.ByteSize():,} bytes")
    except UnsupportedInOnnx as part:
        raise refusal(model, str(part)) from part
    target = Path(path)
    unfinished = target.with_name(target.name + ".part")
    try:
        unfinished.write_bytes(proto.SerializeToString())
        del proto
        rows = check_rows(model)
        parity = compare_predictor(model, OnnxPredictor.load(unfinished), rows)
        if parity.largest_difference > MAX_DIFFERENCE:
            raise SpecError(
                "ONNX_DIFFERS",
                f"On {parity.rows} rows the ONNX predictions differed from the model's by up to"
                f" {parity.largest_difference:.2g}, more than {MAX_DIFFERENCE:g}.",
                "The engine itself serves the model.",
            )
        os.replace(unfinished, target)
    finally:
        unfinished.unlink(missing_ok=True)
    return parity


def compare_predictor(model: Model, predictor: OnnxPredictor, rows: Mapping[str, list[Any]]) -> Parity:
    """Compare the predictions of both for the rows."""
    n_rows = len(next(iter(rows.values())))
    unit = spread(model, model.predict_raw(model.sample))
    return Parity(n_rows, largest_difference(predictor.predict_raw(rows), model.predict_raw(rows), unit))


def check_rows(model: Model) -> dict[str, list[Any]]:
    """Return the sample's rows, and for each column some of them with a cell in it that may be trouble."""
    sample = model.sample
    n_rows = len(next(iter(sample.values())))
    rows = [{name: cells[row] for name, cells in sample.items()} for row in range(n_rows)]
    edges = [{name: None for name in sample}]
    for feature in model.features_:
        for cell in _edge_cells(feature):
            edges.append({**rows[len(edges) % n_rows], feature["name"]: cell})
    return {name: [row.get(name) for row in (*rows, *edges)] for name in sample}


def _edge_cells(feature: Mapping[str, Any]) -> Iterator[Any]:
    yield None
    yield _UNSEEN
    if feature["type"] == "number":
        low, high = feature["range"]
        yield from (low, high, low - (high - low), high + (high - low), 0.0, _FLOAT32_MAX, -_FLOAT32_MAX)
    elif feature["type"] == "date":
        yield from (*feature["range"], "1900-01-01", "2100-12-31 23:59")
    yield from feature.get("choices", ())[:8]


def _build(model: Model) -> Graph:
    """Build the graph of a model without its cleaning.

    Inputs are `NUMERIC` and `CODES`; its output is `probabilities` or `prediction`, as in `ensemble.build`.

    Raises:
        UnsupportedInOnnx: names the first part that has no graph.
    """
    graph = Graph()
    steps = model.preprocessor.transformers
    for step in steps:
        if step.text_names:
            raise UnsupportedInOnnx(f"free text, column {step.column!r}")
    n_numeric = sum(len(step.numeric_names) for step in steps)
    n_labels = tuple(len(step.categories) for step in steps if step.categorical_names)
    numeric = graph.input(NUMERIC, "float", n_numeric) if n_numeric else None
    codes = graph.input(CODES, "float", len(n_labels)) if n_labels else None
    features = FeatureValues(numeric, codes, n_numeric, n_labels)
    add_answer(graph, model, answer_to_onnx(graph, model, features))
    return graph


def _about(model: Model) -> dict[str, Any]:
    return {
        "task": model.task,
        "labels": [plain_label(label) for label in model.labels],
        "class_multipliers": list(model.class_multipliers),
        "summary": model.summary,
        "preprocessor": model.preprocessor.to_json(),
    }
