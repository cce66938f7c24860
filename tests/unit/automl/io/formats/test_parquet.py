"""Parquet files as rows of text."""

from __future__ import annotations

import datetime as dt
import io
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from automl.errors import DataError
from automl.io.formats.table_writer import Limits
from tests.unit.automl.io.formats.conftest import Convert


def parquet(table: pa.Table | pd.DataFrame, **options: object) -> bytes:
    file = io.BytesIO()
    if isinstance(table, pd.DataFrame):
        table.to_parquet(file, **options)
    else:
        pq.write_table(table, file, **options)
    return file.getvalue()


def column(values: list[object], kind: pa.DataType) -> bytes:
    return parquet(pa.table({"a": pa.array(values, kind)}))


NOON = dt.datetime(2024, 2, 29, 12, 30)


@pytest.mark.parametrize(
    ("kind", "values", "cells"),
    [
        (pa.int64(), [2**62 + 1, None], ["4611686018427387905", ""]),
        (pa.uint64(), [2**64 - 1], ["18446744073709551615"]),
        (pa.float64(), [0.1, 1e300, float("nan"), float("inf")], ["0.1", "1e+300", "", "inf"]),
        (pa.float32(), [0.1], ["0.1"]),
        (pa.float16(), [np.float16(0.5)], ["0.5"]),
        (pa.bool_(), [True, False, None], ["true", "false", ""]),
        (pa.string(), ["007", "", "a,b\n"], ["007", "", "a,b\n"]),
        (pa.large_string(), ["é"], ["é"]),
        (pa.binary(), ["é".encode()], ["é"]),
        (pa.dictionary(pa.int8(), pa.string()), ["x", None, "x"], ["x", "", "x"]),
        (pa.decimal128(38, 2), [Decimal("123456789012345678901234567890.12")], ["123456789012345678901234567890.12"]),
        (pa.date32(), [dt.date(1960, 2, 29)], ["1960-02-29"]),
        (pa.timestamp("ns"), [NOON.replace(hour=0, minute=0), None], ["2024-02-29", ""]),
        (pa.timestamp("us"), [NOON], ["2024-02-29 12:30:00"]),
        (pa.timestamp("us"), [NOON + dt.timedelta(milliseconds=250)], ["2024-02-29 12:30:00.25"]),
        (pa.timestamp("s", "Europe/Rome"), [NOON], ["2024-02-29 12:30:00Z"]),
        (pa.time64("us"), [dt.time(7, 5), dt.time(7, 5, 0, 500000)], ["07:05:00", "07:05:00.5"]),
        (pa.duration("ms"), [dt.timedelta(hours=1, milliseconds=500)], ["3600.5"]),
    ],
)  # fmt: skip
def test_each_type_is_written_as_it_is_read_back(
    make_csv: Convert, kind: pa.DataType, values: list[object], cells: list[str]
) -> None:
    assert make_csv(column(values, kind)).rows == [["a"], *([cell] for cell in cells)]


@pytest.mark.parametrize(
    ("kind", "values", "reason"),
    [
        (pa.list_(pa.int8()), [[1]], "NESTED_VALUE"),
        (pa.struct([("b", pa.int8())]), [{"b": 1}], "NESTED_VALUE"),
        (pa.map_(pa.string(), pa.int8()), [[("b", 1)]], "NESTED_VALUE"),
        (pa.binary(), [b"\xff\xfe"], "COLUMN_TYPE_UNSUPPORTED"),
        (pa.string(), ["a\0b"], "NUL_BYTE"),
        (pa.string(), ["x" * 3_000_000], "FIELD_TOO_LARGE"),
        (pa.int8(), [], "NO_ROWS"),
    ],
)
def test_what_no_cell_can_hold_is_refused(
    make_csv: Convert, kind: pa.DataType, values: list[object], reason: str
) -> None:
    with pytest.raises(DataError) as raised:
        make_csv(column(values, kind))
    assert raised.value.reason == reason
    assert "'a'" in raised.value.detail or "column 1" in raised.value.detail or reason == "NO_ROWS"


def test_a_column_of_no_type_is_missing_in_every_row(make_csv: Convert) -> None:
    assert make_csv(parquet(pa.table({"a": pa.nulls(2), "b": [1, 2]}))).rows == [["a", "b"], ["", "1"], ["", "2"]]


def test_types_that_only_pandas_knows_are_refused(make_csv: Convert) -> None:
    with pytest.raises(DataError, match="'p'") as raised:
        make_csv(parquet(pd.DataFrame({"p": pd.period_range("2020", "2021", freq="Y")})))
    assert raised.value.reason == "COLUMN_TYPE_UNSUPPORTED"


def test_an_index_is_a_column_if_it_has_a_name(make_csv: Convert) -> None:
    frame = pd.DataFrame({"a": [1, 2]}, index=[5, 9])
    assert make_csv(parquet(frame)).rows == [["a"], ["1"], ["2"]]
    assert make_csv(parquet(frame.rename_axis("key"))).rows == [["a", "key"], ["1", "5"], ["2", "9"]]


def test_text_columns_with_digits_are_found_also_as_categories(make_csv: Convert) -> None:
    frame = pd.DataFrame(
        {"n": [1, 2], "zip": ["00501", "10115"], "kind": pd.Categorical(["7", "8"]), "word": ["a", "b"]}
    )
    assert make_csv(parquet(frame)).conversion.digit_text == [1, 2]


def test_names_are_names_whatever_they_look_like(make_csv: Convert) -> None:
    made = make_csv(parquet(pd.DataFrame({"1": [1.5, 2.5], "2.5": [3.5, 2.5]})))
    assert made.conversion.sniffed.header == ["1", "2.5"]


def test_a_few_bytes_that_say_they_are_billions_of_rows_stop_at_the_limit(make_csv: Convert) -> None:
    bomb = parquet(pa.table({"a": pa.array(np.zeros(20_000_000, np.int8))}), compression="zstd")
    assert len(bomb) < 100_000
    with pytest.raises(DataError) as raised:
        make_csv(bomb, limits=Limits(max_rows=1_000_000))
    assert raised.value.reason == "TOO_MANY_ROWS"
    with pytest.raises(DataError) as raised:
        make_csv(bomb, limits=Limits(max_bytes=1_000_000))
    assert raised.value.reason == "FILE_TOO_LARGE"


@pytest.mark.parametrize("keep", [0.1, 0.5, 0.99])
def test_a_damaged_file_is_refused(make_csv: Convert, keep: float) -> None:
    data = parquet(pd.DataFrame({"a": range(1000)}))
    with pytest.raises(DataError) as raised:
        make_csv(data[: int(len(data) * keep)])
    assert raised.value.reason == "FILE_UNREADABLE"


def test_text_that_is_no_utf_8_is_refused(make_csv: Convert) -> None:
    bytes_ = pa.array([b"a", b"\xff"])
    text = pa.StringArray.from_buffers(2, *bytes_.buffers()[1:])
    with pytest.raises(DataError) as raised:
        make_csv(parquet(pa.table({"a": text})))
    assert raised.value.reason == "FILE_UNREADABLE"
