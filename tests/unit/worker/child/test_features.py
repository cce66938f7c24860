"""The rows of a table by key, as the child writes them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, cast

import pytest

from automl.errors import DataError
from core.features.features import digest_of
from csvfile.dialect import Dialect
from worker.child.features import features
from worker.messages.of_features import FeaturesRequest, FeaturesResult

TABLE = "patient,age,city\n1,30,Rome\n2,41.5,\n1.0,31,Oslo\n,50,Bonn\n3,,\n"


def write(folder: Path, table: str, **said: Any) -> tuple[FeaturesResult, dict[str, dict[str, Any]]]:
    (folder / "data.csv").write_text(table, encoding="utf-8")
    wanted: dict[str, Any] = {
        "dialect": Dialect(), "key": ["patient"], "numbers": {}, "max_keys": 100, "max_row_bytes": 1000,
        "max_bytes": 10_000, **said,
    }  # fmt: skip
    result = features(FeaturesRequest(**wanted), folder, cast(Any, None))
    lines = (folder / result.file).read_text(encoding="utf-8").splitlines()
    return result, {line.split("\t", 1)[0]: json.loads(line.split("\t", 1)[1]) for line in lines}


def test_of_rows_with_one_key_the_last_one_counts_and_rows_without_a_key_do_not(tmp_path: Path) -> None:
    result, found = write(tmp_path, TABLE, numbers={"age": "."})
    assert (result.rows, result.numeric, result.columns) == (3, [True], ["age", "city"])
    assert {key: found[digest_of([key], [True]) or ""] for key in (1, 2, 3)} == {
        1: {"age": 31, "city": "Oslo"}, 2: {"age": 41.5}, 3: {},
    }  # fmt: skip


def test_numbers_are_numbers_whatever_sign_the_table_writes_them_with(tmp_path: Path) -> None:
    table = "patient;price;code\nA;1,5;007\nB;12;x\nC;1.234;y\nD;9007199254740993;z\n"
    result, found = write(tmp_path, table, dialect=Dialect(delimiter=";"), numbers={"price": ","})
    assert result.numeric == [False]
    assert [found[digest_of([key], [False]) or ""] for key in "ABCD"] == [
        {"price": 1.5, "code": "007"}, {"price": 12, "code": "x"}, {"price": "1.234", "code": "y"},
        {"price": "9007199254740993", "code": "z"},
    ]  # fmt: skip


def test_a_key_of_several_columns_is_all_of_them(tmp_path: Path) -> None:
    table = "shop,day,sold\nA,1,5\nA,2,6\nB,1,7\nA,,8\n"
    result, found = write(tmp_path, table, key=["shop", "day"])
    assert (result.rows, result.numeric, result.columns) == (3, [False, True], ["sold"])
    assert found[digest_of(["A", "2.0"], [False, True]) or ""] == {"sold": "6"}


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"key": ["nobody"]}, "COLUMN_NOT_FOUND"),
        ({"max_keys": 2}, "LOOKUP_TOO_LARGE"),
        ({"max_row_bytes": 10}, "ROW_TOO_LARGE"),
        ({"max_bytes": 30}, "LOOKUP_TOO_LARGE"),
    ],
)
def test_what_cannot_be_looked_up_is_told(tmp_path: Path, said: dict[str, Any], reason: str) -> None:
    with pytest.raises(DataError) as error:
        write(tmp_path, TABLE, **said)
    assert error.value.reason == reason
    assert error.value.hint
