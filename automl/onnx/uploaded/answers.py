"""What a graph puts out, as probabilities or values: checked, for nobody knows what it was made to say."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from automl.errors import DataError
from automl.onnx.uploaded.signature import Signature

TOLERANCE = 1e-3
"""Maximum by which probabilities may leave 0 to 1, or their sum 1: float32 and float16 round."""


def to_raw(output: Any, signature: Signature, n_rows: int) -> npt.NDArray[np.float64]:
    """Return probabilities (n, k), or values (n,).

    Raises:
        DataError: `MODEL_ANSWER_INVALID`, where the output is none for these rows.
    """
    values = _numbers(output, signature)
    if signature.task == "regression":
        if values.shape not in ((n_rows,), (n_rows, 1)):
            raise _invalid(f"has the shape {values.shape} for {n_rows} rows", "It must be one number a row.")
        values = values.reshape(n_rows)
        _check_finite(values)
        return values
    k = len(signature.labels)
    if values.shape in ((n_rows,), (n_rows, 1)) and k == 2:  # the probability of the second class alone
        values = values.reshape(n_rows, 1)
        values = np.hstack([1.0 - values, values])
    if values.shape != (n_rows, k):
        raise _invalid(
            f"has the shape {values.shape} for {n_rows} rows", f"It must be ({n_rows}, {k}): a probability a class."
        )
    _check_finite(values)
    if values.min(initial=0.0) < -TOLERANCE or values.max(initial=0.0) > 1 + TOLERANCE:
        worst = values.flat[np.abs(values - 0.5).argmax()]
        raise _invalid(
            f"has {worst:.6g}, which is no probability", "Export it with a softmax, a sigmoid or predict_proba."
        )
    sums = values.sum(axis=1)
    if np.abs(sums - 1.0).max(initial=0.0) > k * TOLERANCE:
        raise _invalid(f"sums to {sums[np.abs(sums - 1.0).argmax()]:.6g} in a row", "Probabilities of a row sum to 1.")
    values = np.clip(values, 0.0, 1.0)
    return np.asarray(values / values.sum(axis=1, keepdims=True))


def _numbers(output: Any, signature: Signature) -> npt.NDArray[np.float64]:
    try:
        if signature.form == "maps":
            return np.array([[row[label] for label in signature.labels] for row in output], dtype=np.float64)
        return np.asarray(output, dtype=np.float64)
    except (KeyError, TypeError, ValueError) as error:
        raise _invalid(f"cannot be read: {error!r}"[:200], "Export it with a probability for each label.") from error


def _check_finite(values: npt.NDArray[np.float64]) -> None:
    unfit = ~np.isfinite(values.reshape(len(values), -1)).all(axis=1)
    if unfit.any():
        raise _invalid(
            f"is no number in {int(unfit.sum()):,} of {len(values):,} rows, the first is row {int(unfit.argmax())}",
            "Models that know no missing values answer so where a cell is missing: fill it in, or upload a model with "
            "an imputer.",
        )


def _invalid(what: str, hint: str) -> DataError:
    return DataError("MODEL_ANSWER_INVALID", f"The model's answer {what}.", hint)
