"""What is stored of a dataset: its CSV, the upload as it came, its report and the list of its bad rows."""

from __future__ import annotations

from dataclasses import asdict, replace

from core.datasets.conversions import not_converted
from core.datasets.csv_head import preview_head, sniff_head
from core.datasets.states import REJECTED, UPLOADED
from core.domain.records import Dataset, Json
from core.errors import Conflict
from core.ports import BlobInfo, Blobs
from core.storage import rows
from csvfile.dialect import REPORT, DialectOptions
from csvfile.encoding import HEAD_BYTES
from csvfile.formats import CSV
from csvfile.sniffer import sniff_footer

TAIL_BYTES = 1 << 16
"""Bytes at the end of a large file in which notes and totals below its table are looked for."""


class StoredFiles:
    """The files of datasets.

    Args:
        blobs: hold them.
        max_columns: maximum columns of a CSV.
    """

    def __init__(self, blobs: Blobs, max_columns: int) -> None:
        self.blobs = blobs
        self.max_columns = max_columns

    def preview(self, dataset: Dataset, count: int) -> Json:
        """Return {columns, rows}: the first rows as strings, as far as the first MiB goes; raises NOT_CONVERTED."""
        self.csv(dataset)
        head = self._head(dataset)
        return preview_head(head, dataset.dialect, count)

    def report(self, dataset: Dataset) -> BlobInfo:
        """Return the HTML page that describes the profile; raises Conflict if there is none."""
        if dataset.state == REJECTED:
            raise Conflict("DATASET_REJECTED", (dataset.error or {}).get("detail", "The file could not be read."))
        if dataset.state == UPLOADED:
            raise Conflict("REPORT_NOT_READY", "The dataset is still being profiled: try again in a moment.")
        if dataset.report is None:
            raise Conflict(
                "REPORT_NOT_AVAILABLE",
                "This dataset has no report: change its column types, or upload it again.",
            )
        return BlobInfo(dataset.report["blob"], dataset.report["size_bytes"], dataset.report["sha256"])

    def bad_rows(self, dataset: Dataset) -> Json:
        """Return {count, rows: [{line, reason, detail}]}: the rows that were left out, of which the first are listed.

        Raises Conflict if that is not known, or not wanted.
        """
        if dataset.state == REJECTED:
            raise Conflict("DATASET_REJECTED", (dataset.error or {}).get("detail", "The file could not be read."))
        if dataset.state == UPLOADED:
            raise Conflict("REPORT_NOT_READY", "The dataset is still being profiled: ask again in a moment.")
        if dataset.dialect.bad_rows != REPORT:
            raise Conflict(
                "BAD_ROWS_NOT_LISTED",
                "Bad rows are listed where the dataset is read with bad_rows=report: change that to have a list.",
            )
        if dataset.bad_rows is None:
            return {"count": 0, "rows": []}
        found: Json = rows.load_json(b"".join(self.blobs.read(dataset.bad_rows["blob"])))
        return found

    def csv(self, dataset: Dataset) -> BlobInfo:
        """Return the CSV that is read; raises Conflict NOT_CONVERTED as long as none was made of the upload."""
        if not dataset.is_converted:
            raise not_converted()
        return BlobInfo(dataset.blob, dataset.size_bytes, dataset.sha256)

    def original(self, dataset: Dataset) -> tuple[BlobInfo, str]:
        """Return the upload as it came, and its format."""
        original = dataset.original
        if original is None:
            return self.csv(dataset), CSV
        if not original["blob"]:
            raise not_converted()
        return BlobInfo(original["blob"], original["size_bytes"], original["sha256"]), original["format"]

    def read_again(self, dataset: Dataset, options: DialectOptions) -> Dataset:
        """Return the dataset as it is read with these options, and those that its user gave before."""
        before = asdict(dataset.dialect) if dataset.options is None else dataset.options
        given = {**before, **options}
        sniffed = sniff_head(self._head(dataset), max_columns=self.max_columns, given=given)
        read = replace(
            dataset, dialect=sniffed.dialect, header=sniffed.header, warnings=sniffed.warnings, options=given
        )
        return self.with_footer(read)

    def with_footer(self, dataset: Dataset) -> Dataset:
        """Return the dataset of a large file with what its end shows, as its beginning shows nothing of that."""
        size_bytes = dataset.size_bytes
        if not dataset.is_converted or size_bytes < HEAD_BYTES or "skip_footer" in (dataset.options or {}):
            return dataset
        tail = b"".join(self.blobs.read(dataset.blob, size_bytes - TAIL_BYTES, size_bytes))
        count, warnings = sniff_footer(tail, dataset.dialect, len(dataset.header))
        dialect = replace(dataset.dialect, skip_footer=count)
        return replace(dataset, dialect=dialect, warnings=[*dataset.warnings, *warnings])

    def _head(self, dataset: Dataset) -> bytes:
        return b"".join(self.blobs.read(dataset.blob, 0, min(HEAD_BYTES, dataset.size_bytes)))
