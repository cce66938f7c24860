"""Models: look at, take home, predict a whole dataset on the server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..http.downloads import ReceiveProgress, download
from ..http.polling import poll
from ..outcomes import PredictionFailed
from ..types.datasets import Dataset
from ..types.models import Leaderboard, Model
from ..types.predictions import StoredPrediction
from ._base import Resource, id_of, resource_path


class ModelResource(Resource):
    """The trained models."""

    def models(self) -> Iterator[Model]:
        """All models, newest first."""
        return map(Model.from_json, self._transport.fetch_items("/models"))

    def model(self, model: str | Model) -> Model:
        """One model. Raises NotFound."""
        return Model.from_json(self._transport.fetch("GET", resource_path("models", model)))

    def leaderboard(self, model: str | Model) -> Leaderboard:
        """The candidates that were compared for a model, best first."""
        found = self.model(model)
        return Leaderboard(found.leaderboard, found.metric)

    def evaluation(self, model: str | Model) -> dict[str, Any]:
        """How a model answered rows that it had not seen, as its report tells: verdict, curves, mistakes, dependence.
        Raises Conflict where that was not kept, NotFound."""
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
        """Keep a model as the file `path`: a `bundle` (loads with the engine alone) or `onnx`.

        `single` names one candidate of the leaderboard to have instead of the ensemble. Written under a
        temporary name, checked, then renamed. Raises Conflict (a part has no ONNX form; the detail says which
        candidate has), CorruptDownload, OSError.
        """
        params = {"format": format, **({} if single is None else {"model": single})}
        content = resource_path("models", model, "download")
        return download(self._transport, "GET", content, path, params=params, progress=progress)

    def download_report(self, model: str | Model, path: str | Path) -> Path:
        """Keep a model's report (HTML): what was done, how good it is, why, how far to trust it. Raises Conflict where
        none was written, NotFound, OSError."""
        return download(self._transport, "GET", resource_path("models", model, "report"), path)

    def delete_model(self, model: str | Model) -> None:
        """Delete a model. Raises NotFound."""
        self._transport.send("DELETE", resource_path("models", model))

    def predict_stored(
        self, model: str | Model, dataset: str | Dataset, wait: bool = True, timeout_s: float | None = None
    ) -> StoredPrediction:
        """Have a worker predict an uploaded dataset; the result stays on the server (`download_prediction`).

        Raises NotFound, ValidationFailed, and with `wait` PredictionFailed, WaitTimedOut.
        """
        body = {"dataset_id": id_of(dataset)}
        answer = self._transport.fetch("POST", resource_path("models", model, "predictions"), json_body=body)
        begun = StoredPrediction.from_json(answer)
        if not wait:
            return begun
        final = poll(lambda: self.stored_prediction(model, begun), timeout_s=timeout_s)
        if final.state != "succeeded":
            raise PredictionFailed(final)
        return final

    def stored_predictions(self, model: str | Model) -> Iterator[StoredPrediction]:
        """A model's stored predictions, newest first."""
        items = self._transport.fetch_items(resource_path("models", model, "predictions"))
        return map(StoredPrediction.from_json, items)

    def stored_prediction(self, model: str | Model, prediction: str | StoredPrediction) -> StoredPrediction:
        """One stored prediction as it is now. Raises NotFound."""
        return StoredPrediction.from_json(self._transport.fetch("GET", _stored(model, prediction)))

    def download_prediction(self, model: str | Model, prediction: str | StoredPrediction, path: str | Path) -> Path:
        """Keep a stored prediction (CSV) as the file `path`. Raises Conflict while it is not ready."""
        return download(self._transport, "GET", _stored(model, prediction) + "/content", path)

    def delete_prediction(self, model: str | Model, prediction: str | StoredPrediction) -> None:
        """Delete a stored prediction. Raises NotFound."""
        self._transport.send("DELETE", _stored(model, prediction))


def _stored(model: str | Model, prediction: str | StoredPrediction) -> str:
    return resource_path("models", model) + resource_path("predictions", prediction)
