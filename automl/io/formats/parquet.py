"""Parquet files, a few rows at a time: values become text by their types."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from automl.errors import DataError
from automl.io.formats.digit_text import DigitTextColumns
from automl.io.formats.errors import encrypted, not_flat, unreadable
from automl.io.formats.table_writer import TableWriter

CHUNK_CELLS = 200_000
_INDEX_WITHOUT_NAME = re.compile(r"__index_level_\d+__")


def write_parquet(path: Path, writer: TableWriter) -> list[int]:
    """Write all rows.

    Moments with a time zone are written in UTC, durations in seconds; infinity is text, NaN missing. An index of pandas
    is left out where it has no name.

    Returns:
        The positions of columns with digits as text.

    Raises:
        DataError: FILE_UNREADABLE, FILE_ENCRYPTED, NESTED_VALUE, COLUMN_TYPE_UNSUPPORTED, NO_ROWS, and those of the
            writer.
    """
    digits = DigitTextColumns()
    with _readable():
        file = pq.ParquetFile(path)
        fields = _fields(file.schema_arrow)
        names = [field.name for field in fields]
        writer.begin(names)
        for field in fields:
            _check_type(field.name, field.type)
        size = max(1, CHUNK_CELLS // max(1, len(fields)))
        for batch in file.iter_batches(batch_size=size, columns=names):
            columns = [batch.column(batch.schema.get_field_index(name)) for name in names]
            texts = [_text(column, name) for column, name in zip(columns, names, strict=True)]
            for position, (column, text) in enumerate(zip(columns, texts, strict=True)):
                _observe(digits, position, column.type, text)
            writer.write(texts)
    if not writer.n_rows:
        raise DataError("NO_ROWS", "The Parquet file has columns but no rows.", "Send one with rows.")
    return digits.positions()


def _fields(schema: pa.Schema) -> list[pa.Field]:
    """Return the fields but those that pandas made of an index without a name."""
    about = json.loads((schema.metadata or {}).get(b"pandas", b"{}"))
    index = [each for each in about.get("index_columns", ()) if isinstance(each, str)]
    unnamed = {name for name in index if _INDEX_WITHOUT_NAME.fullmatch(name)}
    fields = [field for field in schema if field.name not in unnamed]
    seen: set[str] = set()
    for field in fields:
        if field.name in seen:
            raise DataError(
                "COLUMN_NAMED_TWICE",
                f"The Parquet file has two columns {field.name!r}.",
                "Rename one.",
                column=field.name,
            )
        seen.add(field.name)
    return fields


def _check_type(name: str, kind: pa.DataType) -> None:
    if pa.types.is_dictionary(kind):
        return _check_type(name, kind.value_type)
    if pa.types.is_nested(kind):
        raise not_flat(name, f"values of type {kind}")
    if isinstance(kind, pa.BaseExtensionType) or pa.types.is_interval(kind):
        raise DataError(
            "COLUMN_TYPE_UNSUPPORTED",
            f"The column {name[:200]!r} has the type {kind}, which has no place in a CSV.",
            "Make numbers, dates or text of it, or leave it out.",
            column=name,
        )


def _text(column: pa.Array, name: str) -> pa.Array:
    """Return the column as text that is read back as the same values."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        return _text(column.dictionary_decode(), name)
    if pa.types.is_floating(kind):
        column = column.cast(pa.float32()) if pa.types.is_float16(kind) else column
        return pc.if_else(pc.is_nan(column), None, column).cast(pa.string())
    if pa.types.is_timestamp(kind):
        return _moments(column)
    if pa.types.is_duration(kind):
        per_second = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}[kind.unit]
        return pc.divide(column.cast(pa.int64()).cast(pa.float64(), safe=False), float(per_second)).cast(pa.string())
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind):
        return _decoded(column, name)
    text = column.cast(pa.string())
    text.validate(full=True)  # Nothing has looked yet at whether it is UTF-8.
    return _trim(text) if pa.types.is_time(kind) else text


def _moments(column: pa.Array) -> pa.Array:
    """Return ISO dates where all are midnights, else moments with no more digits than needed; zones become UTC."""
    zone = "Z" if column.type.tz else ""
    plain = column.cast(pa.timestamp(column.type.unit))
    try:
        plain = plain.cast(pa.timestamp("s"))  # It raises where fractions would be lost.
    except pa.ArrowInvalid:
        return pc.binary_join_element_wise(_trim(plain.cast(pa.string())), zone, "")
    if not zone and pc.all(pc.equal(plain, pc.floor_temporal(plain, unit="day"))).as_py() is not False:
        return plain.cast(pa.date32()).cast(pa.string())
    return pc.binary_join_element_wise(plain.cast(pa.string()), zone, "")


def _trim(times: pa.Array) -> pa.Array:
    """Leave out the zeros at the end of fractions of seconds."""
    return pc.replace_substring_regex(times, r"\.0+$|(\.\d*[1-9])0+$", r"\1")


def _decoded(column: pa.Array, name: str) -> pa.Array:
    """Return bytes as the UTF-8 that they are in files of older programs."""
    try:
        return column.cast(pa.binary()).cast(pa.string())
    except pa.ArrowInvalid:
        detail = f"The column {name[:200]!r} holds bytes that are no text."
        raise DataError("COLUMN_TYPE_UNSUPPORTED", detail, "Leave the column out.", column=name) from None


def _observe(digits: DigitTextColumns, position: int, kind: pa.DataType, text: pa.Array) -> None:
    held = kind.value_type if pa.types.is_dictionary(kind) else kind
    if pa.types.is_string(held) or pa.types.is_large_string(held):
        digits.observe_column(position, text.filter(pc.match_substring_regex(text, "^[0-9]+$")).slice(0, 1).to_pylist())


@contextmanager
def _readable() -> Iterator[None]:
    """Raise DataError for whatever the reader raises of a damaged file."""
    try:
        yield
    except (pa.ArrowException, OSError, ValueError, KeyError) as problem:
        if isinstance(problem, MemoryError):
            raise
        raise (
            encrypted("Parquet file") if "encrypt" in str(problem).lower() else unreadable("Parquet", problem)
        ) from None
