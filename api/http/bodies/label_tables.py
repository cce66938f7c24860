"""Labels as a CSV, read as they come in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from core.datasets.csv_head import csv_errors_as_invalid, sniff_head
from core.errors import column_not_found
from core.requests.feedback import FIELDS
from core.storage.streams import peek
from csvfile.bad_rows import BadRows
from csvfile.dialect import Dialect
from csvfile.encoding import HEAD_BYTES
from csvfile.lines import decode_lines
from csvfile.rows import fit_rows, iterate_rows


@dataclass(frozen=True)
class LabelTable:
    """The rows of the CSV.

    Attributes:
        header: names of its columns.
        ignored: those that say nothing of a label.
    """

    header: Sequence[str]
    ignored: list[str]
    _chunks: Iterator[bytes]
    _dialect: Dialect

    @classmethod
    def open(cls, chunks: Iterator[bytes], max_columns: int) -> LabelTable:
        """Look at the beginning. Raises Invalid for what is no CSV, or lacks a column."""
        head, stream = peek(chunks, HEAD_BYTES)
        sniffed = sniff_head(head, max_columns=max_columns, given={"header": True, "skip_rows": 0, "skip_footer": 0})
        header = sniffed.header
        if "label" not in header:
            raise column_not_found("label", header, ["label"])
        if not {"prediction_id", "key"} & set(header):
            raise column_not_found("prediction_id", header, ["prediction_id"])
        return cls(header, [name for name in header if name not in FIELDS], stream, sniffed.dialect)

    def batches(self, size: int) -> Iterator[tuple[int, list[dict[str, Any]]]]:
        """Yield (index of the first, labels as JSON has them), so many at a time. Raises Invalid where a row is bad."""
        with csv_errors_as_invalid():
            rows = iterate_rows(decode_lines(self._chunks, self._dialect.encoding), self._dialect)
            next(rows, None)  # the header
            entries = (self._entry(fields) for _, fields in fit_rows(rows, len(self.header), BadRows("refuse")))
            first = 0
            for entry in entries:
                batch = [entry, *islice(entries, size - 1)]
                yield first, batch
                first += len(batch)

    def _entry(self, fields: Sequence[str]) -> dict[str, Any]:
        """Return the label; an empty cell says nothing, and so takes nothing back."""
        cells = {name: cell.strip() for name, cell in zip(self.header, fields, strict=True) if name in FIELDS}
        return {name: cell for name, cell in cells.items() if cell}
