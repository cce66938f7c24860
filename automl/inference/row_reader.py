"""Raw rows to features, a cell at a time: for the few rows of an online request, in microseconds.

What a cell means and what of it cannot be used is what the preprocessor's transformers and `input_check` say of it.
They are asked of each cell that is new; those that recur are remembered, and plain numbers in the usual range need no
asking.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from automl.inference.input_check import flag_column, usual_bounds
from automl.inference.input_warnings import MISSING_COLUMN, REASONS, Flagged
from automl.parsing.numbers import parse_number
from automl.parsing.scalars import to_label
from automl.preprocessing.features import MISSING
from automl.preprocessing.preprocessor import Preprocessor
from automl.preprocessing.transformers.basic import NumericTransformer, Transformer
from automl.preprocessing.transformers.cells import UnitCategory, WordCategory

MAX_KNOWN = 1_024
"""Maximum cells that are remembered of a column; then they are forgotten, and it begins again."""
MAX_CHARACTERS = 100
"""Maximum characters of a cell that is remembered."""
_FLOAT32_MAX = float(np.finfo(np.float32).max)
_OTHER_SCALARS = frozenset({int, float, bool, type(None)})


@dataclass(frozen=True)
class RowFeatures:
    """The features of n rows.

    Attributes:
        numeric: float32 (n, p), as in `Features`.
        codes: float32 (n, q), the category codes of `Features`.
        flagged: the cells that could not be used as they stand.
    """

    numeric: npt.NDArray[np.float32]
    codes: npt.NDArray[np.float32]
    flagged: list[Flagged]


class _Cell(NamedTuple):
    """What one cell is to the transformers of its column, and the reasons why it cannot be used."""

    numeric: tuple[float, ...]
    codes: tuple[int, ...]
    reasons: tuple[str, ...] = ()


class RowReader:
    """The cleaning of a preprocessor that has no free text. Safe for many threads at once."""

    def __init__(self, preprocessor: Preprocessor) -> None:
        features = {feature["name"]: feature for feature in preprocessor.input_schema}
        self._columns = [
            _ColumnReader(column, list(steps), features[column])
            for column, steps in groupby(preprocessor.transformers, lambda step: step.column)
        ]
        self._n_numeric = sum(len(column.absent.numeric) for column in self._columns)
        self._n_codes = sum(len(column.absent.codes) for column in self._columns)
        # Warnings come in the order of the schema, which is that of the columns; who says otherwise is sorted.
        self._place = {name: place for place, name in enumerate(features)}

    def read(self, columns: Mapping[str, Sequence[Any]], n_rows: int) -> RowFeatures:
        """Read rows.

        Args:
            columns: lists of n_rows cells by column; absent ones count as missing, further ones are ignored.
            n_rows: number of rows.
        """
        numeric: list[list[float]] = [[] for _ in range(n_rows)]
        codes: list[list[int]] = [[] for _ in range(n_rows)]
        flagged: list[Flagged] = []
        for column in self._columns:
            cells = columns.get(column.name)
            if cells is None:
                flagged.append(Flagged(column.feature, MISSING_COLUMN, np.arange(n_rows), ()))
                for row in range(n_rows):
                    numeric[row] += column.absent.numeric
                    codes[row] += column.absent.codes
                continue
            marked: dict[str, list[int]] | None = None
            for row, cell in enumerate(cells):
                found = column.read(cell)
                numeric[row] += found.numeric
                codes[row] += found.codes
                for reason in found.reasons:
                    marked = {} if marked is None else marked
                    marked.setdefault(reason, []).append(row)
            if marked:
                flagged += column.flag(cells, marked)
        flagged.sort(key=lambda each: self._place[each.feature["name"]])
        return RowFeatures(
            np.array(numeric, dtype=np.float32).reshape(n_rows, self._n_numeric),
            np.array(codes, dtype=np.float32).reshape(n_rows, self._n_codes),
            flagged,
        )


class _ColumnReader:
    """One column's cells, read by all its transformers."""

    def __init__(self, name: str, steps: list[Transformer], feature: Mapping[str, Any]) -> None:
        self.name = name
        self.feature = feature
        self._steps = steps
        self._known: dict[Any, _Cell] = {}
        # The numbers in this range are read without asking; by default none.
        self._low, self._high, self._offset = np.inf, -np.inf, 0.0
        self._no_codes: tuple[int, ...] = ()
        self._spelling: tuple[str, str] | None = None
        first, others = steps[0], steps[1:]
        if isinstance(first, NumericTransformer) and all(
            isinstance(each, UnitCategory | WordCategory) for each in others
        ):
            low, high = usual_bounds(feature, first) or (-np.inf, np.inf)
            # Of a plain number there is nothing to say besides the number.
            self._low, self._high, self._offset = max(low, -_FLOAT32_MAX), min(high, _FLOAT32_MAX), first.offset
            self._no_codes = (MISSING,) * len(others)
            self._spelling = None if others else (first.decimal, first.unit)
        self.absent = self._ask(None)

    def read(self, cell: Any) -> _Cell:
        """Return what the cell is."""
        kind = type(cell)
        key: Any
        if kind is str:
            if self._spelling is not None:
                value = parse_number(cell, *self._spelling) - self._offset
                if self._low <= value <= self._high:
                    return _Cell((value,), ())
            if len(cell) > MAX_CHARACTERS:
                return self._ask(cell)
            key = cell
        elif kind is float or kind is int:
            try:
                value = cell - self._offset
            except OverflowError:
                return self._ask(cell)
            if self._low <= value <= self._high:
                return _Cell((value,), self._no_codes)
            key = (kind, repr(cell))
        elif kind in _OTHER_SCALARS:
            key = (kind, cell)
        else:
            return self._ask(cell)
        found = self._known.get(key)
        if found is None:
            if len(self._known) >= MAX_KNOWN:
                self._known.clear()
            found = self._known[key] = self._ask(cell)
        return found

    def flag(self, cells: Sequence[Any], marked: Mapping[str, Sequence[int]]) -> list[Flagged]:
        """Return the rows that are marked with a reason, as `input_check` tells them."""
        return [
            Flagged(
                self.feature, reason, np.array(marked[reason]), [to_label(cells[row]) or "" for row in marked[reason]]
            )
            for reason in REASONS
            if reason in marked
        ]

    def _ask(self, cell: Any) -> _Cell:
        outputs = [step.transform([cell]) for step in self._steps]
        numbers = (float(values[0]) for output in outputs for values in output.numeric)
        return _Cell(
            # What overflows float32 becomes its largest number, as in `concatenate_features`.
            tuple(min(max(number, -_FLOAT32_MAX), _FLOAT32_MAX) if number == number else number for number in numbers),
            tuple(int(values[0]) for output in outputs for values in output.categorical),
            tuple(
                found.reason
                for found in flag_column(self.feature, list(zip(self._steps, outputs, strict=True)), [cell])
            ),
        )
