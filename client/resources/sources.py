"""Have data fetched from where they are kept."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from typing import Any

from ..http.polling import poll
from ..outcomes import FetchFailed
from ..types.datasets import Dataset
from ..types.sources import Fetch, Source, SourceCheck
from ._base import Resource, options_given, resource_path


class SourceResource(Resource):
    """Group the calls about sources."""

    def sources(self) -> Iterator[Source]:
        """Yield all sources, newest first, each with its newest fetch."""
        return map(Source.from_json, self._transport.fetch_items("/sources"))

    def source(self, source: str | Source) -> Source:
        """Return a source as it is now.

        Raises:
            NotFound: There is no such source.
        """
        return Source.from_json(self._transport.fetch("GET", resource_path("sources", source)))

    def create_source(self, name: str, kind: str, **fields: Any) -> Source:
        """Make a source. Nothing is fetched yet: `train` with it, its `refresh`, or `fetch_source` does that.

        If the connection breaks, the request is sent again under one Idempotency-Key, so that it makes one source.

        Args:
            name: Its name, which its datasets have, too.
            kind: `http`, `sql`, `bucket` or `endpoint`.
            **fields: What the kind needs, and how it is fetched, as docs/sources.md has it: `url`, `query`, `headers`,
                `user`, `password`, `cursor`, `credentials`, `endpoint`, `labelled`, `window`; `format`, `sheet`,
                `mode`, `key`, `keep`, `max_age_s`, `refresh`. A secret is named: `{"secret": name}`.

        Raises:
            ValidationFailed: A field is wrong.
            Conflict: There are too many, or the operator has switched fetching off.

        Example:
            >>> source = client.create_source("prices", "http", url="https://example.org/prices.csv", max_age_s=3600)
            >>> source.mode, source.format
            ('replace', 'auto')
            >>> client.delete_source(source)
        """
        body = {"name": name, "kind": kind, **options_given(**fields)}
        headers = {"Idempotency-Key": uuid.uuid4().hex}
        return Source.from_json(self._transport.fetch("POST", "/sources", json_body=body, headers=headers))

    def update_source(self, source: str | Source, **fields: Any) -> Source:
        """Change fields of a source; None takes one back. What says what is fetched has it begin anew.

        Raises:
            NotFound: There is no such source.
            ValidationFailed: A field is wrong.
        """
        path = resource_path("sources", source)
        return Source.from_json(self._transport.fetch("PATCH", path, json_body=fields))

    def delete_source(self, source: str | Source) -> None:
        """Delete a source and the list of its fetches; datasets that were made of it stay.

        Raises:
            NotFound: There is no such source.
            Conflict: A pipeline, the lookup of an endpoint or a job needs it.
        """
        self._transport.send("DELETE", resource_path("sources", source))

    def check_source(self, source: str | Source) -> SourceCheck:
        """Reach a source now, and return its first rows; nothing is kept.

        Raises:
            ValidationFailed: It cannot be reached or read; the message says why.
        """
        return SourceCheck.from_json(self._transport.fetch("POST", resource_path("sources", source, "check")))

    def fetch_source(self, source: str | Source, *, wait: bool = False, timeout_s: float | None = None) -> Fetch:
        """Have a source fetched now. A fetch that waits its turn is returned again.

        Args:
            source: The source, or its id.
            wait: Whether to return only when the fetch is over.
            timeout_s: Seconds to wait at most; None waits as long as it takes.

        Raises:
            NotFound: There is no such source.
            FetchFailed: With `wait`, the fetch failed.
            WaitTimedOut: With `wait`, it is not over after `timeout_s` seconds.
        """
        headers = {"Idempotency-Key": uuid.uuid4().hex}
        path = resource_path("sources", source, "fetch")
        fetch = Fetch.from_json(self._transport.fetch("POST", path, headers=headers))
        if not wait:
            return fetch
        number = str(fetch.number)
        fetch = poll(lambda: self.fetch(source, number), timeout_s=timeout_s)
        if fetch.state == "failed":
            raise FetchFailed(fetch)
        return fetch

    def fetch(self, source: str | Source, number: int | str) -> Fetch:
        """Return a fetch as it is now; while it is under way with the bytes so far.

        Raises:
            NotFound: There is no such fetch.
        """
        return Fetch.from_json(self._transport.fetch("GET", resource_path("sources", source, "fetches", str(number))))

    def fetches(self, source: str | Source) -> Iterator[Fetch]:
        """Yield the fetches of a source, newest first."""
        return map(Fetch.from_json, self._transport.fetch_items(resource_path("sources", source, "fetches")))

    def upload_url(
        self, url: str, name: str | None = None, *, format: str | None = None, sheet: str | None = None,
        headers: Mapping[str, Any] | None = None,
    ) -> Dataset:  # fmt: skip
        """Have the service fetch a table, once, and make it a dataset.

        Args:
            url: `http://…` or `https://…`, without a password.
            name: Of the dataset; None for the last part of the URL.
            format: `csv`, `jsonl`, `parquet` or `xlsx`; None: the file itself shows it.
            sheet: Of a workbook.
            headers: That are sent; a value may be `{"secret": name}`.

        Returns:
            The dataset, which is fetched and then profiled: see `wait_ready`.

        Raises:
            ValidationFailed: The address cannot be used.
        """
        body = options_given(
            url=url, name=name, format=format, sheet=sheet, headers=None if headers is None else dict(headers)
        )
        key = {"Idempotency-Key": uuid.uuid4().hex}
        return Dataset.from_json(self._transport.fetch("POST", "/datasets", json_body=body, headers=key))
