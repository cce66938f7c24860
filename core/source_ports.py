"""The port of what reads data where its users keep it: servers, databases, buckets.

Only the fetcher has adapters of it (`backends/fetch/`): the one role with a way out, and the one that opens secrets.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from core.domain.records import Json
from core.errors import FetchFailed

AUTO = "auto"
"""The format of bytes that say themselves what they are; see `csvfile.formats`."""


STALL_S = 60.0


@dataclass(frozen=True)
class FetchLimits:
    """What one fetch may take.

    Attributes:
        max_bytes: of the file, unpacked.
        seconds: from the first connection to the last byte.
        stall_s: without a byte.
    """

    max_bytes: int
    max_rows: int
    seconds: float
    stall_s: float = STALL_S


TRANSIENT = frozenset(
    {"CONNECTION_FAILED", "TIMED_OUT", "BAD_ANSWER", "SERVER_BUSY", "CHANGED_MEANWHILE", "TRUNCATED_BODY"}
)
"""Reasons of failures that another try soon may not meet."""


def file_too_large(max_bytes: int) -> FetchFailed:
    """Make the error for more bytes than a fetch may bring."""
    detail = f"There are more than {max_bytes:,} bytes, unpacked."
    return FetchFailed("FILE_TOO_LARGE", detail, "Fetch less: fewer columns or rows, or in parts with mode append.")


def nothing() -> None:
    """Do nothing: there is nothing to let go of."""


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
        close: lets go of the connection; to be called once it is done with, by the thread that reads.
        cut: has whoever reads the chunks fail at once; from any thread.
    """

    chunks: Iterator[bytes]
    format: str = AUTO
    version: Json = field(default_factory=dict)
    name: str = ""
    reading: Json | None = None
    rows: int | None = None
    cursor: Any = None
    close: Callable[[], None] = nothing
    cut: Callable[[], None] = nothing


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


class SourceReaders(Protocol):
    """Readers by the kind of source."""

    def of(self, kind: str, seconds: float | None = None) -> SourceReader:
        """Return what reads sources of this kind, in at most so many seconds."""
