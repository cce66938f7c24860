"""A day of requests that were put together: Parquet, of which only the rows are read that a page is about."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from api.serving.request_log.logged_request import dump
from core.domain.prediction_ids import predicted_at
from core.domain.records import Json
from core.ports import BlobInfo, Blobs
from core.requests.newest_first import Chunk
from core.requests.segments import Segment
from core.storage.blob_file import BlobFile

if TYPE_CHECKING:
    from pyarrow.parquet import ParquetFile

JSON_COLUMNS = ("x", "y", "shadow")
"""Columns whose cells are JSON."""
MAX_READ = 1 << 30


@dataclass(frozen=True)
class RowGroup:
    """Rows that stand together in the file, sorted by id."""

    file: ParquetFile
    number: int
    first: str
    last: str

    def lines(self) -> Iterator[tuple[str, bytes]]:
        """Yield each row as the line that it was made of."""
        for row in self.file.read_row_group(self.number).to_pylist():
            yield row["id"], dump(_line(row))


def open_day(blobs: Blobs, day: Segment) -> Iterator[Chunk]:
    """Yield the parts of a day's file; none of a day that is being deleted."""
    from pyarrow.parquet import ParquetFile

    if blobs.stat(day.blob) is None:
        return
    file = ParquetFile(BlobFile(blobs, BlobInfo(day.blob, day.size_bytes, ""), MAX_READ))
    place = file.schema_arrow.get_field_index("id")
    for number in range(file.metadata.num_row_groups):
        known = file.metadata.row_group(number).column(place).statistics
        yield RowGroup(file, number, known.min, known.max)


def _line(row: dict[str, Any]) -> Json:
    line = {name: orjson.loads(cell) if name in JSON_COLUMNS and cell is not None else cell
            for name, cell in row.items()}  # fmt: skip
    line["at"] = predicted_at(line["id"])
    return {name: value for name, value in line.items() if value is not None or name in ("alias", "key")}
