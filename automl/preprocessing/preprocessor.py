"""The fitted preprocessor: how a raw table becomes `Features`, as plain data that a small interpreter replays.

It holds transformers, one or several a column, made of names, numbers and lists only: it is written as JSON and read
back by any later version of the libraries. One row costs microseconds: no data frame is built on that road.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from automl.errors import DataError
from automl.parsing.vectorized import ColumnLike, TableLike
from automl.preprocessing.features import Features
from automl.preprocessing.transformers.basic import (
    BooleanTransformer,
    CategoricalTransformer,
    DatetimeTransformer,
    NumericTransformer,
    Transformer,
    TransformerOutput,
)
from automl.preprocessing.transformers.cells import UnitCategory, WordCategory
from automl.preprocessing.transformers.strings import (
    OrdinalRange,
    StringLength,
    SubstringCategory,
    TextTransformer,
    TrailingNumber,
)

TRANSFORMERS: dict[str, type[Any]] = {
    step.kind: step
    for step in (
        NumericTransformer,
        BooleanTransformer,
        CategoricalTransformer,
        DatetimeTransformer,
        TextTransformer,
        SubstringCategory,
        TrailingNumber,
        StringLength,
        OrdinalRange,
        UnitCategory,
        WordCategory,
    )
}
"""Transformers by the name under which JSON records them."""

_FLOAT32_MAX = float(np.finfo(np.float32).max)


@dataclass(frozen=True)
class Preprocessor:
    """What was learned about a table, ready to be replayed.

    Attributes:
        target: name of the target column (ignored where a table to be predicted has it).
        transformers: one or several for each column that is used, those of one column in a row.
        column_decisions: `{column, action, why}` for every column of the training table, used or not.
        input_schema: `{name, type, required, choices?, range?, typical}` for each used column: what a form needs.
    """

    target: str
    transformers: tuple[Transformer, ...]
    column_decisions: tuple[dict[str, Any], ...] = ()
    input_schema: tuple[dict[str, Any], ...] = ()

    def transform(self, table: TableLike) -> Features:
        """Clean the table.

        Args:
            table: a data frame, or a mapping from column names to equally long lists of cells: text as in the
                CSV file, numbers, truth values, dates, None. Columns in any order; absent ones count as
                missing, others are ignored.

        Raises:
            DataError: UNEVEN_COLUMNS, COLUMN_NAMED_TWICE.
        """
        columns, n = self.columns_of(table)
        return concatenate_features(self.transformers, self.outputs(columns, n), n)

    def columns_of(self, table: TableLike) -> tuple[dict[str, ColumnLike], int]:
        """Return the columns by name, and the number of rows.

        Raises:
            DataError: UNEVEN_COLUMNS, COLUMN_NAMED_TWICE.
        """
        if isinstance(table, pd.DataFrame):
            check_names(table, {step.column for step in self.transformers})
            return columns_by_name(table), len(table)
        lengths = {len(cells) for cells in table.values()}
        if len(lengths) > 1:
            raise DataError("UNEVEN_COLUMNS", f"The columns have {sorted(lengths)} cells.", "Give each one cell a row.")
        return dict(table), lengths.pop() if lengths else 0

    def outputs(self, columns: Mapping[str, ColumnLike], n_rows: int) -> list[TransformerOutput]:
        """Return what each transformer makes of its column of n_rows cells; absent columns count as missing."""
        absent: ColumnLike = [None] * n_rows
        return [step.transform(columns.get(step.column, absent)) for step in self.transformers]

    def to_json(self) -> dict[str, Any]:
        """Return plain data: dicts, lists, text, numbers."""
        transformers = []
        for transformer in self.transformers:
            fields = asdict(transformer)  # type: ignore[call-overload]
            fields.pop("_codes", None)
            transformers.append({"kind": transformer.kind, **fields})
        return {
            "target": self.target,
            "transformers": transformers,
            "column_decisions": list(self.column_decisions),
            "input_schema": list(self.input_schema),
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Preprocessor:
        """Return the preprocessor that `to_json` wrote. The format is that of the bundle which holds it."""
        transformers = []
        for entry in data["transformers"]:
            fields = {key: tuple(value) if isinstance(value, list) else value for key, value in entry.items()}
            transformers.append(TRANSFORMERS[entry["kind"]](**{key: fields[key] for key in fields if key != "kind"}))
        return cls(data["target"], tuple(transformers), tuple(data["column_decisions"]), tuple(data["input_schema"]))


def concatenate_features(steps: Sequence[Transformer], blocks: Sequence[TransformerOutput], n_rows: int) -> Features:
    """Join the steps' blocks into one table."""
    numeric_names = tuple(name for step in steps for name in step.numeric_names)
    categorical_names = tuple(name for step in steps for name in step.categorical_names)
    numeric = np.empty((n_rows, len(numeric_names)), dtype=np.float32)
    categorical = np.empty((n_rows, len(categorical_names)), dtype=np.int32)
    text: list[npt.NDArray[np.object_]] = []
    p = q = 0
    with np.errstate(over="ignore"):
        for block in blocks:
            for values in block.numeric:
                numeric[:, p] = values
                p += 1
            for codes in block.categorical:
                categorical[:, q] = codes
                q += 1
            text.extend(block.text)
    # What overflows float32 becomes its largest number: still the largest, and finite.
    np.clip(numeric, -_FLOAT32_MAX, _FLOAT32_MAX, out=numeric)
    return Features(
        numeric,
        categorical,
        tuple(text),
        numeric_names,
        categorical_names,
        tuple(name for step in steps for name in step.text_names),
        tuple(step.categories for step in steps if step.categorical_names),
    )


def check_names(frame: pd.DataFrame, names: Collection[str]) -> None:
    """Raise where one of the names is that of several columns: which of them is meant cannot be told.

    Raises:
        DataError: COLUMN_NAMED_TWICE.
    """
    if frame.columns.is_unique and frame.columns.inferred_type == "string":
        return
    for name, count in Counter(map(str, frame.columns)).items():
        if count > 1 and name in names:
            raise DataError(
                "COLUMN_NAMED_TWICE",
                f"{count} columns are named {name!r}, so it is ambiguous.",
                "Give each column a name of its own, as read_csv does ('a', 'a.1').",
                column=name,
            )


def columns_by_name(frame: pd.DataFrame) -> dict[str, ColumnLike]:
    """Return the columns by their names as text; of several with one name the first."""
    found: dict[str, ColumnLike] = {}
    for position, name in enumerate(frame.columns):
        found.setdefault(str(name), frame.iloc[:, position])
    return found
