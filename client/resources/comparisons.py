"""Compare models: measured on the same labelled rows, or side by side as they are."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ..http.downloads import download
from ..http.polling import poll
from ..outcomes import ComparisonFailed
from ..types.comparisons import Comparison
from ..types.datasets import Dataset
from ..types.models import Model
from ._base import Resource, id_of, options_given, resource_path


class ComparisonResource(Resource):
    """Group the calls about comparisons."""

    def compare(
        self,
        models: Sequence[str | Model],
        dataset: str | Dataset,
        *,
        versions: Mapping[str, int | str] | None = None,
        name: str | None = None,
        metric: str = "auto",
        wait: bool = True,
        timeout_s: float | None = None,
    ) -> Comparison:
        """Measure two to ten models on the same labelled dataset: which is better, by how much, how sure that is.

        If the connection breaks, the request is sent again under one Idempotency-Key, so that it makes one comparison.

        Args:
            models: The models, or their ids.
            dataset: The labelled dataset, or its id.
            versions: Versions of endpoints to compare too, as name of the endpoint to number or alias.
            name: Name of the comparison.
            metric: Metric by which the best is told; auto is that of the first model.
            wait: Whether to return only when it is over.
            timeout_s: Seconds to wait at most; None waits as long as it takes.

        Returns:
            The comparison: queued, or with `wait` succeeded.

        Raises:
            ValidationFailed: The models predict different targets, or the dataset lacks a column.
            NotFound: There is no such model, version or dataset.
            ComparisonFailed: With `wait`, it ended without a result.
            WaitTimedOut: With `wait`, it is not over after `timeout_s` seconds; it goes on.
        """
        named = [{"endpoint": endpoint, "version": version} for endpoint, version in (versions or {}).items()]
        body = {
            "models": [id_of(model) for model in models], "versions": named, "dataset_id": id_of(dataset),
            "metric": metric, **options_given(name=name),
        }  # fmt: skip
        headers = {"Idempotency-Key": uuid.uuid4().hex}
        made = Comparison.from_json(self._transport.fetch("POST", "/comparisons", json_body=body, headers=headers))
        if not wait:
            return made
        final = poll(lambda: self.comparison(made), timeout_s=timeout_s)
        if final.state != "succeeded":
            raise ComparisonFailed(final)
        return final

    def comparisons(self) -> Iterator[Comparison]:
        """Yield all comparisons, newest first, without what they have found but the best model."""
        return map(Comparison.from_json, self._transport.fetch_items("/comparisons"))

    def comparison(self, comparison: str | Comparison) -> Comparison:
        """Return one comparison and all that it has found.

        Raises:
            NotFound: There is no such comparison.
        """
        return Comparison.from_json(self._transport.fetch("GET", resource_path("comparisons", comparison)))

    def download_comparison(self, comparison: str | Comparison, path: str | Path) -> Path:
        """Write the page of a comparison (HTML) to a file, which works offline.

        Raises:
            Conflict: It has not succeeded.
            NotFound: There is no such comparison.
        """
        return download(self._transport, "GET", resource_path("comparisons", comparison, "report"), path)

    def delete_comparison(self, comparison: str | Comparison) -> None:
        """Delete a comparison.

        Raises:
            NotFound: There is no such comparison.
        """
        self._transport.send("DELETE", resource_path("comparisons", comparison))

    def side_by_side(self, models: Sequence[str | Model], *, only_differences: bool = False) -> dict[str, Any]:
        """Lay models side by side as they are: jobs, data, parameters, scores, importances. Nothing is measured.

        Args:
            models: Two to ten models, or their ids.
            only_differences: Whether to leave out what is the same for all.

        Returns:
            `{models, sections: [{name, rows: [{name, values, differs}]}], notes}`.
        """
        params = {
            "model": [id_of(model) for model in models],
            **({"only_differences": "true"} if only_differences else {}),
        }
        return dict(self._transport.fetch("GET", "/compare", params=params))
