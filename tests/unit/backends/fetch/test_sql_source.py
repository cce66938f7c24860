"""Queries: what comes back as JSON lines, and that a file of SQLite is read and nothing else of the machine."""

from __future__ import annotations

import json
import math
import sqlite3
from contextlib import closing
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backends.fetch.sql_rows import json_lines
from backends.fetch.sql_source import Query, SqlSource
from core.errors import FetchFailed
from core.limits.outgoing import OutgoingPolicy
from core.source_ports import FetchLimits, Opened

LIMITS = FetchLimits(10_000_000, 5000, 10.0)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "sqlite"
    folder.mkdir()
    with closing(sqlite3.connect(folder / "shop.db")) as made:
        made.execute("CREATE TABLE sales (id INTEGER, code TEXT, price REAL, at TEXT)")
        made.executemany(
            "INSERT INTO sales VALUES (?, ?, ?, ?)",
            [(n, f"{n:05}" if n % 3 else None, n / 4, f"2026-11-{1 + n // 100:02}") for n in range(2500)],
        )
        made.commit()
    (tmp_path / "outside.db").write_bytes((folder / "shop.db").read_bytes())
    (folder / "link.db").symlink_to(tmp_path / "outside.db")
    return folder


def ask(folder: Path | str, query: str, url: str = "sqlite:///shop.db", at: Any = None, **more: Any) -> Opened | None:
    reader = SqlSource(OutgoingPolicy("public"), LIMITS, str(folder))
    return reader.open({"url": url, "query": query, **more}, {}, cursor=at)


def rows(opened: Opened | None) -> list[dict[str, Any]]:
    assert opened is not None
    with closing(opened):
        return [json.loads(line) for line in b"".join(opened.chunks).splitlines()]


def test_rows_come_as_they_are(folder: Path) -> None:
    opened = ask(folder, "SELECT * FROM sales; -- all")
    found = rows(opened)
    assert (len(found), opened and opened.rows, opened and opened.format) == (2500, 2500, "jsonl")
    assert found[0] == {"id": 0, "code": None, "price": 0.0, "at": "2026-11-01"}
    assert found[1]["code"] == "00001"


def test_a_cursor_goes_on_where_the_last_fetch_ended(folder: Path) -> None:
    more = {"cursor": {"column": "id", "initial": 2399}}
    first = ask(folder, "SELECT id, code FROM sales WHERE at LIKE '2026%' -- 100 %", **more)
    assert [row["id"] for row in rows(first)] == list(range(2400, 2500))
    assert first is not None
    assert first.cursor == 2499
    assert ask(folder, "SELECT id FROM sales", at=first.cursor, **more) is None
    again = ask(folder, "SELECT id FROM sales", at=2490, **more)
    assert [row["id"] for row in rows(again)] == list(range(2491, 2500))
    with closing(sqlite3.connect(folder / "shop.db")) as made:
        made.execute("INSERT INTO sales (id) VALUES (9000)")
        made.commit()
    later = ask(folder, "SELECT id FROM sales", at=first.cursor, **more)
    assert [row["id"] for row in rows(later)] == [9000]


@pytest.mark.parametrize(
    ("query", "more", "reason"),
    [
        ("SELECT nothing FROM sales", {}, "QUERY_FAILED"),
        ("SELEC", {}, "QUERY_FAILED"),
        ("SELECT id AS a, price AS a FROM sales", {}, "DUPLICATE_COLUMNS"),
        ("SELECT x'00' AS b", {}, "BINARY_COLUMN"),
        ("SELECT * FROM sales WHERE id < 0", {}, "NO_DATA"),
        ("SELECT id FROM sales", {"cursor": {"column": "nothing"}}, "CURSOR_NOT_FOUND"),
        ("SELECT a.id FROM sales a, sales b", {}, "TOO_MANY_ROWS"),
        ("DELETE FROM sales", {}, "QUERY_FAILED"),
        ("INSERT INTO sales (id) VALUES (1) RETURNING id", {}, "QUERY_FAILED"),
        ("ATTACH DATABASE '/etc/passwd' AS p", {}, "QUERY_FAILED"),
        ("SELECT load_extension('/tmp/x.so')", {}, "QUERY_FAILED"),
        ("PRAGMA database_list", {}, "QUERY_FAILED"),
        ("SELECT 1; SELECT 2", {}, "QUERY_FAILED"),
        ("SELECT length(zeroblob(1000000000))", {}, "QUERY_FAILED"),
    ],
)
def test_what_is_no_harmless_query_fails_in_words(folder: Path, query: str, more: dict[str, Any], reason: str) -> None:
    with pytest.raises(FetchFailed) as caught:
        rows(ask(folder, query, **more))
    assert caught.value.reason == reason
    with closing(sqlite3.connect(folder / "shop.db")) as made:
        assert made.execute("SELECT count(*) FROM sales").fetchone() == (2500,)


