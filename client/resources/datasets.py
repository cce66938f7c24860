"""Datasets: upload, look at, mend, check."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from ..display import progress_callback
from ..http.downloads import ReceiveProgress, download
from ..http.polling import poll
from ..http.request_bodies import SendProgress, default_name, open_body
from ..outcomes import DatasetRejected
from ..types.datasets import Dataset, Findings, Preview
from ._base import Resource, resource_path

if TYPE_CHECKING:
    from ..http.request_bodies import Source


class DatasetResource(Resource):
    """The CSVs that models are made from."""

    def upload(self, source: Source, name: str | None = None, progress: SendProgress | bool | None = None) -> Dataset:
        """Upload a CSV: a path, a binary file or a DataFrame (its columns, without the index).

        Streamed, so that memory does not grow with it; gzip is recognised and sent as it is. Tried again
        under one Idempotency-Key if the connection breaks, so that it arrives once (a file that cannot be
        rewound is sent once only). `progress` is called with (bytes sent, bytes in all or None);
        True shows a bar, in a terminal or a notebook.
        Raises ValidationFailed, ConnectionFailed, OSError.
        """
        called = name or default_name(source)
        with progress_callback(progress, f"Uploading {called}") as on_progress, open_body(source, on_progress) as body:
            answer = self._transport.fetch(
                "POST",
                "/datasets",
                params={"name": called},
                body=body,
                headers={**body.headers, "Idempotency-Key": uuid.uuid4().hex},
            )
        return Dataset.from_json(answer)

    def datasets(self) -> Iterator[Dataset]:
        """All datasets, newest first."""
        return map(Dataset.from_json, self._transport.fetch_items("/datasets"))

    def dataset(self, dataset: str | Dataset) -> Dataset:
        """One dataset as it is now. Raises NotFound."""
        return Dataset.from_json(self._transport.fetch("GET", resource_path("datasets", dataset)))

    def wait_ready(self, dataset: str | Dataset, timeout_s: float | None = None) -> Dataset:
        """The dataset once it is profiled. Raises DatasetRejected, WaitTimedOut, NotFound."""
        found = poll(lambda: self.dataset(dataset), timeout_s=timeout_s)
        if found.state == "rejected":
            raise DatasetRejected(found)
        return found

    def preview(self, dataset: str | Dataset, rows: int = 20) -> Preview:
        """The first `rows` rows as they stand in the CSV."""
        answer = self._transport.fetch("GET", resource_path("datasets", dataset, "preview"), params={"rows": rows})
        return Preview.from_json(answer)

    def patch_dataset(
        self,
        dataset: str | Dataset,
        *,
        name: str | None = None,
        delimiter: str | None = None,
        encoding: str | None = None,
        header: bool | None = None,
        types: Mapping[str, str] | None = None,
    ) -> Dataset:
        """Change what is given; the dataset is profiled anew (see `wait_ready`).

        `types` maps columns to number, category, boolean, date, text, id or constant.
        Raises ValidationFailed, NotFound.
        """
        wishes = {
            "name": name,
            "delimiter": delimiter,
            "encoding": encoding,
            "header": header,
            "types": types,
        }
        body = {key: value for key, value in wishes.items() if value is not None}
        answer = self._transport.fetch("PATCH", resource_path("datasets", dataset), json_body=body, repeatable=True)
        return Dataset.from_json(answer)

    def check(self, dataset: str | Dataset, target: str) -> Findings:
        """What is wrong with predicting `target`, before any time is spent. Raises ValidationFailed."""
        path = resource_path("datasets", dataset, "checks")
        return Findings.from_json(self._transport.fetch("POST", path, json_body={"target": target}, repeatable=True))

    def download_dataset(
        self, dataset: str | Dataset, path: str | Path, progress: ReceiveProgress | None = None
    ) -> Path:
        """The CSV back, byte for byte, checked against its SHA-256. Raises CorruptDownload, OSError."""
        found = self.dataset(dataset)
        content = resource_path("datasets", dataset, "content")
        return download(self._transport, "GET", content, path, sha256=found.sha256, progress=progress)

    def download_dataset_report(self, dataset: str | Dataset, path: str | Path) -> Path:
        """Keep a dataset's report (HTML): what each column holds, and what to look at. Raises Conflict while the
        dataset is not ready, NotFound, OSError."""
        return download(self._transport, "GET", resource_path("datasets", dataset, "report"), path)

    def delete_dataset(self, dataset: str | Dataset) -> None:
        """Delete a dataset. Raises Conflict while a job uses it, NotFound."""
        self._transport.send("DELETE", resource_path("datasets", dataset))
