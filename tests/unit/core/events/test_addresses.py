from __future__ import annotations

import pytest

from core.events.addresses import is_below

BASE = "https://data.example.org/days/"


@pytest.mark.parametrize(
    ("url", "base"),
    [
        ("https://data.example.org/days/monday.csv", BASE),
        ("https://data.example.org/days/2026/monday.csv?v=2", BASE),
        ("https://data.example.org/days", "https://data.example.org/days"),
        ("https://data.example.org:8443/a/b", "https://data.example.org:8443/a"),
        ("gs://bucket/day-1.csv", "gs://bucket/day-*.csv"),
        ("s3://bucket/any%20name.csv", "s3://bucket/"),
    ],
)
def test_what_lies_below_does(url: str, base: str) -> None:
    assert is_below(url, base)


@pytest.mark.parametrize(
    "url",
    [
        "http://data.example.org/days/monday.csv",
        "https://data.example.org.evil.org/days/x",
        "https://evil.org/days/x",
        "https://data.example.org:444/days/x",
        "https://data.example.org@evil.org/days/x",
        "https://user:password@data.example.org/days/x",
        "https://data.example.org/daysx/y",
        "https://data.example.org/days/../secrets",
        "https://data.example.org/days/%2e%2e/secrets",
        "https://data.example.org/days/%252e%252e/secrets",
        "https://data.example.org/days//x",
        "https://data.example.org/days/./x",
        "https://data.example.org/days/x#y",
        "https://data.example.org\\@evil.org/days/x",
        "https://data.example.org/days/ x",
        "https://data.example.org/days/\nx",
        "https://data.example.org:port/days/x",
        "https://[::1/days/x",
        "//data.example.org/days/x",
        "/days/x",
        "",
    ],
)
def test_what_only_looks_as_if_does_not(url: str) -> None:
    assert not is_below(url, BASE)


def test_a_pattern_is_no_more_than_its_beginning() -> None:
    assert not is_below("gs://bucket/night-1.csv", "gs://bucket/day-*.csv")
    assert not is_below("gs://other/day-1.csv", "gs://bucket/day-*.csv")
