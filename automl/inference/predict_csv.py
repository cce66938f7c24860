"""CSV in, the same rows with predictions out, a batch at a time: memory does not grow with the file."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import chain

import pandas as pd
import pyarrow as pa

from automl.inference.input_check import InputCheck, row_messages
from automl.inference.input_warnings import Flagged
from automl.inference.servable import ServableModel, require_inputs
from automl.inference.table_hooks import Completion, TableHooks
from automl.io.csv_errors import csv_errors_as_data_errors
from automl.parsing.vectorized import TEXT
from csvfile.bad_rows import BadRows
from csvfile.dialect import Dialect
from csvfile.errors import empty_file
from csvfile.lines import decode_lines
from csvfile.names import column_names, numbered_names
from csvfile.rows import fit_rows, iterate_rows

BATCH_ROWS = 10_000
BATCH_CHARACTERS = 16 << 20
"""A batch ends with the row that reaches either: rows may be wide."""

FORMATTED = "prediction_formatted"
"""Column of predicted times as the training table writes them; `prediction` has them in seconds."""
WARNINGS = "prediction_warnings"
"""Column that says what the model could not use of a row; empty where it could use all."""


def predict_csv(
    model: ServableModel,
    chunks: Iterable[bytes],
    dialect: Dialect | None = None,
    *,
    names: Sequence[str] | None = None,
    check: InputCheck | None = None,
    hooks: TableHooks | None = None,
) -> Iterator[bytes]:
    """Yield a UTF-8 CSV with a header: the given rows and the columns of predictions.

    These are `prediction`, for classes `probability_<class>`, for times `prediction_formatted` as the training table
    writes them, and `prediction_warnings`: what could not be used of the row. A new column whose name is taken gets
    .1, .2, … Rows with too few fields are filled up. Nothing is read before the first chunk is requested.

    Args:
        model: the model to predict with.
        chunks: the file's bytes, cut anywhere.
        dialect: how it is written; None is UTF-8 with commas and a header. `csvfile.known_table.sniff_known` finds it.
        names: of the columns of a file without a header; None is c0, c1, …
        check: counts the rows and what could not be used of them, all together.
        hooks: what is done with the rows besides.

    Raises:
        DataError: MISSING_FEATURE before the first chunk; NUL_BYTE, BAD_ENCODING, ROW_TOO_LONG, FIELD_TOO_LARGE,
            LINE_TOO_LONG, UNCLOSED_QUOTE, BAD_QUOTE with the line, where the file gets that far.
    """
    dialect, hooks = dialect or Dialect(), hooks or TableHooks()
    with csv_errors_as_data_errors():
        columns, rows = _open(model, chunks, dialect, names, hooks.completion)
        answers = partial(_answers, model, columns, check=check or InputCheck(), hooks=hooks)
        yield from _predict(_added(model, hooks.further), columns, rows, dialect.delimiter, answers, hooks.further)


def _added(model: ServableModel, further: Iterable[str]) -> list[str]:
    """Return the names of the columns that are added."""
    labels = [str(label) for label in model.classes_]
    formatted = [] if model.format_predictions([]) is None else [FORMATTED]
    return ["prediction", *(f"probability_{label}" for label in labels), *formatted, WARNINGS, *further]


def _predict(
    added: list[str],
    names: list[str],
    rows: Iterable[list[str]],
    delimiter: str,
    answers: Callable[[list[list[str]]], Iterator[list[str]]],
    further: Mapping[str, Iterator[str]],
) -> Iterator[bytes]:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\n")
    # The module quotes no lone CR where lines end in LF: read back, it would end a row.
    quoting = csv.writer(text, delimiter=delimiter, lineterminator="\n", quoting=csv.QUOTE_ALL)

    def write(row: list[str]) -> None:
        (quoting if "\r" in "".join(row) else writer).writerow(row)

    write(column_names([*names, *added], []))
    for batch in _batches(rows):
        for row, answer in zip(batch, answers(batch), strict=True):
            write(row + answer + [next(cells) for cells in further.values()])
        yield text.getvalue().encode()
        text.seek(0)
        text.truncate()
    if text.tell():
        yield text.getvalue().encode()


def check_csv(
    model: ServableModel, chunks: Iterable[bytes], dialect: Dialect | None = None, *,
    names: Sequence[str] | None = None, completion: Completion | None = None,
) -> InputCheck:  # fmt: skip
    """Count what could not be used of a CSV, without predicting; arguments and errors are those of `predict_csv`."""
    check = InputCheck()
    with csv_errors_as_data_errors():
        columns, rows = _open(model, chunks, dialect or Dialect(), names, completion)
        for batch in _batches(rows):
            frame, not_found = _frame(model, columns, batch, completion)
            check.add(not_found)
            check.add(model.flag_inputs(frame))
    return check


def _open(
    model: ServableModel, chunks: Iterable[bytes], dialect: Dialect, names: Sequence[str] | None,
    completion: Completion | None,
) -> tuple[list[str], Iterator[list[str]]]:  # fmt: skip
    """Return the columns' names, and the rows, each as wide as they are many."""
    bad_rows = BadRows(dialect.bad_rows)
    rows = iterate_rows(decode_lines(chunks, dialect.encoding), dialect, bad_rows=bad_rows)
    first = next(rows, None)
    if first is None:
        raise empty_file()
    fields = first[2]
    columns = column_names(fields, []) if dialect.header else list(names or numbered_names(len(fields)))
    require_inputs(model, [*columns, *(completion.gives if completion else ())])
    below = rows if dialect.header else chain([first], rows)
    return columns, (fields for _, fields in fit_rows(below, len(columns), bad_rows))


