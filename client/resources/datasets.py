"""Upload, inspect, correct and check datasets."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from ..display import progress_callback
from ..http.polling import poll
from ..http.request_bodies import SendProgress, default_name, open_body
from ..outcomes import DatasetRejected
from ..types.datasets import BadRows, Dataset, Findings, Preview
from ._base import Resource, options_given, query_of, resource_path

if TYPE_CHECKING:
    from ..http.request_bodies import Source


class DatasetResource(Resource):
    """Group the calls about datasets, the CSVs that models learn from."""

    def upload(  # noqa: PLR0913 (public: one keyword an option)
        self,
        source: Source,
        name: str | None = None,
        progress: SendProgress | bool | None = None,
        *,
        delimiter: str | None = None,
        encoding: str | None = None,
        header: bool | None = None,
        skip_rows: int | None = None,
        skip_footer: int | None = None,
        skip_initial_space: bool | None = None,
        bad_rows: str | None = None,
        sheet: str | None = None,
    ) -> Dataset:
        """Upload a table: CSV, Excel, OpenDocument, Parquet or JSON lines, also as a gzip or ZIP file of one.

        It is streamed, so memory does not grow with its size. The server finds out which format it is.

        How it is written is found out; whatever is given here is taken instead (see `patch_dataset`). If the connection
        breaks, the upload is sent again under one Idempotency-Key, so that it makes one dataset. A file that cannot be
        rewound is sent only once.

        Args:
            source: Path, bytes, open binary file, or DataFrame (its columns without the index; with their types, where
                pyarrow is installed). Gzip is recognized and sent as it is.
            name: Name of the dataset; None takes the file's.
            progress: Function of (bytes sent, total bytes or None), or True for a bar on the terminal or in the
                notebook.
            delimiter: Character between two cells.
            encoding: Encoding of the CSV, such as `utf-8`.
            header: Whether the first row names the columns.
            skip_rows: Number of lines above the table to leave out.
            skip_footer: Number of rows below the table to leave out.
            skip_initial_space: Whether blanks at the start of a cell are no part of it.
            bad_rows: What becomes of rows that cannot be read: `refuse` the CSV, `skip` them, or skip and `report` them
                (see `bad_rows`).
            sheet: Sheet of a workbook; None takes the first visible one that is not empty.

        Returns:
            The dataset, which is profiled from now on: see `wait_ready`.

        Raises:
            ValidationFailed: The file is too large or is not text.
            ConnectionFailed: The connection broke at every attempt.
            OSError: The file cannot be read.
        """
        name = name or default_name(source)
        options = options_given(
            delimiter=delimiter,
            encoding=encoding,
            header=header,
            skip_rows=skip_rows,
            skip_footer=skip_footer,
            skip_initial_space=skip_initial_space,
            bad_rows=bad_rows,
            sheet=sheet,
        )
        with (
            progress_callback(progress, f"Uploading {name}") as on_progress,
            open_body(source, on_progress, typed=True) as body,
        ):
            response = self._transport.fetch(
                "POST",
                "/datasets",
                params={"name": name, **query_of(options)},
                body=body,
                headers={**body.headers, "Idempotency-Key": uuid.uuid4().hex},
            )
        return Dataset.from_json(response)

    def datasets(self) -> Iterator[Dataset]:
        """Yield all datasets, newest first."""
        return map(Dataset.from_json, self._transport.fetch_items("/datasets"))

    def dataset(self, dataset: str | Dataset) -> Dataset:
        """Return one dataset as it is now.

        Raises:
            NotFound: There is no such dataset.
        """
        return Dataset.from_json(self._transport.fetch("GET", resource_path("datasets", dataset)))

    def wait_ready(self, dataset: str | Dataset, timeout_s: float | None = None) -> Dataset:
        """Wait until a dataset is profiled.

        Args:
            dataset: The dataset, or its id.
            timeout_s: Seconds to wait at most; None waits as long as it takes.

        Returns:
            The dataset, with its rows and columns.

        Raises:
            DatasetRejected: The CSV cannot be used.
            WaitTimedOut: It is not profiled after `timeout_s` seconds.
            NotFound: There is no such dataset.
        """
        found = poll(lambda: self.dataset(dataset), timeout_s=timeout_s)
        if found.state == "rejected":
            raise DatasetRejected(found)
        return found

    def preview(self, dataset: str | Dataset, rows: int = 20) -> Preview:
        """Return the first rows as they stand in the CSV.

        Args:
            dataset: The dataset, or its id.
            rows: Number of rows.
        """
        response = self._transport.fetch("GET", resource_path("datasets", dataset, "preview"), params={"rows": rows})
        return Preview.from_json(response)

    def bad_rows(self, dataset: str | Dataset) -> BadRows:
        """Return the rows that were left out of a dataset read with `bad_rows="report"`.

        Args:
            dataset: The dataset, or its id.

        Raises:
            Conflict: The dataset is not ready, or is read otherwise.
        """
        return BadRows.from_json(self._transport.fetch("GET", resource_path("datasets", dataset, "bad-rows")))

    def patch_dataset(  # noqa: PLR0913 (public: one keyword an option)
        self,
        dataset: str | Dataset,
        *,
        name: str | None = None,
        delimiter: str | None = None,
        encoding: str | None = None,
        header: bool | None = None,
        skip_rows: int | None = None,
        skip_footer: int | None = None,
        skip_initial_space: bool | None = None,
        bad_rows: str | None = None,
        sheet: str | None = None,
        types: Mapping[str, str] | None = None,
        columns: Mapping[str, Mapping[str, str | None]] | None = None,
    ) -> Dataset:
        """Change the given settings; the dataset is profiled again (see `wait_ready`).

        Args:
            dataset: The dataset, or its id.
            name: Name of the dataset.
            delimiter: Character between two cells.
            encoding: Encoding of the CSV, such as `utf-8`.
            header: Whether the first row names the columns.
            skip_rows: Number of lines above the table to leave out.
            skip_footer: Number of rows below the table to leave out.
            skip_initial_space: Whether blanks at the start of a cell are no part of it.
            bad_rows: What becomes of rows that cannot be read: `refuse`, `skip` or `report`.
            sheet: Sheet of a workbook; what was set for another sheet is dropped.
            types: Column to type: number, category, boolean, date, text, id or constant.
            columns: Column to how it is read: a dict of `type`, `decimal_sign` ("." or ","), `date_order`
                (month_first, day_first or year_first) and `unit` (such as "kg"; "h:mm" or "m:ss" of times), as far as
                they are to be corrected. None takes a correction back.

        Raises:
            ValidationFailed: A setting is not acceptable.
            NotFound: There is no such dataset.
        """
        body = options_given(
            name=name,
            delimiter=delimiter,
            encoding=encoding,
            header=header,
            skip_rows=skip_rows,
            skip_footer=skip_footer,
            skip_initial_space=skip_initial_space,
            bad_rows=bad_rows,
            sheet=sheet,
            types=types,
            columns=columns,
        )
        response = self._transport.fetch("PATCH", resource_path("datasets", dataset), json_body=body, repeatable=True)
        return Dataset.from_json(response)

    def check(self, dataset: str | Dataset, target: str) -> Findings:
        """Check whether `target` can be predicted, before any time is spent.

        Args:
            dataset: The dataset, or its id.
            target: Name of the column to predict.

        Returns:
            The task and metric that `auto` would choose, and what was found.

        Raises:
            ValidationFailed: There is no such column.
        """
        path = resource_path("datasets", dataset, "checks")
        return Findings.from_json(self._transport.fetch("POST", path, json_body={"target": target}, repeatable=True))

    def delete_dataset(self, dataset: str | Dataset) -> None:
        """Delete a dataset.

        Raises:
            Conflict: A job uses it.
            NotFound: There is no such dataset.
        """
        self._transport.send("DELETE", resource_path("datasets", dataset))
