"""What serving needs of a model, whatever runs it: the engine, an ONNX session, or a model from elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol, Self

import numpy as np
import numpy.typing as npt

from automl._typing import Array
from automl.errors import DataError
from automl.inference.input_warnings import Flagged
from automl.parsing.clock import format_clock
from automl.parsing.vectorized import TableLike
from automl.postprocessing import DecisionRule


class ServableModel(Protocol):
    """A model that predicts from raw rows; immutable, and safe for many threads at once.

    `automl.inference.model.Model` says of each method what it does.
    """

    @property
    def task(self) -> str:
        """`binary`, `multiclass` or `regression`."""
        ...

    @property
    def runtime(self) -> str:
        """What computes the predictions: `engine`, or `onnx`."""
        ...

    @property
    def summary(self) -> Mapping[str, Any]: ...
    @property
    def classes_(self) -> Array: ...
    @property
    def features_(self) -> list[dict[str, Any]]: ...
    def missing_inputs(self, names: Iterable[str]) -> list[str]: ...
    def predict_raw(self, rows: TableLike) -> npt.NDArray[np.float64]: ...
    def predict_raw_checked(self, rows: TableLike) -> tuple[npt.NDArray[np.float64], list[Flagged]]: ...
    def flag_inputs(self, rows: TableLike) -> Iterator[Flagged]: ...
    def to_prediction(self, raw: Array) -> Array: ...
    def with_decision(self, rule: DecisionRule) -> Self: ...
    def format_predictions(self, predictions: Iterable[float]) -> list[str] | None: ...


def labels_array(labels: Sequence[Any]) -> Array:
    """Return labels (k,) with their dtype of the training table."""
    if len({type(label) for label in labels}) == 1 and not isinstance(labels[0], str):
        return np.array(labels)
    found = np.empty(len(labels), dtype=object)
    found[:] = labels
    return found


def missing_names(features: Iterable[Mapping[str, Any]], names: Iterable[str]) -> list[str]:
    """List the features that are required and that are not among the given names."""
    known = set(names)
    return [each["name"] for each in features if each["required"] and each["name"] not in known]


def require_inputs(model: ServableModel, names: Iterable[str]) -> None:
    """Raise DataError MISSING_FEATURE if a column that the model requires is not among the names."""
    if missing := model.missing_inputs(names):
        raise DataError(
            "MISSING_FEATURE",
            f"The model needs the column {missing[0]!r}, which is missing.",
            f"Add the missing columns: {', '.join(missing[:20])}.",
            column=missing[0],
        )


def formatted(summary: Mapping[str, Any], predictions: Iterable[float]) -> list[str] | None:
    """Write predicted times as the training table does (`5:30`); None where the target is none such."""
    written = summary.get("target_format")
    return [format_clock(value, written) for value in predictions] if written else None