def _batches(rows: Iterable[list[str]]) -> Iterator[list[list[str]]]:
    """Yield rows in batches."""
    batch: list[list[str]] = []
    characters = 0
    for fields in rows:
        batch.append(fields)
        characters += sum(map(len, fields)) + len(fields)
        if len(batch) >= BATCH_ROWS or characters >= BATCH_CHARACTERS:
            yield batch
            batch, characters = [], 0
    if batch:
        yield batch


def _answers(
    model: ServableModel, names: Sequence[str], batch: list[list[str]], *, check: InputCheck, hooks: TableHooks
) -> Iterator[list[str]]:
    """Yield the prediction for each row, the probabilities of the classes, and what could not be used."""
    frame, not_found = _frame(model, names, batch, hooks.completion)
    raw, flagged = model.predict_raw_checked(frame)
    flagged = [*not_found, *flagged]
    check.add(flagged)
    check.n_rows += len(batch)
    messages = row_messages(flagged, len(batch))
    answer = model.to_prediction(raw).tolist()
    if hooks.observe is not None:
        hooks.observe(frame, raw, answer)
    if written := model.format_predictions(answer):
        return ([repr(value), *more] for value, *more in zip(answer, written, messages, strict=True))
    if raw.ndim == 1:
        return ([repr(value), message] for value, message in zip(answer, messages, strict=True))
    return (
        [str(label), *(f"{p:.9g}" for p in row), message]
        for label, row, message in zip(answer, raw.tolist(), messages, strict=True)
    )


def _frame(
    model: ServableModel, names: Sequence[str], batch: list[list[str]], completion: Completion | None
) -> tuple[pd.DataFrame, Sequence[Flagged]]:
    """Return the columns that the model reads, as text but for those that were added; and what was not found."""
    used = {feature["name"] for feature in model.features_}
    used |= set(completion.reads) if completion else set()
    cells = {
        name: pd.Series(pa.array([row[i] or None for row in batch], type=pa.string()), dtype=TEXT)
        for i, name in enumerate(names)
        if name in used
    }
    frame = pd.DataFrame(cells, index=pd.RangeIndex(len(batch)))
    return (frame, ()) if completion is None else completion.complete(frame)
