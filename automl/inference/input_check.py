"""What a model could not use of the rows that it is given: unseen labels, unreadable or far-off values, gaps."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from automl.errors import DataError
from automl.inference.input_warnings import (
    KEY_NOT_FOUND,
    MISSING_COLUMN,
    MISSING_VALUE,
    OUT_OF_RANGE,
    UNREADABLE_VALUE,
    UNSEEN_LABEL,
    Flagged,
    InputWarning,
)
from automl.parsing.scalars import is_missing, to_label
from automl.parsing.vectorized import ColumnLike, map_unique
from automl.preprocessing.preprocessor import Preprocessor
from automl.preprocessing.transformers.basic import (
    BooleanTransformer,
    CategoricalTransformer,
    DatetimeTransformer,
    NumericTransformer,
    Transformer,
    TransformerOutput,
)
from automl.preprocessing.transformers.cells import UnitCategory
from automl.wording import plural

MAX_EXAMPLES = 5
EXAMPLE_CHARACTERS = 80
USUAL_RARE_SHARE = 0.05
"""Labels that are new are no news in a column of which the model has met so many rare ones in training."""


class InputCheck:
    """Counts what could not be used, over one batch of rows after the other.

    Attributes:
        n_rows: number of rows that were predicted, where they come from a CSV.

    Example:
        >>> check = InputCheck()
        >>> check.warnings
        []
    """

    def __init__(self) -> None:
        self.n_rows = 0
        self._counts: dict[tuple[str, str], int] = {}
        self._examples: dict[tuple[str, str], dict[str, None]] = {}
        self._features: dict[str, Mapping[str, Any]] = {}

    def add(self, found: Iterable[Flagged]) -> None:
        """Count what was found in a batch."""
        for each in found:
            name = each.feature["name"]
            key = (name, each.reason)
            self._features[name] = each.feature
            self._counts[key] = self._counts.get(key, 0) + len(each.rows)
            examples = self._examples.setdefault(key, {})
            for cell in each.cells:
                if len(examples) >= MAX_EXAMPLES:
                    break
                if cell:
                    examples[cell[:EXAMPLE_CHARACTERS]] = None

    @property
    def warnings(self) -> list[InputWarning]:
        """What was counted, a warning for each column and reason."""
        return [
            InputWarning(name, reason, count, examples := tuple(self._examples[name, reason]), _sentence(
                self._features[name], reason, count, examples))
            for (name, reason), count in self._counts.items()
        ]  # fmt: skip

    def raise_if_any(self) -> None:
        """Raise DataError INPUT_NOT_USABLE if anything was counted: for callers that rather have no prediction."""
        if found := self.warnings:
            more = f" And {len(found) - 1} more." if len(found) > 1 else ""
            raise DataError(
                "INPUT_NOT_USABLE",
                f"{found[0].detail}{more}",
                "Correct the values, or predict without strict.",
                column=found[0].column,
            )


def flag_inputs(
    preprocessor: Preprocessor, columns: Mapping[str, ColumnLike], outputs: Sequence[TransformerOutput], n_rows: int
) -> Iterator[Flagged]:
    """Find the cells that the preprocessor could not use.

    Args:
        preprocessor: of the model.
        columns: cells (n_rows,) by column; absent ones count as missing.
        outputs: what each of its transformers made of its column.
        n_rows: number of rows.
    """
    made: dict[str, list[tuple[Transformer, TransformerOutput]]] = {}
    for step, output in zip(preprocessor.transformers, outputs, strict=True):
        made.setdefault(step.column, []).append((step, output))
    for feature in preprocessor.input_schema:
        cells = columns.get(feature["name"])
        if cells is None:
            yield Flagged(feature, MISSING_COLUMN, np.arange(n_rows), ())
        else:
            yield from flag_column(feature, made[feature["name"]], cells)


def flag_column(
    feature: Mapping[str, Any], made: Sequence[tuple[Transformer, TransformerOutput]], cells: ColumnLike
) -> Iterator[Flagged]:
    """Find the cells of one column that could not be used, reasons in the order of `REASONS`.

    Args:
        feature: the column in the preprocessor's `input_schema`.
        made: its transformers, each with what it made of the cells.
        cells: of the column.
    """
    yield from _flag_cells(feature, *made[0], cells)
    for step, output in made:
        if isinstance(step, UnitCategory):  # amounts in a unit that training did not have
            yield from _flag(feature, UNSEEN_LABEL, output.categorical[0] == len(step.labels), cells)


def _flag_cells(
    feature: Mapping[str, Any], step: Transformer, output: TransformerOutput, cells: ColumnLike
) -> Iterator[Flagged]:
    if isinstance(step, CategoricalTransformer):
        codes = output.categorical[0]
        if feature["required"]:
            yield from _flag(feature, MISSING_VALUE, codes < 0, cells)
        if feature.get("rare_share", 0.0) < USUAL_RARE_SHARE:
            yield from _flag(feature, UNSEEN_LABEL, codes == len(step.labels), cells)
    elif isinstance(step, NumericTransformer | BooleanTransformer | DatetimeTransformer):
        values = output.numeric[0]
        unread = np.isnan(values)
        if unread.any():
            empty = map_unique(cells, _is_empty, True, np.bool_)
            unreadable = unread & ~empty
            if words := frozenset(feature.get("words", ())):
                unreadable &= ~map_unique(cells, lambda cell: (to_label(cell) or "").strip() in words, False, np.bool_)
            yield from _flag(feature, UNREADABLE_VALUE, unreadable, cells)
            if feature["required"]:
                yield from _flag(feature, MISSING_VALUE, unread & empty, cells)
        if (bounds := usual_bounds(feature, step)) is not None:
            yield from _flag(feature, OUT_OF_RANGE, (values < bounds[0]) | (values > bounds[1]), cells)


def usual_bounds(feature: Mapping[str, Any], step: Transformer) -> tuple[float, float] | None:
    """Return what lies a whole training range beyond the training range, in the unit of the step's output."""
    if isinstance(step, NumericTransformer):
        low, high = (edge - step.offset for edge in feature["range"])
    elif isinstance(step, DatetimeTransformer):
        edges = (np.datetime64(edge, "s").astype(np.int64) for edge in feature["range"])
        low, high = ((int(edge) - step.reference_s) / 86_400 for edge in edges)
    else:
        return None
    return low - (high - low), high + (high - low)


