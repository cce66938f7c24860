"""A row is known again by what it says, however it comes."""

from __future__ import annotations

import datetime as dt
import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from automl.errors import BundleError
from automl.io.csv_reader import read_csv
from automl.io.table_reader import open_as_csv
from automl.reference import RowDigests, digest_rows

WHOLE = st.integers(-(10**12), 10**12)
TEXT = st.text(st.characters(codec="utf-8", exclude_characters='\x00"\r\n', exclude_categories=["Cs"]), max_size=12)
ROWS = st.lists(
    st.tuples(
        st.floats(allow_nan=True, allow_infinity=False),
        WHOLE,
        TEXT,
        st.booleans(),
        st.datetimes(dt.datetime(1970, 1, 2)),
    ),
    min_size=1,
    max_size=20,
)


def table(rows: list[tuple[object, ...]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["float", "whole", "text", "truth", "at"])
    return frame.astype({"float": "float64", "whole": "int64", "truth": bool, "at": "datetime64[us]"})


@given(ROWS)
def test_the_same_cells_of_a_frame_a_csv_and_a_parquet_have_the_same_digest(rows: list[tuple[object, ...]]) -> None:
    frame = table(rows)
    columns = list(frame.columns)
    given = digest_rows(frame, columns)
    of_csv = digest_rows(read_csv(io.BytesIO(frame.to_csv(index=False).encode())), columns)
    np.testing.assert_array_equal(of_csv, given)
    packed = io.BytesIO()
    frame.to_parquet(packed)
    np.testing.assert_array_equal(digest_rows(pd.read_parquet(packed), columns), given)
    objects = frame.astype(object)
    np.testing.assert_array_equal(digest_rows(objects, columns), given)


def test_a_parquet_that_the_service_converts_has_the_digests_of_its_frame(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {
            "single": np.array([0.1, 2.5, np.nan], dtype=np.float32),
            "nullable": pd.array([1, None, 3], dtype="Int64"),
            "word": pd.Categorical(["Yes", "no", None]),
            "at": pd.to_datetime(["2024-01-05 10:00:00.25", None, "2024-01-06"], format="ISO8601"),
            "zone": pd.to_datetime(["2024-01-05 10:00", None, "2024-01-06 01:00"]).tz_localize("Europe/Rome"),
            "took": pd.to_timedelta(["00:01:00", "00:00:01.5", None]),
        }
    )
    frame.to_parquet(tmp_path / "table.parquet")
    with open_as_csv(tmp_path / "table.parquet") as csv:
        read = read_csv(csv.path, csv.conversion.sniffed.dialect)
    np.testing.assert_array_equal(digest_rows(read, list(frame)), digest_rows(frame, list(frame)))


@given(ROWS, st.randoms())
def test_neither_the_order_of_the_columns_nor_that_of_the_rows_makes_a_difference(
    rows: list[tuple[object, ...]], random: object
) -> None:
    frame = table(rows)
    columns = list(frame.columns)
    turned = frame.iloc[::-1, ::-1]
    np.testing.assert_array_equal(digest_rows(turned, columns[::-1])[::-1], digest_rows(frame, columns))


def test_a_digest_is_the_same_on_every_machine() -> None:
    frame = pd.DataFrame({"age": ["39", "", "12.50"], "job": ["Clerk", "été", None], "yes": ["True", "no", "?"]})
    found = digest_rows(frame, ["age", "job", "yes"])
    assert found.dtype == np.uint64
    assert found.tolist() == [7999959463699229971, 2589658321148027028, 13186340876730408515]


def test_columns_that_are_not_named_do_not_count_and_absent_ones_are_missing() -> None:
    frame = pd.DataFrame({"a": ["1", "2"], "id": ["x", "y"]})
    empty = frame.assign(b=None)
    np.testing.assert_array_equal(digest_rows(frame, ["a", "b"]), digest_rows(empty.drop(columns="id"), ["b", "a"]))


@pytest.mark.parametrize(
    "other",
    [{"a": ["2"], "b": ["1"]}, {"a": ["1"], "b": ["3"]}, {"a": ["1"], "b": [None]}, {"a": ["12"], "b": [""]}],
    ids=["swapped", "changed", "missing", "moved"],
)
def test_rows_that_differ_have_other_digests(other: dict[str, list[str | None]]) -> None:
    frame = pd.DataFrame({"a": ["1"], "b": ["2"]})
    assert digest_rows(frame, ["a", "b"])[0] != digest_rows(pd.DataFrame(other, dtype="str"), ["a", "b"])[0]


def numbered(first: int, last: int) -> pd.DataFrame:
    return pd.DataFrame({"number": np.arange(first, last), "word": "same"})


def test_rows_of_the_training_are_found_among_new_ones() -> None:
    digests = RowDigests.of(numbered(0, 1000), ["number", "word"])
    assert digests.total == 1000
    assert not digests.sampled
    assert digests.count_seen(numbered(900, 1200)) == 100
    assert digests.find_seen(numbered(998, 1002)).tolist() == [True, True, False, False]
    assert digests.alike_share == 0


def test_rows_that_repeat_say_how_many_are_alike_by_chance() -> None:
    digests = RowDigests.of(pd.DataFrame({"a": ["x"] * 9 + ["y"]}), ["a"])
    assert digests.alike_share == pytest.approx(0.9)


def test_of_too_many_rows_a_part_is_kept_and_the_others_are_estimated() -> None:
    digests = RowDigests.of(numbered(0, 20_000), ["number"], max_digests=2_000)
    assert digests.sampled
    assert len(digests.values) == 2_000
    assert digests.total == 20_000
    assert digests.count_seen(numbered(0, 20_000)) == 20_000
    assert digests.count_seen(numbered(20_000, 40_000)) == 0
    assert digests.count_seen(numbered(10_000, 30_000)) == pytest.approx(10_000, abs=1_000)


def test_a_file_brings_them_back(tmp_path: Path) -> None:
    digests = RowDigests.of(numbered(0, 5_000), ["word", "number"], max_digests=1_000)
    digests.save(tmp_path / "digests.npz")
    found = RowDigests.load(tmp_path / "digests.npz")
    np.testing.assert_array_equal(found.values, digests.values)
    assert (found.total, found.columns, found.bound) == (digests.total, digests.columns, digests.bound)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"\x93NUMPY", b"nothing"])
def test_a_damaged_file_is_told(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "digests.npz").write_bytes(content)
    with pytest.raises(BundleError) as caught:
        RowDigests.load(tmp_path / "digests.npz")
    assert caught.value.reason == "REFERENCE_DAMAGED"
