"""Predict a few rows as JSON, or a whole table as CSV, streamed both ways."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, overload
from urllib.parse import unquote

from ..http.downloads import download, receive
from ..http.request_bodies import SendProgress, is_dataframe, open_body
from ..types.models import Model
from ..types.predictions import Predictions
from ._base import Resource, options_given, query_of, resource_path

if TYPE_CHECKING:
    import pandas as pd

    Rows = Sequence[Mapping[str, Any]]
    Table = str | Path | IO[bytes] | pd.DataFrame

# Column of a predicted CSV that holds the prediction; for a classifier, a label exactly as in the training CSV.
PREDICTION_COLUMN = "prediction"
# Says what the model could not use of a row; empty where it could use all.
WARNINGS_COLUMN = "prediction_warnings"


class PredictResource(Resource):
    """Group the calls that use a model."""

    @overload
    def predict(
        self, model: str | Model, rows: Rows, *, explain: bool = False, strict: bool = False
    ) -> Predictions: ...

    @overload
    def predict(
        self,
        model: str | Model,
        rows: Table,
        *,
        output: str | Path,
        strict: bool = False,
        progress: SendProgress | None = None,
        delimiter: str | None = None,
        encoding: str | None = None,
        header: bool | None = None,
    ) -> Path: ...

    @overload
    def predict(
        self,
        model: str | Model,
        rows: Table,
        *,
        output: None = None,
        strict: bool = False,
        progress: SendProgress | None = None,
        delimiter: str | None = None,
        encoding: str | None = None,
        header: bool | None = None,
    ) -> pd.DataFrame: ...

    def predict(  # noqa: PLR0913 (public: one keyword an option)
        self,
        model: str | Model,
        rows: Rows | Table,
        *,
        output: str | Path | None = None,
        explain: bool = False,
        strict: bool = False,
        progress: SendProgress | None = None,
        delimiter: str | None = None,
        encoding: str | None = None,
        header: bool | None = None,
    ) -> Predictions | Path | pd.DataFrame:
        """Predict rows. The type of `rows` decides what is returned.

        Args:
            model: The model, or its id.
            rows: A list of dicts (column to value; None, NaN and absent mean missing), or a table: the path of a CSV,
                an open binary file of CSV, or a DataFrame.
            output: File to write the predicted table to; None returns it as a DataFrame, which needs
                pandas.
            explain: Whether to return the contribution of each column as well; only for a list.
            strict: Whether to refuse rows of which something cannot be used, instead of warning.
            progress: Function of (bytes sent, total bytes or None); only for a table.
            delimiter: Character between two cells of a CSV; None reads it as the model's training CSV, or finds out.
            encoding: Encoding of a CSV; likewise.
            header: Whether the first row of a CSV names the columns; likewise.

        Returns:
            Predictions in the order of the list; or, for a table, the same rows with the prediction columns added: as
            the path `output`, or as a DataFrame.

        Raises:
            NotFound: There is no such model.
            ValidationFailed: The rows lack a column that the model needs; or, with `strict`, a value cannot be used.
            ConnectionFailed: The connection broke at every attempt.
            OSError: A file cannot be read or written.

        Example:
            >>> client.predict(model, "examples/tips.csv").columns[-4:].to_list()
            ['prediction', 'probability_No', 'probability_Yes', 'prediction_warnings']
            >>> client.predict(model, "examples/tips.csv", output="predicted.csv")
            PosixPath('predicted.csv')
        """
        path = resource_path("models", model, "predict")
        if isinstance(rows, Sequence) and not isinstance(rows, str):
            body = {"instances": [_instance(row) for row in rows], "explain": explain, "strict": strict}
            return Predictions.from_json(self._transport.fetch("POST", path, json_body=body, repeatable=True))
        with open_body(rows, progress) as csv:
            said = options_given(strict=strict or None, delimiter=delimiter, encoding=encoding, header=header)
            options: dict[str, Any] = {
                "headers": {**csv.headers, "Accept": "text/csv"},
                "params": query_of(said),
                "repeatable": True,
            }
            if output is not None:
                return download(self._transport, "POST", path, output, body=csv, **options)
            with tempfile.TemporaryFile() as file:
                headers = receive(self._transport, "POST", path, file, body=csv, **options)
                file.seek(0)
                written = unquote(headers.get("CSV-Delimiter", ","))
                frame = _read_csv(file, written, is_classifier=self._is_classifier(model))
        return _add_columns(rows, frame) if is_dataframe(rows) else frame

    def _is_classifier(self, model: str | Model) -> bool:
        if not isinstance(model, Model):
            model = Model.from_json(self._transport.fetch("GET", resource_path("models", model)))
        return model.task != "regression"


def _instance(row: Mapping[str, Any]) -> dict[str, Any]:
    return {str(column): _json_value(value) for column, value in row.items()}


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


def _read_csv(file: IO[bytes], delimiter: str, is_classifier: bool) -> pd.DataFrame:
    import pandas as pd

    # A converter, not a dtype: a label such as "01" or "NA" must come back as it is.
    converters = {WARNINGS_COLUMN: str, **({PREDICTION_COLUMN: str} if is_classifier else {})}
    return pd.read_csv(file, sep=delimiter, converters=converters)


def _add_columns(rows: pd.DataFrame, predicted: pd.DataFrame) -> pd.DataFrame:
    """Return the user's frame, its index and types kept, with the new columns of `predicted`."""
    result = rows.copy()
    for column in predicted.columns:
        if column not in rows.columns:
            result[column] = predicted[column].to_numpy()
    return result
