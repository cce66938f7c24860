"""Send rows or tables to a path that predicts, a model's or an endpoint's, and read what comes back."""

from __future__ import annotations

import math
import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, TypeGuard
from urllib.parse import unquote

from ...http.downloads import download, receive
from ...http.request_bodies import SendProgress, is_dataframe, open_body
from ...http.transport import Transport
from .._base import query_of

if TYPE_CHECKING:
    import pandas as pd

    Rows = Sequence[Mapping[str, Any]]
    Table = str | Path | IO[bytes] | pd.DataFrame

# Column of a predicted CSV that holds the prediction; for a classifier, a label exactly as in the training CSV.
PREDICTION_COLUMN = "prediction"
# Column that says what the model could not use of a row; empty where it could use all.
WARNINGS_COLUMN = "prediction_warnings"
# Column with the id of each prediction of an endpoint.
ID_COLUMN = "prediction_id"


def is_rows(rows: object) -> TypeGuard[Rows]:
    """Return whether these are rows for JSON, not a table."""
    return isinstance(rows, Sequence) and not isinstance(rows, str | bytes)


def instances(rows: Rows) -> list[dict[str, Any]]:
    """Return rows as JSON has them."""
    return [{str(column): _json_value(value) for column, value in row.items()} for row in rows]


def predict_table(
    transport: Transport,
    path: str,
    rows: Table,
    output: str | Path | None,
    options: Mapping[str, Any],
    progress: SendProgress | None = None,
) -> Path | pd.DataFrame:
    """Predict a table.

    Args:
        transport: Sends the call.
        path: Path of the call below `/api/v1`.
        rows: Path of a CSV, an open binary file of CSV, or a DataFrame.
        output: File to write the predicted table to; None returns it as a DataFrame.
        options: Parameters of the query.
        progress: Function of (bytes sent, total bytes or None).

    Returns:
        The path, or the same rows with the prediction columns added.
    """
    with open_body(rows, progress) as csv:
        sent: dict[str, Any] = {
            "headers": {**csv.headers, "Accept": "text/csv"},
            "params": query_of(options),
            "repeatable": True,
        }
        if output is not None:
            return download(transport, "POST", path, output, body=csv, **sent)
        with tempfile.TemporaryFile() as file:
            headers = receive(transport, "POST", path, file, body=csv, **sent)
            file.seek(0)
            frame = _read_csv(file, unquote(headers.get("CSV-Delimiter", ",")))
    return _add_columns(rows, frame) if is_dataframe(rows) else frame


def _json_value(value: Any) -> Any:
    """Convert a value to JSON: scalars of NumPy to those of Python, NaN and the like to null, dates to ISO text."""
    if hasattr(value, "item") and not isinstance(value, Iterable):
        value = value.item()
    if isinstance(value, float) and math.isnan(value):
        return None
    if value is None or isinstance(value, str | bool | int | float):
        return value
    text = str(value)
    return None if text in {"NaT", "<NA>"} else text


def _read_csv(file: IO[bytes], delimiter: str) -> pd.DataFrame:
    import pandas as pd

    # Converters, not dtypes: a label such as "01" or "NA" must come back as it is.
    columns = pd.read_csv(file, sep=delimiter, nrows=0, dtype=str).columns.to_list()
    file.seek(0)
    return pd.read_csv(file, sep=delimiter, converters=dict.fromkeys(_text_columns(columns), str))


def _text_columns(columns: Sequence[str]) -> Iterator[str]:
    """Yield the added columns that are text, by their names or these with a number, where the names were taken."""
    added = re.compile(rf"({PREDICTION_COLUMN}|{WARNINGS_COLUMN}|{ID_COLUMN})(\.\d+)?")
    last = {match[1]: place for place, name in enumerate(columns) if (match := added.fullmatch(name))}
    for name, place in last.items():
        # Of classes, the probabilities follow the prediction.
        if name != PREDICTION_COLUMN or "".join(columns[place + 1 : place + 2]).startswith("probability"):
            yield columns[place]


def _add_columns(rows: pd.DataFrame, predicted: pd.DataFrame) -> pd.DataFrame:
    """Return the user's frame, its index and types kept, with the new columns of `predicted`."""
    result = rows.copy()
    for column in predicted.columns:
        if column not in rows.columns:
            result[column] = predicted[column].to_numpy()
    return result
