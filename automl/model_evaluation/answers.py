"""What a model answers to new rows: its output, the classes it chooses, and the threshold by which it does."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from automl._typing import Array
from automl.inference.input_check import InputCheck
from automl.inference.input_warnings import InputWarning
from automl.inference.servable import ServableModel, require_inputs

BLOCK_ROWS = 20_000
"""Rows that are cleaned and predicted at a time: the features of all of them would outgrow the table."""
STEPS = 1_000
HALVINGS = 40


@dataclass(frozen=True)
class Answers:
    """The predictions for m rows.

    Attributes:
        output: probabilities (m, k), or values (m,).
        chosen: (m,) class codes; values once more for regression.
        threshold: of two classes, the probability from which the positive one is chosen; None otherwise.
        warnings: what could not be used of the rows, by column.
    """

    output: Array
    chosen: Array
    threshold: float | None
    warnings: list[InputWarning]


def predict_rows(model: ServableModel, frame: pd.DataFrame) -> Answers:
    """Predict rows.

    Args:
        model: whatever predicts.
        frame: m rows; further columns than the model reads do no harm.

    Raises:
        DataError: MISSING_FEATURE, and what an uploaded model raises for rows that it cannot take.
    """
    require_inputs(model, frame.columns)
    used = [feature["name"] for feature in model.features_ if feature["name"] in frame.columns]
    inputs = frame[used]
    blocks = [inputs.iloc[start : start + BLOCK_ROWS] for start in range(0, len(inputs), BLOCK_ROWS)]
    check, outputs = InputCheck(), []
    for block in blocks:
        raw, flagged = model.predict_raw_checked(block)
        check.add(flagged)
        outputs.append(raw)
    output = np.concatenate(outputs)
    if model.task == "regression":
        return Answers(output, output, None, check.warnings)
    threshold = _threshold(model) if model.task == "binary" else None
    return Answers(output, _codes(model, output), threshold, check.warnings)


def _codes(model: ServableModel, output: Array) -> Array:
    code_of = {label: code for code, label in enumerate(model.classes_.tolist())}
    return np.array([code_of[label] for label in model.to_prediction(output).tolist()], dtype=np.intp)


def _threshold(model: ServableModel) -> float:
    """Find the least probability that the model answers with the positive class, by asking it."""

    def is_positive(probability: Array) -> Array:
        return np.asarray(_codes(model, np.column_stack([1 - probability, probability])) == 1)

    steps = np.linspace(0, 1, STEPS + 1)
    positive = np.flatnonzero(is_positive(steps))
    if not len(positive):
        return 1.0
    if positive[0] == 0:
        return 0.0
    low, high = steps[positive[0] - 1], steps[positive[0]]
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (low, middle) if is_positive(np.array([middle]))[0] else (middle, high)
    return float(high)
