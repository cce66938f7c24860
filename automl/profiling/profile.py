"""Profiles: what a table holds, column by column, before any fit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from automl.parsing.labels import label_key, missing_words, read_labels
from automl.parsing.scalars import is_missing
from automl.parsing.vectorized import factorize
from automl.preprocessing.columns.column_options import merge_column_options
from automl.preprocessing.columns.column_stats import ColumnStats
from automl.preprocessing.columns.column_types import collapse_as_floats, infer_type
from automl.preprocessing.columns.number_format import unit_of_values
from automl.preprocessing.columns.reading_findings import reading_findings
from automl.preprocessing.columns.table_stats import compute_table_stats
from automl.preprocessing.columns.unread_cells import find_unread, read_values
from automl.preprocessing.preprocessor import columns_by_name
from automl.preprocessing.target.task import infer_task
from automl.wording import plural

N_BINS = 20
N_TOP = 10
N_EXAMPLES = 5
EXAMPLE_CHARACTERS = 80
DUPLICATES_ROWS = 50_000


def profile(
    frame: pd.DataFrame, types: Mapping[str, str] | None = None, stats: Mapping[str, ColumnStats] | None = None
) -> dict[str, Any]:
    """Return `{rows, columns: [{name, type, missing, distinct, examples, warnings, reading, …}], warnings}`.

    A column has a `distribution`, and `as_target` says the `task` that it would pose as a target and, of numbers,
    whether it `has_negatives` and `has_zeros`. `missing` and `distinct` are exact; `missing` includes cells that say
    "no value" in disguise (`?`, `NA`…), but in ids and texts. Types, examples and the most frequent labels come from
    20,000 rows spread evenly over the table, repeated rows are looked for among the first 50,000.

    A distribution is `{kind: "histogram", edges, counts}` for numbers, dates (edges in ISO form) and text
    (lengths), or `{kind: "top", values: [[label, count]…], sampled_rows}` for the others.

    Args:
        frame: the table; cells of any type.
        types: types the user insists on, by column.
        stats: of the columns, with all the options the user insists on, where they are known.
    """
    known = stats or compute_table_stats(frame, merge_column_options(types, None))
    columns = [
        _column(cells, known[name]) for name, cells in columns_by_name(frame).items() if isinstance(cells, pd.Series)
    ]
    return {"rows": len(frame), "columns": columns, "warnings": _table_warnings(frame)}


def _column(cells: pd.Series, about: ColumnStats) -> dict[str, Any]:
    name, type_ = about.name, about.options.type or infer_type(about)
    as_target: dict[str, Any] = {"task": infer_task(cells, about)[0]}
    values = read_values(cells, about, type_)
    missing = about.n_missing if values is None else int(np.isnan(values).sum())
    unread = None if values is None else find_unread(cells, values)
    if values is not None and type_ == "number":
        as_target |= {"has_negatives": bool((values < 0).any()), "has_zeros": bool((values == 0).any())}
    if values is not None and type_ != "boolean":
        distribution = _histogram(values)
        if type_ == "date":
            distribution["edges"] = [str(np.datetime64(round(edge), "s")) for edge in distribution["edges"]]
    elif type_ == "text":
        lengths = np.repeat([len(value) for value in about.values], about.value_counts)
        distribution = _histogram(lengths.astype(np.float64))
    else:
        if type_ == "category":
            missing += sum(_missing_words(cells).values())
        top = zip(about.values[:N_TOP], about.value_counts[:N_TOP], strict=True)
        distribution = {
            "kind": "top",
            "values": [[value[:EXAMPLE_CHARACTERS], count] for value, count in top],
            "sampled_rows": sum(about.value_counts),
        }
    return {
        "name": name,
        "type": type_,
        "missing": missing,
        "distinct": about.n_distinct,
        "examples": [value[:EXAMPLE_CHARACTERS] for value in about.values[:N_EXAMPLES]],
        "warnings": [
            *_column_warnings(about, type_, missing),
            *(finding.text for finding in reading_findings(about, type_, unread)),
        ],
        "reading": _reading(about, type_),
        "distribution": distribution,
        "as_target": as_target,
    }


def _missing_words(cells: pd.Series) -> dict[str, int]:
    """Return the words among a column's labels that count as missing, and how often each occurs."""
    codes, uniques = factorize(cells)
    return read_labels(uniques, np.bincount(codes[codes >= 0], minlength=len(uniques)).tolist()).missing


