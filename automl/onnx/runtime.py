"""A model served by an ONNX session in place of its members: the engine's own cleaning, then one graph.

The file is a graph on features whose metadata hold what else an answer needs: the cleaning, the labels, the summary.
`serving_file` writes it, for this engine alone; what `export` writes runs anywhere.
"""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import onnxruntime
import pandas as pd

from automl._typing import Array
from automl.inference.input_check import flag_inputs
from automl.inference.input_warnings import Flagged
from automl.inference.row_reader import RowReader
from automl.inference.servable import formatted, labels_array, missing_names
from automl.onnx.session import open_session, run_output
from automl.parsing.vectorized import TableLike
from automl.postprocessing import DecisionRule
from automl.preprocessing.preprocessor import Preprocessor, concatenate_features

NUMERIC, CODES = "numeric", "codes"
"""Inputs of the graph: float (n, p) and (n, q), either where the features have such columns."""
METADATA = "nobrains"
"""Key of the metadata: JSON of `{task, labels, class_multipliers, summary, preprocessor}`."""


class OnnxPredictor:
    """A `ServableModel` over a session; immutable, and safe for many threads at once.

    Attributes:
        task: `binary`, `multiclass` or `regression`.
        summary: of the model.
        classes_: labels (k,), as in `Model.classes_`.

    Example:
        >>> from automl.onnx.serving_file import write_serving_file
        >>> parity = write_serving_file(model, "serving.onnx")
        >>> OnnxPredictor.load("serving.onnx").predict_raw(guest).shape
        (1, 2)
    """

    def __init__(self, session: onnxruntime.InferenceSession, about: Mapping[str, Any]) -> None:
        """Make it of a session on features and what `METADATA` says."""
        self.task: str = about["task"]
        self.summary: Mapping[str, Any] = about["summary"]
        self.classes_ = labels_array(tuple(about["labels"]))
        self._preprocessor = Preprocessor.from_json(about["preprocessor"])
        self._multipliers = np.array(about["class_multipliers"])
        self._session = session
        self._inputs = frozenset(each.name for each in session.get_inputs())
        self._reader = RowReader(self._preprocessor)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> OnnxPredictor:
        """Load what `write_serving_file` wrote."""
        session = open_session(Path(path).read_bytes())
        return cls(session, json.loads(session.get_modelmeta().custom_metadata_map[METADATA]))

    @property
    def runtime(self) -> str:
        """What computes the predictions: an ONNX session."""
        return "onnx"

    @property
    def features_(self) -> list[dict[str, Any]]:
        """The columns that are used, as in `Model.features_`."""
        return list(self._preprocessor.input_schema)

    def missing_inputs(self, names: Iterable[str]) -> list[str]:
        """List the columns that the model requires and that are not among the given names."""
        return missing_names(self._preprocessor.input_schema, names)

    def predict_raw(self, rows: TableLike) -> npt.NDArray[np.float64]:
        """Return float64 probabilities (n, k), or values (n,), from which `to_prediction` makes the prediction."""
        return self.predict_raw_checked(rows)[0]

    def predict_raw_checked(self, rows: TableLike) -> tuple[npt.NDArray[np.float64], list[Flagged]]:
        """Return the same as `predict_raw`, and the cells that could not be used as they stand."""
        columns, n = self._preprocessor.columns_of(rows)
        if isinstance(rows, pd.DataFrame):
            steps = self._preprocessor.transformers
            outputs = self._preprocessor.outputs(columns, n)
            features = concatenate_features(steps, outputs, n)
            numeric, codes = features.numeric, features.categorical.astype(np.float32)
            flagged = list(flag_inputs(self._preprocessor, columns, outputs, n))
        else:
            read = self._reader.read(columns, n)  # type: ignore[arg-type]
            numeric, codes, flagged = read.numeric, read.codes, read.flagged
        feed = {name: values for name, values in ((NUMERIC, numeric), (CODES, codes)) if name in self._inputs}
        return self._run(feed, n), flagged

    def flag_inputs(self, rows: TableLike) -> Iterator[Flagged]:
        """Yield the cells of the rows that cannot be used as they stand."""
        columns, n = self._preprocessor.columns_of(rows)
        return flag_inputs(self._preprocessor, columns, self._preprocessor.outputs(columns, n), n)

    def to_prediction(self, raw: Array) -> Array:
        """Make predictions (n,) out of the output of `predict_raw`."""
        if self.task == "regression":
            return raw
        return np.asarray(self.classes_[(raw * self._multipliers).argmax(axis=1)])

    def with_decision(self, rule: DecisionRule) -> Self:
        """Return the same over the same session with another rule, as `Model.with_decision`."""
        decided = copy.copy(self)
        decided._multipliers = np.array(rule.class_multipliers(self.classes_.tolist()))
        decided.summary = {**self.summary, "decision": rule.to_json()}
        return decided

    def format_predictions(self, predictions: Iterable[float]) -> list[str] | None:
        """Write predicted times as the training table does (`5:30`); None where the target is none such."""
        return formatted(self.summary, predictions)

    def _run(self, feed: Mapping[str, npt.NDArray[Any]], n_rows: int) -> npt.NDArray[np.float64]:
        if self.task == "regression":
            return np.asarray(run_output(self._session, "prediction", feed, n_rows), dtype=np.float64)
        values = run_output(self._session, "probabilities", feed, n_rows).astype(np.float64)
        values /= values.sum(axis=1, keepdims=True)
        return values
