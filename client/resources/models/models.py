"""Inspect models, download them, and predict whole datasets on the server."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ...http.downloads import ReceiveProgress, download
from ...http.polling import poll
from ...outcomes import PredictionFailed
from ...types.datasets import Dataset
from ...types.leaderboard import Leaderboard
from ...types.models import Model
from ...types.predictions import StoredPrediction
from .._base import Resource, id_of, options_given, resource_path


class ModelResource(Resource):
    """Group the calls about models and their stored predictions."""

    def models(
        self,
        search: str | None = None,
        *,
        tags: Sequence[str] = (),
        target: str | None = None,
        dataset: str | Dataset | None = None,
    ) -> Iterator[Model]:
        """Yield the models, newest first; all of them without an argument.

        Args:
            search: Words that all occur in id, name, note, tags or target, in any case.
            tags: Tags that a model must have, each as its name or as `name:value`.
            target: Name of the column that it predicts.
            dataset: The dataset that it learned from, or its id.
        """
        wanted = options_given(
            search=search, tag=list(tags) or None, target=target, dataset_id=None if dataset is None else id_of(dataset)
        )
        return map(Model.from_json, self._transport.fetch_items("/models", **wanted))

    def update_model(
        self,
        model: str | Model,
        *,
        name: str | None = None,
        note: str | None = None,
        tags: Mapping[str, str | None] | None = None,
    ) -> Model:
        """Change what is said of a model; what is not given stays.

        Args:
            model: The model, or its id.
            name: Its name.
            note: A note of up to 2,000 characters.
            tags: Tags to set, as name to value; None takes one away.

        Raises:
            NotFound: There is no such model.
            ValidationFailed: There would be more than 20 tags.

        Example:
            >>> client.update_model(model, name="Smokers", tags={"stage": "tested"}).tags
            {'stage': 'tested'}
            >>> [found.name for found in client.models("smok", tags=["stage:tested"])]
            ['Smokers']
            >>> client.update_model(model, tags={"stage": None}).tags
            {}
        """
        body = options_given(name=name, note=note, tags=None if tags is None else dict(tags))
        return Model.from_json(self._transport.fetch("PATCH", resource_path("models", model), json_body=body))

    def model(self, model: str | Model) -> Model:
        """Return one model.

        Raises:
            NotFound: There is no such model.
        """
        return Model.from_json(self._transport.fetch("GET", resource_path("models", model)))

    def leaderboard(self, model: str | Model) -> Leaderboard:
        """Return the candidates that were compared for a model, best first."""
        found = self.model(model)
        return Leaderboard(found.leaderboard, found.metric)

    def evaluation(self, model: str | Model) -> dict[str, Any]:
        """Return how a model performed on unseen rows: verdict, curves, mistakes, dependence on its columns.

        Raises:
            Conflict: The model has no evaluation.
            NotFound: There is no such model.
        """
        return dict(self._transport.fetch("GET", resource_path("models", model, "evaluation")))

    def download(
        self,
        model: str | Model,
        path: str | Path,
        format: str = "bundle",
        *,
        single: str | None = None,
        progress: ReceiveProgress | None = None,
    ) -> Path:
        """Write a model to a file. The file is complete or absent, never partial.

        Args:
            model: The model, or its id.
            path: File to write; it is replaced if it exists.
            format: `bundle`, which loads with the engine alone, `onnx`, or `mlflow`, a ZIP file that is a model
                directory of MLflow.
            single: Name of one candidate of the leaderboard to take instead of the ensemble.
            progress: Function of (bytes received, total bytes or None).

        Returns:
            The path.

        Raises:
            Conflict: A part of the model has no ONNX form; the detail says which candidate has one.
            CorruptDownload: The bytes that arrived differ from those of the server.
            OSError: The file cannot be written.

        Example:
            >>> client.download(model, "tips.nb")
            PosixPath('tips.nb')
        """
        params = {"format": format, **({} if single is None else {"model": single})}
        content = resource_path("models", model, "download")
        return download(self._transport, "GET", content, path, params=params, progress=progress)

    def download_report(self, model: str | Model, path: str | Path) -> Path:
        """Write the report of a model (HTML) to a file: what was done, how good the model is, why, how far to trust it.

        Args:
            model: The model, or its id.
            path: File to write; it is replaced if it exists.

        Returns:
            The path.

        Raises:
            Conflict: The model has no report.
            NotFound: There is no such model.
            OSError: The file cannot be written.
        """
        return download(self._transport, "GET", resource_path("models", model, "report"), path)

    def delete_model(self, model: str | Model) -> None:
        """Delete a model.

        Raises:
            NotFound: There is no such model.
        """
        self._transport.send("DELETE", resource_path("models", model))

    def predict_stored(
        self,
        model: str | Model,
        dataset: str | Dataset,
        wait: bool = True,
        timeout_s: float | None = None,
        *,
        strict: bool = False,
    ) -> StoredPrediction:
        """Have a worker predict an uploaded dataset; the result stays on the server (see `download_prediction`).

        Args:
            model: The model, or its id.
            dataset: The dataset, or its id.
            wait: Whether to return only when the prediction is over.
            timeout_s: Seconds to wait at most; None waits as long as it takes.
            strict: Whether to fail if something in the dataset cannot be used, instead of warning.

        Returns:
            The prediction: queued, or with `wait` succeeded.

        Raises:
            NotFound: There is no such model or dataset.
            ValidationFailed: The dataset lacks a column that the model needs.
            PredictionFailed: With `wait`, the prediction ended without a result.
            WaitTimedOut: With `wait`, it is not over after `timeout_s` seconds; it goes on.
        """
        body = {"dataset_id": id_of(dataset), "strict": strict}
        response = self._transport.fetch("POST", resource_path("models", model, "predictions"), json_body=body)
        queued = StoredPrediction.from_json(response)
        if not wait:
            return queued
        final = poll(lambda: self.stored_prediction(model, queued), timeout_s=timeout_s)
        if final.state != "succeeded":
            raise PredictionFailed(final)
        return final

    def stored_predictions(self, model: str | Model) -> Iterator[StoredPrediction]:
        """Yield a model's stored predictions, newest first."""
        items = self._transport.fetch_items(resource_path("models", model, "predictions"))
        return map(StoredPrediction.from_json, items)

    def stored_prediction(self, model: str | Model, prediction: str | StoredPrediction) -> StoredPrediction:
        """Return one stored prediction as it is now.

        Raises:
            NotFound: There is no such prediction.
        """
        return StoredPrediction.from_json(self._transport.fetch("GET", _stored(model, prediction)))

    def download_prediction(self, model: str | Model, prediction: str | StoredPrediction, path: str | Path) -> Path:
        """Write a stored prediction (CSV) to a file.

        Args:
            model: The model, or its id.
            prediction: The prediction, or its id.
            path: File to write; it is replaced if it exists.

        Returns:
            The path.

        Raises:
            Conflict: The prediction is not ready.
            OSError: The file cannot be written.
        """
        return download(self._transport, "GET", _stored(model, prediction) + "/content", path)

    def delete_prediction(self, model: str | Model, prediction: str | StoredPrediction) -> None:
        """Delete a stored prediction.

        Raises:
            NotFound: There is no such prediction.
        """
        self._transport.send("DELETE", _stored(model, prediction))


def _stored(model: str | Model, prediction: str | StoredPrediction) -> str:
    return resource_path("models", model) + resource_path("predictions", prediction)
