"""A model from elsewhere, served: cells in, predictions out, by onnxruntime alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from automl._typing import Array
from automl.errors import DataError, SpecError
from automl.inference.input_warnings import MISSING_COLUMN, Flagged
from automl.inference.servable import labels_array, missing_names
from automl.inspection.shapley import Explanation
from automl.onnx.uploaded.answers import to_raw
from automl.onnx.uploaded.cells import flag_cells, to_tensor
from automl.onnx.uploaded.explanations import TensorRows, explain_by_sampling
from automl.onnx.uploaded.signature import Signature
from automl.parsing.vectorized import ColumnLike, TableLike
from automl.postprocessing import DecisionRule

Feed = Mapping[str, npt.NDArray[Any]]


@dataclass(frozen=True)
class UploadedModel:
    """An ONNX file that was checked; immutable, and safe for many threads at once. A `ServableModel`.

    Attributes:
        session: of onnxruntime.
        signature: how it is used.
        summary: of the model, as `summary.summarize` makes it.
        background: rows that explanations compare with, by column; {} where none were given.
    """

    session: Any
    signature: Signature
    summary: Mapping[str, Any] = field(repr=False)
    background: Mapping[str, list[Any]] = field(default_factory=dict, repr=False)

    @property
    def task(self) -> str:
        """`binary`, `multiclass` or `regression`."""
        return self.signature.task

    @property
    def runtime(self) -> str:
        """What computes the predictions: an ONNX session."""
        return "onnx"

    @property
    def classes_(self) -> Array:
        """Labels (k,) in the order of the probabilities."""
        return labels_array(self.signature.labels)

    @property
    def features_(self) -> list[dict[str, Any]]:
        """The columns that are used: `{name, type, required, typical}`."""
        return list(self.summary["features"])

    def missing_inputs(self, names: Iterable[str]) -> list[str]:
        """List the columns that the model requires and that are not among the given names."""
        return missing_names(self.features_, names)

    def predict_raw(self, rows: TableLike) -> npt.NDArray[np.float64]:
        """Return float64 probabilities (n, k), or values (n,).

        Raises:
            DataError: `INPUT_NOT_USABLE`, `MODEL_FAILED`, `MODEL_ANSWER_INVALID`, `UNEVEN_COLUMNS`.
        """
        tensors, n_rows = self._tensors(rows)
        return self.predict_tensors(tensors, n_rows)

    def predict_raw_checked(self, rows: TableLike) -> tuple[npt.NDArray[np.float64], list[Flagged]]:
        """Return the same as `predict_raw`, and the cells that could not be used as they stand."""
        return self.predict_raw(rows), list(self.flag_inputs(rows))

    def flag_inputs(self, rows: TableLike) -> Iterator[Flagged]:
        """Yield the cells of the rows that cannot be used as they stand."""
        columns, n_rows = _columns_of(rows)
        features = {feature["name"]: feature for feature in self.features_}
        for name in self.signature.columns:
            if name not in columns:
                yield Flagged(features[name], MISSING_COLUMN, np.arange(n_rows), ())
        for given in self.signature.inputs:
            yield from flag_cells(given, features, columns)

    def to_prediction(self, raw: Array) -> Array:
        """Make predictions (n,) out of the output of `predict_raw`: the most probable label, or the value."""
        if self.task == "regression":
            return raw
        weighed = raw * np.array(self.signature.multipliers) if self.signature.multipliers else raw
        return np.asarray(self.classes_[weighed.argmax(axis=1)])

    def with_decision(self, rule: DecisionRule) -> UploadedModel:
        """Return the same over the same session with another rule, as `Model.with_decision`."""
        signature = replace(self.signature, multipliers=rule.class_multipliers(self.signature.labels))
        return replace(self, signature=signature, summary={**self.summary, "decision": rule.to_json()})

    def format_predictions(self, predictions: Iterable[float]) -> list[str] | None:
        """Return None: nothing is known of how the target is written."""
        return None

    def predict_tensors(self, feed: Feed, n_rows: int) -> npt.NDArray[np.float64]:
        """Return the same as `predict_raw`, of tensors of n_rows rows, in blocks as the file was tried."""
        size = self.signature.block_rows
        parts = [
            self._predict_block({name: tensor[start : start + size] for name, tensor in feed.items()})
            for start in range(0, n_rows, size)
        ]
        return np.concatenate(parts) if parts else self._no_rows()

    def explain(self, rows: TableLike) -> list[Explanation]:
        """Explain the predictions by sampling, in comparison with the background rows.

        Raises:
            SpecError: `NO_BACKGROUND`.
        """
        if not self.background:
            raise SpecError(
                "NO_BACKGROUND", "There are no rows to compare with.", "Upload the model with `background`."
            )
        tensors, n_rows = self._tensors(rows)
        sample, _ = self._tensors(self.background)
        return (
            explain_by_sampling(
                lambda hybrids: self.predict_tensors(hybrids.tensors, len(hybrids)),
                self.signature,
                TensorRows(tensors),
                TensorRows(sample),
            )
            if n_rows
            else []
        )

    def run(self, outputs: Sequence[str], feed: Feed) -> list[Any]:
        """Return these outputs of the graph; raises DataError `MODEL_FAILED`."""
        try:
            return list(self.session.run(list(outputs), dict(feed)))
        except Exception as error:  # onnxruntime's own have no base but this one
            raise DataError(
                "MODEL_FAILED", f"The model fails on these rows: {words_of(error)}.",
                "Give rows as it was trained on, such as labels that it knows.",
            ) from error  # fmt: skip

    def _tensors(self, rows: TableLike) -> tuple[dict[str, npt.NDArray[Any]], int]:
        columns, n_rows = _columns_of(rows)
        return {given.name: to_tensor(given, columns, n_rows) for given in self.signature.inputs}, n_rows

    def _predict_block(self, feed: Feed) -> npt.NDArray[np.float64]:
        [output] = self.run([self.signature.output], feed)
        return to_raw(output, self.signature, len(next(iter(feed.values()))))

    def _no_rows(self) -> npt.NDArray[np.float64]:
        return np.empty(0 if self.task == "regression" else (0, len(self.signature.labels)))


def _columns_of(rows: TableLike) -> tuple[dict[str, ColumnLike], int]:
    if isinstance(rows, pd.DataFrame):
        first = rows.loc[:, ~rows.columns.duplicated()]
        return {str(name): first[name] for name in first.columns}, len(rows)
    lengths = {len(cells) for cells in rows.values()}
    if len(lengths) > 1:
        raise DataError("UNEVEN_COLUMNS", f"The columns have {sorted(lengths)} cells.", "Give each one cell a row.")
    return dict(rows), lengths.pop() if lengths else 0


def words_of(error: Exception) -> str:
    """Return what a library says, without codes and the places in its own source."""
    text = " ".join(str(error).split()).split(" : ")[-1].split("Status Message: ")[-1]
    text = text.removeprefix("Exception during initialization: ")
    if "/onnxruntime_src/" in text:
        text = text.split(" was false. ")[-1] if " was false. " in text else text.split(") ", 1)[-1]
    return text[:300].rstrip(". ")
