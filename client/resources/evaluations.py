"""Measure models on labelled datasets."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from ..http.downloads import download
from ..http.polling import poll
from ..http.transport import Transport
from ..outcomes import EvaluationFailed
from ..types.datasets import Dataset
from ..types.evaluations import Evaluation
from ..types.models import Model
from ._base import Resource, id_of, options_given, resource_path


class EvaluationResource(Resource):
    """Group the calls about evaluations."""

    def evaluate(
        self,
        model: str | Model,
        dataset: str | Dataset,
        *,
        slices: Sequence[str] = (),
        pairs: bool = False,
        name: str = "",
        wait: bool = True,
        timeout_s: float | None = None,
    ) -> Evaluation:
        """Measure a model on a dataset that has the target's column, and compare with what was promised at training.

        Args:
            model: The model, or its id; uploaded ones, too.
            dataset: The dataset, or its id.
            slices: Columns whose groups are compared, and looked at for fairness; () looks for slices by the columns
                that matter most.
            pairs: Whether to look at groups of two columns at a time, too.
            name: What to call it.
            wait: Whether to return only when it is over.
            timeout_s: Seconds to wait at most; None waits as long as it takes.

        Returns:
            The evaluation: queued, or with `wait` all that was found.

        Raises:
            NotFound: There is no such model or dataset.
            ValidationFailed: The dataset lacks the target, a column that the model needs, or one of `slices`.
            EvaluationFailed: With `wait`, it ended without a result.
            WaitTimedOut: With `wait`, it is not over after `timeout_s` seconds; it goes on.

        Example:
            >>> found = client.evaluate(model, dataset, slices=["sex"])
            >>> sorted(found.fairness["sex"])
            ['fpr', 'selection_rate', 'tpr']
            >>> client.download_evaluation(found, "tips.html")
            PosixPath('tips.html')
            >>> client.delete_evaluation(found)
        """
        what = {"model_id": id_of(model)}
        return request_evaluation(
            self._transport,
            what,
            dataset,
            slices=slices,
            pairs=pairs,
            name=name,
            timeout_s=timeout_s if wait else NO_WAIT,
        )

    def stored_evaluations(
        self, model: str | Model | None = None, dataset: str | Dataset | None = None
    ) -> Iterator[Evaluation]:
        """Yield the evaluations with their headlines, newest first: all, or those of a model, of a dataset."""
        given = options_given(
            model_id=None if model is None else id_of(model), dataset_id=None if dataset is None else id_of(dataset)
        )
        return map(Evaluation.from_json, self._transport.fetch_items("/evaluations", **given))

    def stored_evaluation(self, evaluation: str | Evaluation) -> Evaluation:
        """Return one evaluation as it is now, with all that was found.

        Raises:
            NotFound: There is no such evaluation.
        """
        return Evaluation.from_json(self._transport.fetch("GET", resource_path("evaluations", evaluation)))

    def download_evaluation(self, evaluation: str | Evaluation, path: str | Path) -> Path:
        """Write the report of an evaluation (HTML) to a file.

        Args:
            evaluation: The evaluation, or its id.
            path: File to write; it is replaced if it exists.

        Returns:
            The path.

        Raises:
            Conflict: The evaluation is not ready.
            NotFound: There is no such evaluation.
            OSError: The file cannot be written.
        """
        return download(self._transport, "GET", resource_path("evaluations", evaluation, "report"), path)

    def delete_evaluation(self, evaluation: str | Evaluation) -> None:
        """Delete an evaluation.

        Raises:
            NotFound: There is no such evaluation.
        """
        self._transport.send("DELETE", resource_path("evaluations", evaluation))


NO_WAIT = -1.0
"""In the place of seconds to wait: do not wait at all."""


def request_evaluation(
    transport: Transport,
    what: dict[str, Any],
    dataset: str | Dataset,
    *,
    slices: Sequence[str],
    pairs: bool,
    name: str,
    timeout_s: float | None,
) -> Evaluation:
    """Request an evaluation of a model or a version, under one Idempotency-Key, and wait for its end.

    Args:
        transport: Sends the calls.
        what: Names the model, or the endpoint and its version.
        dataset: The dataset, or its id.
        slices: Columns whose groups are compared.
        pairs: Whether to look at groups of two columns, too.
        name: What to call it.
        timeout_s: Seconds to wait at most; None waits as long as it takes, `NO_WAIT` not at all.
    """
    body = {**what, "dataset_id": id_of(dataset), "slices": list(slices), "pairs": pairs, "name": name}
    headers = {"Idempotency-Key": str(uuid.uuid4())}
    queued = Evaluation.from_json(transport.fetch("POST", "/evaluations", json_body=body, headers=headers))
    if timeout_s == NO_WAIT:
        return queued
    path = resource_path("evaluations", queued)
    final = poll(lambda: Evaluation.from_json(transport.fetch("GET", path)), timeout_s=timeout_s)
    if final.state != "succeeded":
        raise EvaluationFailed(final)
    return final
