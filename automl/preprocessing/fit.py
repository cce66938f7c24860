"""Fit the preprocessor: decide once, from a training table, how each column is transformed."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from automl.errors import DataError, SpecError
from automl.parsing.vectorized import ColumnLike
from automl.preprocessing.columns.column_options import check_column_options, merge_column_options
from automl.preprocessing.columns.column_stats import ColumnStats
from automl.preprocessing.columns.column_types import infer_type
from automl.preprocessing.columns.table_stats import compute_table_stats
from automl.preprocessing.features import Features
from automl.preprocessing.fit_column import fit_column
from automl.preprocessing.fitted_column import FittedColumn
from automl.preprocessing.input_schema import column_schema
from automl.preprocessing.preprocessor import Preprocessor, columns_by_name, concatenate_features
from automl.preprocessing.transformers.basic import Transformer, TransformerOutput
from automl.preprocessing.transformers.cells import WordCategory


def fit_preprocessor(
    frame: pd.DataFrame,
    y: npt.NDArray[np.generic] | None = None,
    *,
    target: str,
    types: Mapping[str, str] | None = None,
    exclude_columns: Collection[str] = (),
    stats: Mapping[str, ColumnStats] | None = None,
) -> tuple[Preprocessor, Features]:
    """Learn how to clean a table, and clean it.

    Args:
        frame: n rows to learn from, the target among the columns or not.
        y: (n,) the encoded target (float for regression, int codes for classes): decides whether an id
            carries signal.
        target: name of the target column.
        types: types the user insists on, by column; the others are inferred.
        exclude_columns: columns not to use.
        stats: of the columns, with the options the user insists on, where they are known.

    Raises:
        SpecError: UNKNOWN_TYPE, UNKNOWN_COLUMN.
        DataError: NO_USABLE_COLUMN.
    """
    columns = columns_by_name(frame)
    options = merge_column_options(types, {name: about.options for name, about in (stats or {}).items()})
    check_column_options(options, columns)
    _check_excluded(columns, exclude_columns)
    known = compute_table_stats(frame, options) if stats is None else stats
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
        about = known[name]
        fitted = fit_column(cells, about, about.options.type or infer_type(about), y)
        decision = _decision(fitted, about)
        if not fitted.transformers:
            actions.append(decision)
            continue
        step, block = fitted.transformers[0]
        twin = duplicate_of.setdefault(_fingerprint([each for _, each in fitted.transformers]), name)
        if twin != name:
            actions.append({"column": name, "action": "dropped", "why": f"duplicate of {twin!r}"})
            continue
        actions.append(decision)
        words = [word for each, _ in fitted.transformers if isinstance(each, WordCategory) for word in each.labels]
        features.append(column_schema(about, step, block) | ({"words": words} if words else {}))
        steps.extend(step for step, _ in fitted.transformers)
        blocks.extend(block for _, block in fitted.transformers)
    if not steps:
        raise _no_usable_column()
    plan = Preprocessor(target, tuple(steps), tuple(actions), tuple(features))
    return plan, concatenate_features(steps, blocks, len(frame))


def _no_usable_column() -> DataError:
    return DataError(
        "NO_USABLE_COLUMN",
        "No column is left to train on: each is the target, constant, an ID, or excluded.",
        "Add columns that describe the rows, or exclude fewer.",
    )


def _decision(fitted: FittedColumn, about: ColumnStats) -> dict[str, Any]:
    """Return `{column, action, why, warnings?}`."""
    why = f"{fitted.why}; type set by request" if about.options.type else fitted.why
    decision: dict[str, Any] = {"column": about.name, "action": fitted.action, "why": why}
    warnings = [finding.text for finding in fitted.findings if finding.severity == "warning"]
    if warnings:
        decision["warnings"] = warnings
    return decision


def _check_excluded(columns: Mapping[str, ColumnLike], excluded: Collection[str]) -> None:
    for name in excluded:
        if name not in columns:
            raise SpecError("UNKNOWN_COLUMN", f"The table has no column {name!r}.", "Check the spelling.", column=name)


def _fingerprint(blocks: Sequence[TransformerOutput]) -> bytes:
    """Return a hash, equal for columns that say the same: equal numbers, or labels that differ in name only."""
    digest = hashlib.sha256()
    for block in blocks:
        for numeric in block.numeric:
            digest.update(b"n" + np.ascontiguousarray(numeric, dtype=np.float64).tobytes())
        for codes in block.categorical:
            digest.update(b"c" + pd.factorize(codes)[0].tobytes())
        for text in block.text:
            digest.update(b"t" + "\0".join(text).encode(errors="surrogatepass"))
    return digest.digest()
