"""CSV in, the same rows with predictions out, a batch at a time: memory does not grow with the file."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

import numpy as np
import pandas as pd
import pyarrow as pa

from automl.errors import DataError
from automl.inference.model import Model
from automl.io.csv_errors import csv_errors_as_data_errors
from csvfile.dialect import Dialect
from csvfile.errors import empty_file, row_too_long
from csvfile.lines import decode_lines
from csvfile.names import column_names, numbered_names
from csvfile.rows import iterate_rows

BATCH_ROWS = 10_000
BATCH_CHARACTERS = 16 << 20
"""A batch ends with the row that reaches either: rows may be wide."""

_CELLS = pd.StringDtype("pyarrow", na_value=np.nan)


def predict_csv(
    model: Model, chunks: Iterable[bytes], *, delimiter: str = ",", encoding: str = "utf-8", header: bool = True
) -> Iterator[bytes]:
    """Yield a UTF-8 CSV with a header: the given rows, `prediction` and, for classes, `probability_<class>`.

    A new column whose name is taken gets .1, .2, … Rows with too few fields are filled up. Nothing is read before the
    first chunk is requested.

    Args:
        model: the model to predict with.
        chunks: the file's bytes, cut anywhere.
        delimiter: one ASCII character that stands between fields.
        encoding: of the file, as in `automl.io.csv_reader.read_csv`.
        header: whether the first row names the columns; if not they are c0, c1, …

    Raises:
        DataError: MISSING_FEATURE before the first chunk; NUL_BYTE, BAD_ENCODING, ROW_TOO_LONG, FIELD_TOO_LARGE,
            LINE_TOO_LONG, UNCLOSED_QUOTE, BAD_QUOTE with the line, where the file gets that far.
    """
    with csv_errors_as_data_errors():
        yield from _predict(model, chunks, Dialect(delimiter, encoding, header))


def _predict(model: Model, chunks: Iterable[bytes], dialect: Dialect) -> Iterator[bytes]:
    rows = _rows(chunks, dialect)
    first = next(rows, None)
    if first is None:
        raise empty_file()
    names = column_names(first[1], []) if dialect.header else numbered_names(len(first[1]))
    if missing := model.missing_inputs(names):
        raise DataError(
            "MISSING_FEATURE",
            f"The model needs the column {missing[0]!r}, which is missing.",
            f"Add the missing columns: {', '.join(missing[:20])}.",
            column=missing[0],
        )
    labels = [str(label) for label in model.classes_]
    added = ["prediction", *(f"probability_{label}" for label in labels)]
    text = io.StringIO()
    writer = csv.writer(text, delimiter=dialect.delimiter, lineterminator="\n")
    # The module quotes no lone CR where lines end in LF: read back, it would end a row.
    quoting = csv.writer(text, delimiter=dialect.delimiter, lineterminator="\n", quoting=csv.QUOTE_ALL)

    def write(row: list[str]) -> None:
        (quoting if "\r" in "".join(row) else writer).writerow(row)

    write(column_names([*names, *added], []))
    for batch in _batches(rows if dialect.header else chain([first], rows), len(names)):
        for row, answer in zip(batch, _answers(model, names, batch), strict=True):
            write(row + answer)
        yield text.getvalue().encode()
        text.seek(0)
        text.truncate()
    if text.tell():
        yield text.getvalue().encode()


def _rows(chunks: Iterable[bytes], dialect: Dialect) -> Iterator[tuple[int, list[str]]]:
    rows = iterate_rows(decode_lines(chunks, dialect.encoding), dialect.delimiter)
    return ((line, fields) for line, _, fields in rows)


def _batches(rows: Iterable[tuple[int, list[str]]], width: int) -> Iterator[list[list[str]]]:
    """Yield rows of equal width in batches."""
    batch: list[list[str]] = []
    characters = 0
    for line, fields in rows:
        if len(fields) > width:
            raise row_too_long(line, len(fields), width)
        batch.append(fields + [""] * (width - len(fields)))
        characters += sum(map(len, fields)) + width
        if len(batch) >= BATCH_ROWS or characters >= BATCH_CHARACTERS:
            yield batch
            batch, characters = [], 0
    if batch:
        yield batch


def _answers(model: Model, names: Sequence[str], batch: list[list[str]]) -> Iterator[list[str]]:
    """Yield the prediction for each row, and the probabilities of the classes."""
    used = {feature["name"] for feature in model.features_}
    cells = {
        name: pd.Series(pa.array([row[i] or None for row in batch], type=pa.string()), dtype=_CELLS)
        for i, name in enumerate(names)
        if name in used
    }
    raw = model.predict_raw(pd.DataFrame(cells, index=pd.RangeIndex(len(batch))))
    answer = model.to_prediction(raw).tolist()
    if raw.ndim == 1:
        return ([repr(value)] for value in answer)
    return ([str(label), *(f"{p:.9g}" for p in row)] for label, row in zip(answer, raw.tolist(), strict=True))