def _reading(about: ColumnStats, type_: str) -> dict[str, Any]:
    """Return how cells are read: `{decimal_sign, unit, is_sure}` of numbers, `{date_order, is_sure}` of dates."""
    if about.dtype_kind != "text":
        return {}
    if type_ == "date":
        return {"date_order": about.date_order.order, "is_sure": about.date_order.is_sure} if about.orders.n else {}
    if type_ != "number":
        return {}
    form = about.number_format
    unit = form.clock.rstrip("?") or unit_of_values(form)
    return {"decimal_sign": form.decimal, "unit": unit, "is_sure": form.is_sure}


def _histogram(values: npt.NDArray[np.float64]) -> dict[str, Any]:
    known = values[np.isfinite(values)]
    if not len(known):
        return {"kind": "histogram", "edges": [], "counts": []}
    low, high = float(known.min()), float(known.max())
    # Scaled first: the span of two huge numbers, or of two that differ in the last bit, has no 20 edges of
    # its own.
    scale = max(abs(low), abs(high)) or 1.0
    try:
        counts, edges = np.histogram(known / scale, bins=N_BINS)
    except ValueError:
        counts, edges = np.array([len(known)]), np.array([low, high]) / scale
    return {"kind": "histogram", "edges": [float(edge) * scale for edge in edges], "counts": counts.tolist()}


def _column_warnings(about: ColumnStats, type_: str, missing: int) -> list[str]:
    made: list[str] = []
    if about.n_rows and type_ != "constant" and missing > about.n_rows / 2:
        made.append(f"{missing / about.n_rows:.0%} of the cells are missing.")
    disguised = [value for value in about.values if is_missing(value)]
    if disguised and type_ in ("number", "date", "boolean"):
        made.append(f"{_quoted(disguised)} counts as missing.")
    elif disguised and type_ == "category":
        gone = missing_words(about.values)
        if words := [value for value in disguised if label_key(value) in gone]:
            made.append(f"{_quoted(words)} counts as missing.")
        if labels := [value for value in disguised if label_key(value) not in gone]:
            made.append(f"{_quoted(labels)} may mean missing; kept as a separate label.")
    if type_ == "constant":
        made.append("Empty in every row." if about.n_distinct == 0 else "The same value in every row.")
    elif type_ == "id":
        made.append("Unique in every row (an ID): not used to predict, unless the target changes along it.")
    elif type_ == "category":
        made += _label_warnings(about)
    long = any(len(value.strip("-+")) > 16 and value.isdigit() for value in about.values[:1000])
    if type_ == "number" and long and not collapse_as_floats(about.values):
        made.append("Whole numbers of more than 16 digits are rounded.")
    if about.dtype_kind == "text" and any(value[0] in "=@" for value in about.values[:1000]):
        made.append("Some cells start like a spreadsheet formula; they are kept as text.")
    return made


def _label_warnings(about: ColumnStats) -> list[str]:
    made = []
    folded: dict[str, str] = {}
    for value in about.values:
        known = folded.setdefault(label_key(value) or "", value)
        if known != value:
            made.append(f"{known[:40]!r} and {value[:40]!r} count as one label.")
            break
    if about.n_distinct > 1000:
        made.append(f"{about.n_distinct:,} different labels.")
    return made


def _quoted(values: list[str]) -> str:
    return ", ".join(repr(value[:20]) for value in values[:3])


def _table_warnings(frame: pd.DataFrame) -> list[str]:
    made = [str(each) for each in frame.attrs.get("warnings", [])]
    repeated = count_repeated_rows(frame)
    if repeated:
        where = "" if len(frame) <= DUPLICATES_ROWS else f" among the first {DUPLICATES_ROWS:,}"
        made.append(f"{plural(repeated, 'row')} {'repeats' if repeated == 1 else 'repeat'} an earlier row{where}.")
    return made


def count_repeated_rows(frame: pd.DataFrame) -> int:
    """Count the rows among the first 50,000 that are equal to an earlier one in every column."""
    if frame.shape[1] == 0 or len(frame) < 2:
        return 0
    hashes = hash_rows([frame.iloc[:DUPLICATES_ROWS, position] for position in range(frame.shape[1])])
    return len(hashes) - len(np.unique(hashes))


def hash_rows(columns: Iterable[pd.Series]) -> npt.NDArray[np.uint64]:
    """Hash each row (n,) of one or more columns, equal for equal rows."""
    total: Any = np.uint64(0)
    for cells in columns:
        # A column at a time, mixed by a multiplier: no copy of the frame, whatever its cells are.
        cells = pd.Series(factorize(cells)[0]) if cells.dtype == object else cells
        hashed = np.asarray(pd.util.hash_pandas_object(cells, index=False), dtype=np.uint64)
        total = total * np.uint64(1_000_003) + hashed
    return np.asarray(total, dtype=np.uint64)
