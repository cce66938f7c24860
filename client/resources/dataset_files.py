"""Download what is stored of a dataset: its CSV, the file as it came, its report."""

from __future__ import annotations

from pathlib import Path

from ..http.downloads import ReceiveProgress, download
from ..types.datasets import Dataset
from ._base import resource_path
from .datasets import DatasetResource


class DatasetFileResource(DatasetResource):
    """Group the downloads of a dataset's files."""

    def download_dataset(
        self, dataset: str | Dataset, path: str | Path, progress: ReceiveProgress | None = None
    ) -> Path:
        """Write the CSV that is read to a file, checked against its SHA-256: the upload, or what was made of it.

        Args:
            dataset: The dataset, or its id.
            path: File to write; it is replaced if it exists.
            progress: Function of (bytes received, total bytes or None).

        Returns:
            The path.

        Raises:
            Conflict: The upload is no CSV, and none was made of it yet (see `wait_ready`).
            CorruptDownload: The bytes that arrived differ from those of the server.
            OSError: The file cannot be written.
        """
        found = self.dataset(dataset)
        content = resource_path("datasets", dataset, "content")
        return download(self._transport, "GET", content, path, sha256=found.sha256, progress=progress)

    def download_original(
        self, dataset: str | Dataset, path: str | Path, progress: ReceiveProgress | None = None
    ) -> Path:
        """Write the upload to a file as it came, such as the workbook of which a CSV was made.

        Args:
            dataset: The dataset, or its id.
            path: File to write; it is replaced if it exists.
            progress: Function of (bytes received, total bytes or None).

        Returns:
            The path.

        Raises:
            CorruptDownload: The bytes that arrived differ from those of the server.
            OSError: The file cannot be written.
        """
        return download(self._transport, "GET", resource_path("datasets", dataset, "original"), path, progress=progress)

    def download_dataset_report(self, dataset: str | Dataset, path: str | Path) -> Path:
        """Write the report of a dataset (HTML) to a file: what each column holds, and what may be wrong.

        Args:
            dataset: The dataset, or its id.
            path: File to write; it is replaced if it exists.

        Returns:
            The path.

        Raises:
            Conflict: The dataset is not ready.
            NotFound: There is no such dataset.
            OSError: The file cannot be written.
        """
        return download(self._transport, "GET", resource_path("datasets", dataset, "report"), path)
