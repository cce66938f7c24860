"""Codes: columns of digits that the file keeps as text, such as 00501 or 4711, are labels and no amounts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from automl.preprocessing.columns.column_options import NO_OPTIONS, ColumnOptions
from automl.preprocessing.columns.column_stats import compute_column_stats
from automl.preprocessing.columns.column_types import MIN_ID_ROWS, infer_type


def code_column_types(
    frame: pd.DataFrame, digit_text: Sequence[int], options: Mapping[str, ColumnOptions] | None = None
) -> dict[str, str]:
    """Return the type of each column of codes whose cells alone would make it a number.

    Args:
        frame: the table, cells as text.
        digit_text: positions of the columns whose file keeps all cells as text, some of them digits only.
        options: what the user insists on; a column whose type is set is left alone.
    """
    types: dict[str, str] = {}
    for position in digit_text:
        name = str(frame.columns[position])
        if (options or {}).get(name, NO_OPTIONS).type is not None:
            continue
        about = compute_column_stats(frame.iloc[:, position], name)
        if infer_type(about) == "number" and all(value.isascii() and value.isdigit() for value in about.values):
            unique = about.n_rows >= MIN_ID_ROWS and about.n_missing == 0 and about.n_distinct == about.n_rows
            types[name] = "id" if unique else "category"
    return types


def code_column_warnings(types: dict[str, str]) -> list[str]:
    """Tell the owner which columns were not taken as numbers, and how to have them so."""
    if not types:
        return []
    named = ", ".join(repr(name[:60]) for name in list(types)[:5]) + (" and more" if len(types) > 5 else "")
    return [f"Digits that the file keeps as text are labels here: {named}. Set the type to number if they count."]
