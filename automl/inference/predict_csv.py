"""CSV in, the same rows with predictions out, a batch at a time: memory does not grow with the file."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from automl.errors import DataError
from automl.inference.model import Model
from automl.io.csv_reader import MAX_FIELD_BYTES, column_names

BATCH_ROWS = 10_000
BATCH_CHARACTERS = 16 << 20
"""A batch ends with the row that reaches either: rows may be wide."""
MAX_LINE_CHARACTERS = 16 << 20

_CELLS = pd.StringDtype("pyarrow", na_value=np.nan)


def predict_csv(
    model: Model, chunks: Iterable[bytes], *, delimiter: str = ",", encoding: str = "utf-8", header: bool = True
) -> Iterator[bytes]:
    """UTF-8 CSV with a header: the rows that came, then `prediction` and, for classes, `probability_<class>`.

    A new column whose name is taken gets .1, .2, … Rows with too few fields are filled up. Nothing is read before the
    first chunk is asked for.

    Args:
        chunks: the file's bytes, cut anywhere.
        delimiter, encoding, header: how it is written, as in `automl.io.csv_reader.read_csv`.

    Raises:
        DataError: MISSING_FEATURE before the first chunk; NUL_BYTE, BAD_ENCODING, ROW_TOO_LONG, FIELD_TOO_LARGE,
            LINE_TOO_LONG, UNCLOSED_QUOTE, BAD_QUOTE with the line, where the file gets that far.
    """
    # The module's limit is one for the whole process: it is only ever raised.
    csv.field_size_limit(max(csv.field_size_limit(), MAX_FIELD_BYTES))
    rows = _rows(chunks, delimiter, encoding)
    first = next(rows, None)
    if first is None:
        raise DataError("EMPTY_FILE", "The file is empty.", "Send a CSV file with a header and rows.")
    names = column_names(first[1], []) if header else [f"c{position}" for position in range(len(first[1]))]
    check_columns(model, names)
    labels = [str(label) for label in model.classes_]
    added = ["prediction", *(f"probability_{label}" for label in labels)]
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\n")
    # The module quotes no lone CR where lines end in LF: read back, it would end a row.
    quoting = csv.writer(text, delimiter=delimiter, lineterminator="\n", quoting=csv.QUOTE_ALL)

    def write(row: list[str]) -> None:
        (quoting if "\r" in "".join(row) else writer).writerow(row)

    write(column_names([*names, *added], []))
    for batch in _batches(rows if header else _prepend(first, rows), len(names)):
        for row, answer in zip(batch, _answers(model, names, batch), strict=True):
            write(row + answer)
        yield text.getvalue().encode()
        text.seek(0)
        text.truncate()
    if text.tell():
        yield text.getvalue().encode()


def check_columns(model: Model, names: Iterable[str]) -> None:
    """Raise DataError MISSING_FEATURE where a column that the model cannot do without is not among the names."""
    required = [feature["name"] for feature in model.features_ if feature["required"]]
    known = set(names)
    missing = [name for name in required if name not in known]
    if missing:
        raise DataError(
            "MISSING_FEATURE",
            f"The model needs the column {missing[0]!r}, which is not there.",
            f"Add it; missing: {', '.join(missing[:20])}.",
            column=missing[0],
        )


class _Chunks(io.RawIOBase):
    """Chunks of bytes as a file."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = iter(chunks)
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._rest:
            chunk = next(self._chunks, None)
            if chunk is None:
                return 0
            self._rest = memoryview(chunk)
        size = min(len(buffer), len(self._rest))
        buffer[:size], self._rest = self._rest[:size], self._rest[size:]
        return size


def _rows(chunks: Iterable[bytes], delimiter: str, encoding: str) -> Iterator[tuple[int, list[str]]]:
    """(the line it begins on, its fields) of each row that is not blank."""
    reader = csv.reader(_lines(chunks, encoding), delimiter=delimiter, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error as problem:
            raise _row_error(line, str(problem)) from None
        except UnicodeDecodeError as problem:
            raise DataError(
                "BAD_ENCODING",
                f"After line {line} there is the byte 0x{problem.object[problem.start]:02x}, which is not valid"
                f" {problem.encoding}.",
                "Save the file as UTF-8.",
                line=line,
            ) from None
        if fields:
            yield line, fields


def _row_error(line: int, problem: str) -> DataError:
    if "unexpected end" in problem:
        detail = f"A quote in the row of line {line} is never closed."
        return DataError("UNCLOSED_QUOTE", detail, "Close it, or remove it.", line=line)
    if "field limit" in problem or "field larger" in problem:
        return DataError(
            "FIELD_TOO_LARGE",
            f"The row of line {line} has a field of more than {MAX_FIELD_BYTES:,} characters.",
            "Shorten it, or check whether a quote was left open.",
            line=line,
        )
    return DataError(
        "BAD_QUOTE",
        f"The row of line {line} has text after a closing quote.",
        'Double the quotes inside a quoted field ("" for ").',
        line=line,
    )


def _lines(chunks: Iterable[bytes], encoding: str) -> Iterator[str]:
    text = io.TextIOWrapper(io.BufferedReader(_Chunks(chunks), 1 << 16), encoding=encoding, newline="")
    number = 0
    while line := text.readline(MAX_LINE_CHARACTERS):
        number += 1
        if number == 1:
            line = line.removeprefix("\ufeff")
        if len(line) == MAX_LINE_CHARACTERS:
            raise DataError("LINE_TOO_LONG", f"Line {number} does not end.", "Check the file's line ends.", line=number)
        if "\0" in line:
            raise DataError(
                "NUL_BYTE", f"Line {number} holds a zero byte.", "Export the table as CSV, in UTF-8.", line=number
            )
        yield line


def _prepend(first: tuple[int, list[str]], rows: Iterator[tuple[int, list[str]]]) -> Iterator[tuple[int, list[str]]]:
    yield first
    yield from rows


def _batches(rows: Iterable[tuple[int, list[str]]], width: int) -> Iterator[list[list[str]]]:
    """Rows of equal width, some at a time."""
    batch: list[list[str]] = []
    characters = 0
    for line, fields in rows:
        if len(fields) > width:
            raise DataError(
                "ROW_TOO_LONG",
                f"Line {line} has {len(fields):,} fields where {width:,} columns are named.",
                "Remove the extra delimiter, or quote the field that contains it.",
                line=line,
            )
        batch.append(fields + [""] * (width - len(fields)))
        characters += sum(map(len, fields)) + width
        if len(batch) >= BATCH_ROWS or characters >= BATCH_CHARACTERS:
            yield batch
            batch, characters = [], 0
    if batch:
        yield batch


def _answers(model: Model, names: Sequence[str], batch: list[list[str]]) -> Iterator[list[str]]:
    """For each row its prediction, and the probabilities of the classes."""
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