def test_a_query_without_an_end_is_ended(folder: Path) -> None:
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"
    reader = SqlSource(OutgoingPolicy("public"), FetchLimits(10_000, 10, 0.3), str(folder))
    with pytest.raises(FetchFailed, match="TIMED_OUT"):
        reader.open({"url": "sqlite:///shop.db", "query": endless}, {})


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("sqlite:///../outside.db", "SOURCE_NOT_FOUND"),
        ("sqlite:///link.db", "SOURCE_NOT_FOUND"),
        ("sqlite:////etc/passwd", "SOURCE_NOT_FOUND"),
        ("sqlite:///%2e%2e/outside.db", "SOURCE_NOT_FOUND"),
        ("sqlite:///nothing.db", "SOURCE_NOT_FOUND"),
        ("sqlite:///", "BAD_URL"),
        ("sqlite:///shop.db?mode=rwc", "BAD_URL"),
        ("sqlite://host/shop.db", "BAD_URL"),
        ("sqlite:///:memory:", "SOURCE_NOT_FOUND"),
    ],
)
def test_no_file_outside_of_the_operators_folder(folder: Path, url: str, reason: str) -> None:
    with pytest.raises(FetchFailed) as caught:
        ask(folder, "SELECT 1 AS a", url)
    assert caught.value.reason == reason


def test_without_a_folder_there_is_no_sqlite(folder: Path) -> None:
    with pytest.raises(FetchFailed, match="SQLITE_NOT_SET_UP"):
        ask("", "SELECT 1 AS a")


def test_values_of_databases_keep_what_they_are() -> None:
    said = {
        "digits": "007", "wide": 10**29, "exact": Decimal("1.10"), "none": None, "yes": True, "nan": math.nan,
        "endless": math.inf, "not": Decimal("NaN"), "at": datetime(2026, 11, 30, 12, 0, 0), "on": date(2026, 11, 30),
        "for": timedelta(minutes=1), "nested": {"a": [1, None]},
    }  # fmt: skip
    line = json_lines(list(said), [tuple(said.values())]).decode()
    assert line == (
        '{"digits":"007","wide":100000000000000000000000000000,"exact":1.10,"none":null,"yes":true,"nan":null,'
        '"endless":"inf","not":null,"at":"2026-11-30T12:00:00","on":"2026-11-30","for":60.0,'
        '"nested":"{\\"a\\":[1,null]}"}\n'
    )


CELLS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(
    st.characters(codec="utf-8"), max_size=10
)  # fmt: skip


@given(st.integers(1, 4).flatmap(lambda width: st.lists(st.tuples(*[CELLS] * width), min_size=1, max_size=5)))
def test_whatever_is_in_a_row_comes_back(found: list[tuple[Any, ...]]) -> None:
    names = [f"c{number}" for number in range(len(found[0]))]
    lines = json_lines(names, found).splitlines()
    assert [list(json.loads(line).values()) for line in lines] == [list(row) for row in found]


def test_a_cursor_wraps_the_query_whatever_it_ends_with() -> None:
    query = Query("SELECT 'a%b' AS x, id FROM t -- no end ;", "id", 5)
    statement, values = query.statement("postgresql", '"id"')
    assert statement.endswith(') AS fetched WHERE "id" > %s ORDER BY "id"')
    assert values == (5,)
    assert "a%%b" in query.statement("mysql", "`id`")[0]
    assert "a%b" in query.statement("sqlite", '"id"')[0]
    assert "no end\n)" in query.statement("sqlite", '"id"')[0]
    assert "a%b" in Query("SELECT 'a%b' AS x", "x").statement("mysql", "`x`")[0]


def test_a_query_may_say_itself_where_the_cursor_goes(folder: Path) -> None:
    query = "SELECT id, '::cursor' AS a FROM sales WHERE id > :cursor AND id + 0 > :cursor"
    opened = ask(folder, query, cursor={"column": "id", "initial": 2497})
    assert [row["id"] for row in rows(opened)] == [2498, 2499]
    assert opened is not None
    assert ask(folder, query, at=opened.cursor, cursor={"column": "id", "initial": 2497}) is None
    with pytest.raises(FetchFailed, match="CURSOR_HAS_NO_VALUE"):
        ask(folder, query, cursor={"column": "id"})
