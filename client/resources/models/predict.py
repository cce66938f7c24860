"""Predict a few rows as JSON, or a whole table as CSV, streamed both ways."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, cast, overload

from ...http.request_bodies import SendProgress
from ...types.models import Model
from ...types.predictions import Predictions
from .._base import Resource, options_given, resource_path
from .prediction_requests import instances, is_rows, predict_table

if TYPE_CHECKING:
    import pandas as pd

    from .prediction_requests import Rows, Table


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
        if is_rows(rows):
            body = {"instances": instances(rows), "explain": explain, "strict": strict}
            return Predictions.from_json(self._transport.fetch("POST", path, json_body=body, repeatable=True))
        options = options_given(strict=strict or None, delimiter=delimiter, encoding=encoding, header=header)
        return predict_table(self._transport, path, cast("Table", rows), output, options, progress)
