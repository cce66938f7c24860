"""Sources in real databases: PostgreSQL and MariaDB of Debian."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from backends.fetch.sql_source import SqlSource
from core.errors import FetchFailed
from core.limits.outgoing import OutgoingPolicy
from core.source_ports import FetchLimits, Opened
from tests.emulators import mariadb, postgresql

ROWS = 20_000
VALUES = {
    "postgresql": (
        "SELECT 7 AS whole, 1.10::numeric AS exact, 0.5::float8 AS half, true AS yes, '007' AS digits, "
        "NULL::text AS nothing, date '2026-11-30' AS day, timestamptz '2026-11-30 12:00+02' AS moment, "
        "interval '90 seconds' AS span, '{\"a\": [1]}'::jsonb AS nested, ARRAY[1, 2] AS list, "
        "100000000000000000000000000001::numeric AS wide, 'é ☃ \"x\"\n' AS text, 'infinity'::float8 AS endless"
    ),
    "mysql": (
        "SELECT 7 AS whole, CAST(1.10 AS DECIMAL(10, 2)) AS exact, 0.5e0 AS half, '007' AS digits, NULL AS nothing, "
        "DATE '2026-11-30' AS day, TIMESTAMP '2026-11-30 10:00:00' AS moment, SEC_TO_TIME(90) AS span, "
        "'é ☃ \"x\"\n' AS text"
    ),
}


class Shop:
    """A table `sales` of a server, and a source that reads it."""

    def __init__(self, kind: str, database: Any) -> None:
        self.kind = kind
        self.database = database
        self.policy = OutgoingPolicy("public", loopback=True)

    def open(self, query: str, at: Any = None, seconds: float = 60.0, **more: Any) -> Opened | None:
        spec = {
            "url": self.database.url, "user": "reader", "password": {"secret": "p"}, "query": query, **more
        }  # fmt: skip
        reader = SqlSource(self.policy, FetchLimits(1 << 30, 1_000_000, seconds))
        return reader.open(spec, {"p": postgresql.PASSWORD}, cursor=at)

    def rows(self, query: str, **more: Any) -> list[dict[str, Any]]:
        opened = self.open(query, **more)
        assert opened is not None
        with closing(opened):
            return [json.loads(line) for line in b"".join(opened.chunks).splitlines()]


@pytest.fixture(scope="module", params=["postgresql", "mysql"])
def shop(request: pytest.FixtureRequest) -> Iterator[Shop]:
    running = postgresql.running_postgresql if request.param == "postgresql" else mariadb.running_mariadb
    with running() as database:
        numbers = (
            f"generate_series(1, {ROWS}) AS n(i)" if request.param == "postgresql"
            else f"(SELECT seq AS i FROM seq_1_to_{ROWS}) AS n"
        )  # fmt: skip
        database.run(
            "CREATE TABLE sales (id BIGINT PRIMARY KEY, at TIMESTAMP, name VARCHAR(40))",
            f"INSERT INTO sales SELECT i, TIMESTAMP '2026-11-02 00:00:00', CONCAT('n', i) FROM {numbers}",
        )
        if request.param == "postgresql":
            database.run("GRANT ALL ON sales TO reader")
        yield Shop(request.param, database)


def test_all_rows_come(shop: Shop) -> None:
    found = shop.rows("SELECT * FROM sales ORDER BY id;")
    assert [row["id"] for row in found] == list(range(1, ROWS + 1))
    assert found[6]["name"] == "n7"


def test_values_keep_what_they_are(shop: Shop) -> None:
    (row,) = shop.rows(VALUES[shop.kind])
    assert (row["whole"], row["exact"], row["half"], row["digits"], row["nothing"]) == (7, 1.10, 0.5, "007", None)
    assert (row["day"], row["span"], row["text"]) == ("2026-11-30", 90.0, 'é ☃ "x"\n')
    assert row["moment"].startswith("2026-11-30T10:00:00")
    if shop.kind == "postgresql":
        assert (row["yes"], row["nested"], row["list"], row["wide"]) == (True, '{"a":[1]}', "[1,2]", 10**29 + 1)
        assert row["endless"] == "inf"


@pytest.mark.parametrize("column", ["id", "at"])
def test_a_cursor_goes_on_where_the_last_fetch_ended(shop: Shop, column: str) -> None:
    query = "SELECT id, at, name FROM sales WHERE name LIKE 'n%'"
    opened = shop.open(query, cursor={"column": column, "initial": None})
    assert opened is not None
    with closing(opened):
        assert len(b"".join(opened.chunks).splitlines()) == ROWS
    assert opened.rows == ROWS
    kept, more = json.loads(json.dumps(opened.cursor)), {"cursor": {"column": column}}
    assert shop.open(query, kept, **more) is None
    new = 50_000 + len(column)
    shop.database.run(f"INSERT INTO sales VALUES ({new}, TIMESTAMP '2027-01-0{len(column)} 00:00:00', 'new')")
    later = shop.open(query, kept, **more)
    assert later is not None
    with closing(later):
        assert [json.loads(line)["id"] for line in b"".join(later.chunks).splitlines()] == [new]
    shop.database.run(f"DELETE FROM sales WHERE id = {new}")


@pytest.mark.parametrize(
    "query",
    [
        "DELETE FROM sales",
        "INSERT INTO sales (id) VALUES (-1)",
        "DROP TABLE sales",
        "SELECT 1 AS a; DELETE FROM sales",
        "WITH gone AS (DELETE FROM sales RETURNING id) SELECT * FROM gone",
        "SELECT nothing FROM sales",
    ],
)
def test_nothing_is_written(shop: Shop, query: str) -> None:
    with pytest.raises(FetchFailed, match="QUERY_FAILED"):
        shop.rows(query)
    assert shop.rows("SELECT COUNT(*) AS n FROM sales") == [{"n": ROWS}]


def test_a_query_without_an_end_is_ended(shop: Shop) -> None:
    endless = (
        "SELECT pg_sleep(60)" if shop.kind == "postgresql" else "SELECT COUNT(*) AS n FROM sales a, sales b, sales c"
    )
    with pytest.raises(FetchFailed, match="TIMED_OUT"):
        shop.rows(endless, seconds=1.0)


def test_memory_stays_flat_and_a_reader_may_stop_in_the_middle(shop: Shop) -> None:
    opened = shop.open("SELECT a.id, a.name FROM sales a, sales b")
    assert opened is not None
    with closing(opened):
        for _ in range(20):
            assert next(opened.chunks)
    assert shop.rows("SELECT COUNT(*) AS n FROM sales") == [{"n": ROWS}]


def test_who_is_not_let_in_is_told_so(shop: Shop) -> None:
    spec = {"url": shop.database.url, "user": "reader", "password": "wrong", "query": "SELECT 1 AS a"}
    with pytest.raises(FetchFailed) as caught:
        SqlSource(shop.policy, FetchLimits(1 << 20, 10, 10.0)).open(spec, {})
    assert caught.value.reason == "SOURCE_NOT_AUTHORIZED"
    assert "wrong" not in caught.value.detail


def test_an_address_inside_is_not_connected_to(shop: Shop) -> None:
    reader = SqlSource(OutgoingPolicy("public"), FetchLimits(1 << 20, 10, 10.0))
    with pytest.raises(FetchFailed, match="ADDRESS_NOT_ALLOWED"):
        reader.open({"url": shop.database.url, "user": "reader", "query": "SELECT 1 AS a"}, {})


def test_the_address_that_was_checked_is_the_one_that_is_connected_to(shop: Shop) -> None:
    """The name leads here when it is looked up; the driver would find nothing under it."""
    url = shop.database.url.replace("127.0.0.1", "database.test")
    asked: list[str] = []

    def resolver(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"]

    reader = SqlSource(shop.policy, FetchLimits(1 << 20, 10, 10.0), resolver=resolver)
    spec = {"url": url, "user": "reader", "password": {"secret": "p"}, "query": "SELECT 1 AS a"}
    opened = reader.open(spec, {"p": postgresql.PASSWORD})
    assert opened is not None
    with closing(opened):
        assert b"".join(opened.chunks) == b'{"a":1}\n'
    assert asked == ["database.test"]
