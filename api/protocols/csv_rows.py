"""The rows of a CSV or Parquet body, turned into columns."""

from __future__ import annotations

from itertools import islice

from api.http.bodies.instances import MAX_INSTANCES
from api.protocols.lazy_columns import LazyColumns
from api.protocols.tabular_bodies import Columns, check_row_count
from core.datasets.csv_head import csv_errors_as_invalid, sniff_for_model
from core.domain.records import Model
from csvfile.bad_rows import BadRows
from csvfile.dialect import DialectOptions
from csvfile.encoding import HEAD_BYTES
from csvfile.lines import decode_lines
from csvfile.rows import iterate_rows, without_long_rows


def columns_of_csv(body: bytes, record: Model, max_columns: int, given: DialectOptions | None = None) -> Columns:
    """Return the columns of a CSV, read as the model's training file was.

    Raises:
        Invalid: it cannot be read.
        Malformed: BAD_ROWS, it has too many rows.
    """
    sniffed = sniff_for_model(body[:HEAD_BYTES], record, max_columns=max_columns, given=given)
    dialect, names = sniffed.dialect, sniffed.header
    bad_rows = BadRows(dialect.bad_rows)
    with csv_errors_as_invalid():
        rows = iterate_rows(decode_lines([body], dialect.encoding), dialect, bad_rows=bad_rows)
        below = islice(rows, int(dialect.header), None)
        found = [fields for _, fields in islice(without_long_rows(below, len(names), bad_rows), MAX_INSTANCES + 1)]
    check_row_count(len(found), "csv")
    places = {name: place for place, name in enumerate(names)}

    def cells(name: str) -> list[str | None]:
        place = places[name]
        return [row[place] or None if place < len(row) else None for row in found]

    return LazyColumns(places, cells), len(found)