def _flag(
    feature: Mapping[str, Any], reason: str, flagged: npt.NDArray[np.bool_], cells: ColumnLike
) -> Iterator[Flagged]:
    rows = np.flatnonzero(flagged)
    if len(rows):
        at = cells.iloc if isinstance(cells, pd.Series) else cells
        yield Flagged(feature, reason, rows, [to_label(at[row]) or "" for row in rows.tolist()])


def _is_empty(cell: Any) -> bool:
    text = to_label(cell)
    return text is None or is_missing(text)


def row_messages(found: Iterable[Flagged], n_rows: int) -> list[str]:
    """Return one text a row, "" where all could be used: `city: unseen label 'Pariss'; age: not a number 'old'`."""
    messages: list[list[str]] = [[] for _ in range(n_rows)]
    for each in found:
        name = each.feature["name"]
        cells = each.cells or [""] * len(each.rows)
        for row, cell in zip(each.rows.tolist(), cells, strict=True):
            messages[row].append(
                f"{name}: {_problem(each.feature, each.reason)}{f' {cell[:EXAMPLE_CHARACTERS]!r}' if cell else ''}"
            )
    return ["; ".join(parts) for parts in messages]


_KINDS = {"number": "a number", "date": "a date", "boolean": "yes or no"}


def _problem(feature: Mapping[str, Any], reason: str) -> str:
    return {
        UNSEEN_LABEL: "unseen label",
        UNREADABLE_VALUE: f"does not read as {_KINDS.get(feature['type'], feature['type'])}",
        OUT_OF_RANGE: "far outside the training range",
        MISSING_VALUE: "missing value",
        MISSING_COLUMN: "missing column",
        KEY_NOT_FOUND: "nothing is known under the key",
    }[reason]


def _sentence(feature: Mapping[str, Any], reason: str, count: int, examples: tuple[str, ...]) -> str:
    name = feature["name"]
    cells = f"{plural(count, 'value')} of {name!r}"
    listed = f": {', '.join(map(repr, examples))}" if examples else ""
    if reason == MISSING_COLUMN:
        return f"The column {name!r} is not there: its values count as missing."
    if reason == KEY_NOT_FOUND:
        what = f"Nothing is known under {plural(count, 'key')} of {name!r}"
        return f"{what}{listed}: the columns that are looked up by it count as missing."
    if reason == MISSING_VALUE:
        return f"{cells} missing; in the training data it was never empty."
    if reason == UNSEEN_LABEL:
        return f"{cells} did not occur in the training data{listed}."
    if reason == OUT_OF_RANGE:
        low, high = (f"{edge:.10g}" if isinstance(edge, float) else edge for edge in feature["range"])
        return f"{cells} far outside the training range ({low} to {high}){listed}."
    verb, kind = "counts" if count == 1 else "count", _KINDS.get(feature["type"], feature["type"])
    return f"{cells} did not read as {kind}, and {verb} as missing{listed}."
