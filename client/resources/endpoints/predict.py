"""Predict with an endpoint, and measure its versions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast, overload

from ...http.request_bodies import SendProgress
from ...http.transport import Transport
from ...types.datasets import Dataset
from ...types.evaluations import Evaluation
from ...types.predictions import Predictions
from .._base import Resource, options_given, resource_path
from ..evaluations import request_evaluation
from ..models.prediction_requests import instances, is_rows, predict_table

if TYPE_CHECKING:
    import pandas as pd

    from ..models.prediction_requests import Rows, Table


class EndpointPredictResource(Resource):
    """Group the calls that use one endpoint."""

    def __init__(self, transport: Transport, name: str) -> None:
        """Bind the calls to an endpoint; no request is sent."""
        self._transport = transport
        self.name = name

    @overload
    def predict(
        self,
        rows: Rows,
        *,
        keys: Sequence[str] | None = None,
        version: int | str | None = None,
        probabilities: bool = True,
        explain: bool = False,
        strict: bool = False,
    ) -> Predictions: ...

    @overload
    def predict(
        self,
        rows: Table,
        *,
        version: int | str | None = None,
        output: str | Path,
        strict: bool = False,
        progress: SendProgress | None = None,
        reading: Mapping[str, Any] | None = None,
    ) -> Path: ...

    @overload
    def predict(
        self,
        rows: Table,
        *,
        version: int | str | None = None,
        output: None = None,
        strict: bool = False,
        progress: SendProgress | None = None,
        reading: Mapping[str, Any] | None = None,
    ) -> pd.DataFrame: ...

    def predict(  # noqa: PLR0913 (public: one keyword an option)
        self,
        rows: Rows | Table,
        *,
        keys: Sequence[str] | None = None,
        version: int | str | None = None,
        probabilities: bool = True,
        output: str | Path | None = None,
        explain: bool = False,
        strict: bool = False,
        progress: SendProgress | None = None,
        reading: Mapping[str, Any] | None = None,
    ) -> Predictions | Path | pd.DataFrame:
        """Predict rows. The type of `rows` decides what is returned.

        Args:
            rows: A list of dicts (column to value; None, NaN and absent mean missing), or a table: the path of a CSV,
                an open binary file of CSV, or a DataFrame.
            keys: Your own name for each row, up to 200 characters: what `sticky` traffic goes by; only for a list.
            version: The version that answers, by its number or an alias; None leaves that to the endpoint's traffic.
            probabilities: Whether to return the probability of each class; always for a table.
            output: File to write the predicted table to; None returns it as a DataFrame, which needs pandas.
            explain: Whether to return the contribution of each column as well; only for a list.
            strict: Whether to refuse rows of which something cannot be used, instead of warning.
            progress: Function of (bytes sent, total bytes or None); only for a table.
            reading: How a CSV is written, among `delimiter`, `encoding` and `header`; None reads it as the model's
                training CSV, or finds out.

        Returns:
            Predictions in the order of the list; or, for a table, the same rows with the prediction columns added: as
            the path `output`, or as a DataFrame.

        Raises:
            NotFound: There is no such endpoint or version, or no version is served yet.
            ValidationFailed: The rows lack a column that the model needs; or, with `strict`, a value cannot be used.
            ConnectionFailed: The connection broke at every attempt.
            OSError: A file cannot be read or written.
            ValueError: There are keys for a table.

        Example:
            >>> endpoint = client.create_endpoint("of-predict", model)
            >>> endpoint.predict([guest], version=1, probabilities=False).probabilities is None
            True
            >>> len(endpoint.predict("examples/tips.csv")["prediction_id"].unique())
            244
            >>> endpoint.delete()
        """
        path = self._path("predict")
        if is_rows(rows):
            body: dict[str, Any] = {"instances": instances(rows), "explain": explain, "strict": strict}
            body |= options_given(
                keys=None if keys is None else list(keys), probabilities=None if probabilities else False
            )
            params = options_given(version=version)
            answer = self._transport.fetch("POST", path, params=params, json_body=body, repeatable=True)
            return Predictions.from_json(answer)
        if keys is not None:
            raise ValueError("keys are for a list of rows: of a DataFrame, send frame.to_dict('records').")
        options = options_given(version=version, strict=strict or None, **(reading or {}))
        return predict_table(self._transport, path, cast("Table", rows), output, options, progress)

    def evaluate(
        self,
        dataset: str | Dataset,
        version: int | str | None = None,
        *,
        slices: Sequence[str] = (),
        pairs: bool = False,
        name: str = "",
        timeout_s: float | None = None,
    ) -> Evaluation:
        """Measure a version on a labelled dataset, as `Client.evaluate` does a model.

        Args:
            dataset: The dataset, or its id.
            version: Number or alias; None takes the champion.
            slices: Columns whose groups are compared, and looked at for fairness.
            pairs: Whether to look at groups of two columns at a time, too.
            name: What to call it.
            timeout_s: Seconds to wait at most; None waits as long as it takes.

        Raises:
            EvaluationFailed: It ended without a result.
            NotFound: There is no such version or dataset.
            ValidationFailed: The dataset lacks a column.
            WaitTimedOut: It is not over after `timeout_s` seconds; it goes on.
        """
        what = {"endpoint": self.name, **options_given(version=version)}
        return request_evaluation(
            self._transport, what, dataset, slices=slices, pairs=pairs, name=name, timeout_s=timeout_s
        )

    def _path(self, *more: str) -> str:
        return resource_path("endpoints", self.name, *more)
