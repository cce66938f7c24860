"""The port of what reads data where its users keep it: servers, databases, buckets.

Only the fetcher has adapters of it (`backends/fetch/`): the one role with a way out, and the one that opens secrets.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from core.domain.records import Json

AUTO = "auto"
"""The format of bytes that say themselves what they are; see `csvfile.formats`."""


def nothing() -> None:
    """Do nothing: there is nothing to close."""


@dataclass
class Opened:
    """Data on its way in.

    `version`, `reading`, `rows` and `cursor` are final once all chunks were read.

    Attributes:
        chunks: the bytes of a file. Reading them raises FetchFailed; nothing half ever ends as if it were whole.
        format: `csv`, `jsonl`, `parquet`, a workbook's, or `auto`.
        version: what tells this state of the data from others, for `since` of the next fetch: {etag?, last_modified?,
            objects?, …}; {} if nothing does.
        name: of the file or query; "" if there is none.
        reading: {types, column_options} of the columns, where the source tells them; None if the bytes do.
        rows: how many there are, where the source counts them.
        cursor: the greatest value of the cursor's column, for the next fetch.
        close: ends it, wherever it is, also from another thread.
    """

    chunks: Iterator[bytes]
    format: str = AUTO
    version: Json = field(default_factory=dict)
    name: str = ""
    reading: Json | None = None
    rows: int | None = None
    cursor: Any = None
    close: Callable[[], None] = nothing


class SourceReader(Protocol):
    """Reads one kind of sources."""

    def open(
        self, spec: Json, secrets: Mapping[str, str], *, since: Json | None = None, cursor: Any = None
    ) -> Opened | None:
        """Reach the source and begin to read it; None if nothing has changed.

        Args:
            spec: what its user says of it. `{"secret": "name"}` stands for a secret.
            secrets: those that it names, opened.
            since: the version that was read last; None to read whatever there is.
            cursor: where the last fetch ended; None to begin at the spec's `initial`.

        Raises FetchFailed, in words for the user.
        """
