"""Predictions of a few rows: columns of plain values in, predictions, probabilities and warnings out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from api.serving.engine_errors import data_errors_as_invalid, not_usable
from core.domain.records import Json
from core.observability.metrics import PREDICT_SECONDS

if TYPE_CHECKING:
    from automl import Model
    from automl._typing import Array
    from automl.inference.input_warnings import Flagged
    from automl.inference.servable import ServableModel
    from automl.onnx.uploaded.model import UploadedModel
    from core.domain.records import Model as ModelRecord

Columns = Mapping[str, list[Any]]
"""The cells (n,) of each column; absent columns count as missing."""


@dataclass(frozen=True)
class RowPredictions:
    """What a model predicts for n rows.

    Attributes:
        raw: probabilities (n, k) in the order of `labels`, or values (n,).
        predictions: n labels as text, or numbers.
        labels: of the k classes as text; [] for numbers.
        flagged: what could not be used of the rows.
        further: {target_unit?, formatted?, decision?}: the unit of predicted numbers, times as the training table
            writes them, and the rule by which labels are answered.
    """

    raw: Array
    predictions: list[Any]
    labels: list[str]
    flagged: list[Flagged]
    further: Json


def answer_of(predicted: RowPredictions, warnings: list[Json], *, probabilities: bool = True) -> Json:
    """Return {predictions, probabilities?, target_unit?, formatted?, decision?, warnings?}."""
    answer: Json = {"predictions": predicted.predictions}
    if probabilities and predicted.raw.ndim == 2:
        rows = predicted.raw.tolist()
        answer["probabilities"] = [dict(zip(predicted.labels, row, strict=True)) for row in rows]
    answer |= predicted.further
    if warnings:
        answer["warnings"] = warnings
    return answer


def read_cells(record: ModelRecord, columns: Columns, n: int) -> Columns:
    """Return the columns as the model reads them, at least one of them: it says how many rows there are."""
    if record.summary.get("csv", {}).get("skip_initial_space"):  # These may be copies of cells that were read so.
        columns = {name: [_without_initial_space(cell) for cell in cells] for name, cells in columns.items()}
    return columns or {"": [None] * n}


def predict_rows(model: ServableModel, cells: Columns) -> RowPredictions:
    """Predict what `read_cells` returned."""
    with PREDICT_SECONDS.labels("json").time():
        with data_errors_as_invalid():
            raw, flagged = model.predict_raw_checked(cells)
        predictions = model.to_prediction(raw).tolist()
    if raw.ndim == 2:
        labels = [str(label) for label in model.classes_]
        decision = model.summary.get("decision")
        further = {"decision": decision} if decision else {}
        return RowPredictions(raw, [str(label) for label in predictions], labels, flagged, further)
    return RowPredictions(raw, predictions, [], flagged, _further(model, predictions))


def explain_rows(model: Model | UploadedModel, cells: Columns) -> Json:
    """Return {explanations, explanation_bases, explanation_unit} of what `read_cells` returned: Shapley values."""
    from automl import explain

    with data_errors_as_invalid():
        explanations = explain(model, cells)
    return {
        "explanations": [each.contributions for each in explanations],
        "explanation_bases": [each.base for each in explanations],
        "explanation_unit": "target" if model.task == "regression" else "probability",
    }


def warnings_of(flagged: Sequence[Flagged], *, strict: bool) -> list[Json]:
    """Return what could not be used, by column and reason. Raises Invalid if that is anything, and it is strict."""
    if not flagged:
        return []
    from automl.inference.input_check import InputCheck

    check = InputCheck()
    check.add(flagged)
    warnings = check.warnings
    if strict and warnings:
        raise not_usable(warnings)
    return [warning.to_json() for warning in warnings]


def _without_initial_space(cell: Any) -> Any:
    return cell.lstrip(" ") if isinstance(cell, str) else cell


def _further(model: ServableModel, predictions: list[Any]) -> Json:
    unit = model.summary.get("target_unit")
    document = {"target_unit": unit} if unit else {}
    written = model.format_predictions(predictions)
    return document if written is None else {**document, "formatted": written}
