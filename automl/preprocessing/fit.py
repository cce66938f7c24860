"""Fit the preprocessor: decide once, from a training table, how each column is transformed."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from automl.errors import DataError, SpecError
from automl.parsing.vectorized import ColumnLike
from automl.preprocessing.column_stats import compute_column_stats
from automl.preprocessing.column_types import infer_type
from automl.preprocessing.features import Features
from automl.preprocessing.fit_column import fit_column
from automl.preprocessing.input_schema import column_schema
from automl.preprocessing.preprocessor import Preprocessor, columns_by_name, concatenate_features
from automl.preprocessing.transformers import Transformer, TransformerOutput
from vocabulary import COLUMN_TYPES


def fit_preprocessor(
    frame: pd.DataFrame,
    y: npt.NDArray[np.generic] | None = None,
    *,
    target: str,
    types: Mapping[str, str] | None = None,
    exclude_columns: Collection[str] = (),
) -> tuple[Preprocessor, Features]:
    """Learn how to clean a table, and clean it.

    Args:
        frame: n rows to learn from, the target among the columns or not.
        y: (n,) the encoded target (float for regression, int codes for classes): decides whether an id
            carries signal.
        target: name of the target column.
        types: types the user insists on, by column; the others are inferred.
        exclude_columns: columns not to use.

    Raises:
        SpecError: UNKNOWN_TYPE, UNKNOWN_COLUMN.
        DataError: NO_USABLE_COLUMN.
    """
    columns = columns_by_name(frame)
    chosen = dict(types or {})
    _check_request(columns, chosen, exclude_columns)
    actions: list[dict[str, Any]] = []
    features: list[dict[str, Any]] = []
    steps: list[Transformer] = []
    blocks: list[TransformerOutput] = []
    duplicate_of: dict[bytes, str] = {}
    for name, cells in columns.items():
        if name == target or not isinstance(cells, pd.Series):
            continue
        if name in exclude_columns:
            actions.append({"column": name, "action": "left out", "why": "excluded by request"})
            continue
        about = compute_column_stats(cells, name)
        type_ = chosen.get(name) or infer_type(about)
        fitted = fit_column(cells, about, type_, y)
        why = fitted.why if name not in chosen else f"{fitted.why}; type set by request"
        if not fitted.transformers:
            actions.append({"column": name, "action": fitted.action, "why": why})
            continue
        step, block = fitted.transformers[0]
        twin = duplicate_of.setdefault(_fingerprint(block), name)
        if twin != name:
            actions.append({"column": name, "action": "dropped", "why": f"duplicate of {twin!r}"})
            continue
        actions.append({"column": name, "action": fitted.action, "why": why})
        features.append(column_schema(about, step, block))
        steps.extend(step for step, _ in fitted.transformers)
        blocks.extend(block for _, block in fitted.transformers)
    if not steps:
        raise DataError(
            "NO_USABLE_COLUMN",
            "No column is left to train on: each is the target, constant, an ID, or excluded.",
            "Add columns that describe the rows, or exclude fewer.",
        )
    plan = Preprocessor(target, tuple(steps), tuple(actions), tuple(features))
    return plan, concatenate_features(steps, blocks, len(frame))


def _check_request(columns: Mapping[str, ColumnLike], types: Mapping[str, str], excluded: Collection[str]) -> None:
    for name in [*types, *excluded]:
        if name not in columns:
            raise SpecError(
                "UNKNOWN_COLUMN", f"The dataset has no column {name!r}.", "Check the spelling.", column=name
            )
    for name, type_ in types.items():
        if type_ not in COLUMN_TYPES:
            raise SpecError(
                "UNKNOWN_TYPE",
                f"Column {name!r} cannot be of type {type_!r}.",
                f"Choose one of {', '.join(COLUMN_TYPES)}.",
                column=name,
            )


def _fingerprint(block: TransformerOutput) -> bytes:
    """Return a hash, equal for columns that say the same: equal numbers, or labels that differ in name only."""
    digest = hashlib.sha256()
    for numeric in block.numeric:
        digest.update(b"n" + np.ascontiguousarray(numeric, dtype=np.float64).tobytes())
    for codes in block.categorical:
        digest.update(b"c" + pd.factorize(codes)[0].tobytes())
    for text in block.text:
        digest.update(b"t" + "\0".join(text).encode(errors="surrogatepass"))
    return digest.digest()
