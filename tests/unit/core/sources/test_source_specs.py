"""What is said of a source is checked field by field, before anything is fetched."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Conflict, Invalid, RequestError
from core.limits.outgoing import OutgoingPolicy
from core.sources.source_specs import check_reading, check_source, window_minutes

POLICY = OutgoingPolicy("public", ["minio.example.org:9000", "10.0.0.8"])
DB = "postgresql://db.example.org/shop"
SQL = {"url": DB, "query": "SELECT 1"}


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("http", {"url": "https://example.org/a.csv", "headers": {"Authorization": {"secret": "token"}, "X-A": "b"}}),
        ("sql", {**SQL, "user": "reader", "password": {"secret": "db"}, "cursor": {"column": "id", "initial": 0}}),
        ("sql", {"url": "mysql://db.example.org:3307/shop", "query": "-- all\n(select * from a)"}),
        ("sql", {"url": "postgres://93.184.216.34/shop", "query": "TABLE sales"}),
        ("sql", {"url": "sqlite:///shop.db", "query": "with a as (select 1) select * from a"}),
        ("bucket", {"url": "gs://data/2026/*.csv", "credentials": {"secret": "gcs"}}),
        ("bucket", {"url": "s3://data/a.parquet", "credentials": "ambient"}),
        ("bucket", {"url": "s3://data/a.csv", "endpoint_url": "https://minio.example.org:9000/", "region": "eu"}),
        ("bucket", {"url": "s3://data/a.csv", "endpoint_url": "http://10.0.0.8"}),
        ("endpoint", {"endpoint": "income"}),
    ],
)
def test_what_can_be_fetched_is_taken(kind: str, said: dict[str, Any]) -> None:
    assert check_source(kind, said, POLICY).items() >= said.items()


@pytest.mark.parametrize(
    ("kind", "said", "reason", "field"),
    [
        ("http", {}, "FIELD_MISSING", "url"),
        ("http", {"url": "ftp://example.org/a"}, "BAD_URL", "url"),
        ("http", {"url": "https://ada:secret@example.org/a"}, "BAD_URL", "url"),
        ("http", {"url": "http://169.254.169.254/latest"}, "ADDRESS_NOT_ALLOWED", "url"),
        ("http", {"url": "https://example.org/", "query": "SELECT 1"}, "FIELD_UNKNOWN", "query"),
        ("http", {"url": "https://example.org/", "headers": {"Host": "x"}}, "VALIDATION_FAILED", "headers.Host"),
        ("http", {"url": "https://example.org/", "headers": {"A\n": "x"}}, "VALIDATION_FAILED", "headers.A\n"),
        ("http", {"url": "https://example.org/", "headers": {"A": "x\r\nB: y"}}, "VALIDATION_FAILED", "headers.A"),
        ("http", {"url": "https://example.org/", "headers": {"Authorization": "Bearer x"}}, "SECRET_IN_THE_OPEN",
         "headers.Authorization"),
        ("sql", {"url": "postgresql://ada:x@db.example.org/shop", "query": "SELECT 1"}, "SECRET_IN_THE_OPEN", "url"),
        ("sql", {"url": f"{DB}?password=x", "query": "SELECT 1"}, "SECRET_IN_THE_OPEN", "url"),
        ("sql", {"url": "postgresql://db.example.org", "query": "SELECT 1"}, "BAD_URL", "url"),
        ("sql", {"url": "oracle://db.example.org/shop", "query": "SELECT 1"}, "BAD_URL", "url"),
        ("sql", {"url": "postgresql://db.example.org:99999/shop", "query": "SELECT 1"}, "BAD_URL", "url"),
        ("sql", {"url": "mysql://10.0.0.7/shop", "query": "SELECT 1"}, "ADDRESS_NOT_ALLOWED", "url"),
        ("sql", {"url": "postgres://[::ffff:127.0.0.1]/shop", "query": "SELECT 1"}, "ADDRESS_NOT_ALLOWED", "url"),
        ("sql", {"url": "postgresql://2130706433/shop", "query": "SELECT 1"}, "BAD_URL", "url"),
        ("sql", {"url": DB}, "FIELD_MISSING", "query"),
        ("sql", {"url": DB, "query": "DELETE FROM sales"}, "NOT_A_SELECT", "query"),
        ("sql", {"url": DB, "query": "/* SELECT */ drop table a"}, "NOT_A_SELECT", "query"),
        ("sql", {"url": "sqlite:///a.db", "query": "SELECT 1", "user": "ada"}, "VALIDATION_FAILED", "user"),
        ("bucket", {"url": "gs://data"}, "BAD_URL", "url"),
        ("bucket", {"url": "gs:///a.csv"}, "BAD_URL", "url"),
        ("bucket", {"url": "gs://data/a", "credentials": "AKIA"}, "SECRET_IN_THE_OPEN", "credentials"),
        *(
            ("bucket", {"url": "s3://data/a", "endpoint_url": server}, reason, "endpoint_url")
            for server, reason in (
                ("ftp://minio.example.org", "BAD_URL"), ("minio.example.org", "BAD_URL"), ("https://", "BAD_URL"),
                ("https://ada:x@minio.example.org:9000", "BAD_URL"), ("https://minio.example.org:99999", "BAD_URL"),
                ("https://minio.example.org:9000/bucket", "BAD_URL"), ("https://[::1", "BAD_URL"),
                ("http://2130706433", "BAD_URL"), ("http://169.254.169.254", "ADDRESS_NOT_ALLOWED"),
                ("http://10.0.0.7", "ADDRESS_NOT_ALLOWED"), ("http://[::ffff:10.0.0.7]", "ADDRESS_NOT_ALLOWED"),
                ("https://93.184.216.34", "ADDRESS_NOT_ALLOWED"), ("https://elsewhere.org", "ADDRESS_NOT_ALLOWED"),
            )
        ),
        ("endpoint", {"endpoint": "income", "window": "90 days"}, "VALIDATION_FAILED", "window"),
        ("endpoint", {}, "FIELD_MISSING", "endpoint"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(kind: str, said: dict[str, Any], reason: str, field: str) -> None:
    with pytest.raises(Invalid) as caught:
        check_source(kind, said, POLICY)
    assert (caught.value.reason, caught.value.errors[0]["field"]) == (reason, field)


def test_where_fetching_is_off_nothing_is_made() -> None:
    with pytest.raises(Conflict, match="FETCH_OFF"):
        check_source("http", {"url": "https://example.org/"}, OutgoingPolicy("off"))


def test_a_cursor_appends() -> None:
    cursor = {"cursor": {"column": "id"}}
    assert check_reading(None, [], cursor, "sql") == "append"
    assert check_reading(None, ["id"], {}, "http") == "replace"
    for mode, key, spec, kind in (
        ("replace", [], cursor, "sql"), ("append", [], {}, "endpoint"), (None, ["a", "a"], {}, "http"),
    ):  # fmt: skip
        with pytest.raises(Invalid):
            check_reading(mode, key, spec, kind)


def test_windows_are_days_hours_or_minutes() -> None:
    assert [window_minutes(each) for each in ("90d", "12h", "30m")] == [129_600, 720, 30]


@given(st.sampled_from(["http", "sql", "bucket"]), st.text(max_size=60), st.text(max_size=30))
def test_no_words_make_anything_but_a_refusal_that_names_a_field(kind: str, url: str, query: str) -> None:
    said: dict[str, Any] = {"url": url, **({"query": query} if kind == "sql" else {})}
    caught: RequestError | None = None
    try:
        check_source(kind, said, POLICY)
    except RequestError as exc:
        caught = exc
    assert caught is None or caught.errors[0]["field"] in ("url", "query")
