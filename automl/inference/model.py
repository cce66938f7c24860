"""A finished model: raw rows in, predictions out. It is what a bundle holds and all that predicting needs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import islice, repeat
from typing import Any

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

from automl._typing import Array
from automl.errors import SpecError
from automl.inference.background_sample import BackgroundSample, typical_row
from automl.inference.input_check import InputCheck, flag_inputs
from automl.inference.input_warnings import Flagged, InputWarning
from automl.inference.servable import formatted, labels_array, missing_names
from automl.models.base import FittedModel
from automl.parsing.vectorized import TableLike
from automl.postprocessing import DecisionRule, TargetScaler, apply_temperature
from automl.preprocessing.preprocessor import Preprocessor, concatenate_features
from automl.preprocessing.text_encoder import EncodedFeatures, TextEncoder
from automl.resources import usable_cpus

BLOCK_ROWS = 2_048
"""Rows that one thread predicts at a time: enough to keep the libraries busy, and few enough to share out evenly."""


@dataclass(frozen=True)
class Member:
    """One voice of the ensemble: the mean of its models (one a fold, or a single one fitted on all rows)."""

    name: str
    family: str
    weight: float
    models: tuple[FittedModel, ...]


@dataclass(frozen=True)
class Model:
    """A fitted ensemble that predicts from raw rows; immutable, and safe for many threads at once.

    Get one from `AutoML.model_` or `automl.load`. Of the n rows of a table it makes n predictions, in their order.

    Attributes:
        task: `binary`, `multiclass` or `regression`.
        preprocessor: raw table to features.
        encoder: text to numbers.
        members: of the ensemble; the weights sum to 1.
        scale: of a regression target.
        labels: of the k classes, as they were in the training table; () for regression.
        temperature: of the calibration; 1 changes nothing.
        class_multipliers: k factors of the probabilities when a class is chosen; () for regression.
        summary: target, task, metric, features, classes, scores, leaderboard, importance, data_actions, warnings;
            of numbers target_unit, and of times target_format, as far as they have such; decision, where it has a rule.
        review: the further contents of its report, see `automl.fit.review`; {} where it was not made.
        sample: raw rows that explanations compare with; the typical row where none are given.
    """

    task: str
    preprocessor: Preprocessor
    encoder: TextEncoder
    members: tuple[Member, ...]
    scale: TargetScaler = field(default_factory=TargetScaler)
    labels: tuple[Any, ...] = ()
    temperature: float = 1.0
    class_multipliers: tuple[float, ...] = ()
    summary: Mapping[str, Any] = field(default_factory=dict, repr=False)
    review: Mapping[str, Any] = field(default_factory=dict, repr=False)
    sample: BackgroundSample = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        if not self.sample:
            object.__setattr__(self, "sample", typical_row(self.preprocessor))

    @property
    def runtime(self) -> str:
        """What computes the predictions: the engine."""
        return "engine"

    @property
    def classes_(self) -> Array:
        """Labels (k,) in the order of the columns of `predict_proba`, with their dtype of the training table."""
        return labels_array(self.labels)

    @property
    def features_(self) -> list[dict[str, Any]]:
        """The columns that are used: `{name, type, required, choices?, range?, typical}`."""
        return list(self.preprocessor.input_schema)

    def missing_inputs(self, names: Iterable[str]) -> list[str]:
        """List the columns that the model requires and that are not among the given names."""
        return missing_names(self.features_, names)

    def predict(self, rows: TableLike) -> Array:
        """Predict labels, or float64 values in the target's unit, of shape (n,).

        Args:
            rows: a data frame of n rows, or a mapping from column names to lists of n cells. Absent columns count as
                missing (see `missing_inputs`), and further ones are ignored.

        Returns:
            Labels as in `classes_`, of its dtype; float64 for regression.

        Raises:
            DataError: `UNEVEN_COLUMNS`, when the lists have different lengths.

        Example:
            >>> model.predict(frame.head(3)).shape
            (3,)
        """
        return self.to_prediction(self.predict_raw(rows))

    def predict_proba(self, rows: TableLike) -> npt.NDArray[np.float64]:
        """Predict calibrated probabilities, float64 of shape (n, k), columns in the order of `classes_`.

        Args:
            rows: as for `predict`.

        Returns:
            Numbers from 0 to 1; each row sums to 1.

        Raises:
            SpecError: `NO_PROBABILITIES`, for regression.

        Example:
            >>> float(model.predict_proba(guest).sum().round(6))
            1.0
        """
        if self.task == "regression":
            raise SpecError("NO_PROBABILITIES", "A regression has no probabilities.", "Use predict.")
        return self.predict_raw(rows)

    def predict_raw(self, rows: TableLike) -> npt.NDArray[np.float64]:
        """Return float64 probabilities (n, k), or values (n,), from which `to_prediction` makes the prediction."""
        return self.predict_raw_encoded(self.encoder.encode(self.preprocessor.transform(rows)))

    def predict_raw_checked(self, rows: TableLike) -> tuple[npt.NDArray[np.float64], list[Flagged]]:
        """Return the same as `predict_raw`, and the cells that could not be used as they stand."""
        columns, n = self.preprocessor.columns_of(rows)
        outputs = self.preprocessor.outputs(columns, n)
        features = concatenate_features(self.preprocessor.transformers, outputs, n)
        flagged = list(flag_inputs(self.preprocessor, columns, outputs, n))
        return self.predict_raw_encoded(self.encoder.encode(features)), flagged

    def check_inputs(self, rows: TableLike) -> list[InputWarning]:
        """List what of the rows cannot be used as it stands: no prediction is made.

        Args:
            rows: as for `predict`.

        Returns:
            One warning for each column and reason: unseen labels, unreadable cells, numbers and dates far outside
            the training range, missing values and missing columns.

        Example:
            >>> [(warning.column, warning.reason) for warning in model.check_inputs({**guest, "day": ["Someday"]})]
            [('day', 'UNSEEN_LABEL')]
        """
        check = InputCheck()
        check.add(self.flag_inputs(rows))
        return check.warnings

    def flag_inputs(self, rows: TableLike) -> Iterator[Flagged]:
        """Yield the cells of the rows that cannot be used as they stand."""
        columns, n = self.preprocessor.columns_of(rows)
        return flag_inputs(self.preprocessor, columns, self.preprocessor.outputs(columns, n), n)

    def to_prediction(self, raw: Array) -> Array:
        """Make predictions (n,) out of the output of `predict_raw`."""
        if self.task == "regression":
            return raw
        return np.asarray(self.classes_[(raw * np.asarray(self.class_multipliers)).argmax(axis=1)])

    def with_decision(self, rule: DecisionRule) -> Model:
        """Return the model with another rule by which it answers one of its two labels; probabilities stay as they are.

        Raises:
            SpecError: `DECISION_NEEDS_TWO_CLASSES`, `UNKNOWN_POSITIVE_CLASS`, `BAD_THRESHOLD`.

        Example:
            >>> from automl import DecisionRule
            >>> cautious = model.with_decision(DecisionRule("Yes", 0.05))
            >>> cautious.predict(guest)[0], cautious.summary["decision"]
            ('Yes', {'positive': 'Yes', 'threshold': 0.05})
        """
        summary = {**self.summary, "decision": rule.to_json()}
        return replace(self, class_multipliers=rule.class_multipliers(self.labels), summary=summary)

    def format_predictions(self, predictions: Iterable[float]) -> list[str] | None:
        """Write predicted times as the training table does (`5:30`); None where the target is none such."""
        return formatted(self.summary, predictions)

    def predict_raw_encoded(self, table: EncodedFeatures) -> npt.NDArray[np.float64]:
        """Return the same as `predict_raw`, from cleaned and encoded rows."""
        if len(table) < BLOCK_ROWS:
            return self._blend(map(self._predict, self._weighted, repeat(table)))
        # One thread a model, BLAS included, and in blocks: distances of all rows at once would outgrow the table.
        blocks = [table.take(slice(i, i + BLOCK_ROWS)) for i in range(0, len(table), BLOCK_ROWS)]
        models = self._weighted
        with threadpool_limits(1, "blas"), ThreadPoolExecutor(usable_cpus()) as pool:
            # A model within the blocks: some of them serve one thread at a time.
            predicted = pool.map(self._predict, models * len(blocks), (block for block in blocks for _ in models))
            return np.concatenate([self._blend(islice(predicted, len(models))) for _ in blocks])

    @property
    def _weighted(self) -> list[tuple[FittedModel, float]]:
        return [(model, member.weight / len(member.models)) for member in self.members for model in member.models]

    def _predict(self, weighted: tuple[FittedModel, float], table: EncodedFeatures) -> Array:
        model, weight = weighted
        prediction = model.predict(table)
        return weight * (self.scale.inverse_transform(prediction) if self.task == "regression" else prediction)

    def _blend(self, predictions: Iterable[Array]) -> npt.NDArray[np.float64]:
        total: Any = sum(predictions)
        values = np.asarray(total, dtype=np.float64)
        if self.task == "regression":
            return values
        values = apply_temperature(values, self.temperature)
        return np.asarray(values / values.sum(axis=1, keepdims=True))
