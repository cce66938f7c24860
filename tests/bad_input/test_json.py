"""Every kind of bad JSON, over HTTP, on several routes: the answer names what is wrong, and nothing is made."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.bad_input.conftest import Asker, problem_of

JSON = "application/json"
DEEP = 100_000
MIB = 1 << 20

BODIES: dict[str, tuple[bytes, int, str]] = {
    # what: (body of POST /keys, status, reason)
    "nothing": (b"", 400, "MALFORMED_JSON"),
    "cut short": (b'{"name": "k"', 400, "MALFORMED_JSON"),
    "single quotes": (b"{'name': 'k'}", 400, "MALFORMED_JSON"),
    "a comma too many": (b'{"name": "k",}', 400, "MALFORMED_JSON"),
    "two values": (b'{"name": "k"} {}', 400, "MALFORMED_JSON"),
    "not UTF-8": (b'{"name": "\xff"}', 400, "MALFORMED_JSON"),
    "UTF-16": ('{"name": "k"}'.encode("utf-16"), 400, "MALFORMED_JSON"),
    "a BOM": (b'\xef\xbb\xbf{"name": "k"}', 400, "MALFORMED_JSON"),
    "NaN": (b'{"name": NaN}', 400, "MALFORMED_JSON"),
    "Infinity": (b'{"name": -Infinity}', 400, "MALFORMED_JSON"),
    "a lone surrogate": (b'{"name": "\\ud800"}', 400, "MALFORMED_JSON"),
    "a lone surrogate for a key": (b'{"\\udfff": 1, "name": "k"}', 400, "MALFORMED_JSON"),
    "100,000 lists deep": (b'{"name": ' + b"[" * DEEP + b"]" * DEEP + b"}", 400, "JSON_TOO_DEEP"),
    "100,000 objects deep": (b'{"a":' * DEEP + b"1" + b"}" * DEEP, 400, "JSON_TOO_DEEP"),
    "5,000 digits": (b'{"name": ' + b"9" * 5000 + b"}", 400, "NUMBER_OUT_OF_RANGE"),
    "1e999": (b'{"name": 1e999}', 400, "NUMBER_OUT_OF_RANGE"),
    "a key twice": (b'{"name": "a", "name": "b"}', 400, "DUPLICATE_KEY"),
    "a key twice, once escaped": (b'{"name": "a", "n\\u0061me": "b"}', 400, "DUPLICATE_KEY"),
    "a list": (b'["name"]', 422, "NOT_AN_OBJECT"),
    "a string": (b'"name"', 422, "NOT_AN_OBJECT"),
    "null": (b"null", 422, "NOT_AN_OBJECT"),
    "oversize": (b'{"name": "' + b"k" * 9 * MIB + b'"}', 413, "TOO_LARGE"),
    "a million unknown fields": (json.dumps({str(n): 1 for n in range(500_000)}).encode(), 422, "VALIDATION_FAILED"),
}
FIELDS: list[tuple[str, Any, str]] = [
    # field of POST /jobs, value, a word of what is said about it
    ("time_budget_s", "60", "number"),
    ("time_budget_s", -1, "greater"),
    ("time_budget_s", 0, "greater"),
    ("time_budget_s", 10**300, "at most"),
    ("time_budget_s", True, "number"),
    ("seed", 5.7, "integer"),
    ("seed", 5.0, "integer"),
    ("seed", "5", "integer"),
    ("seed", True, "integer"),
    ("seed", 2**64, "64 bits"),
    ("seed", -(2**70), "64 bits"),
    ("parallelism", 10**9, "less"),
    ("parallelism", -3, "greater"),
    ("target", None, "null"),
    ("target", 5, "string"),
    ("target", ["y"], "string"),
    ("exclude_columns", "x", "list"),
    ("exclude_columns", [1], "string"),
    ("models", ["no such model"], "one of"),
    ("metric", "speed", "one of"),
    ("dataset_id", {"id": 1}, "string"),
    ("budget", 60, "Unknown field"),
    ("time_budget", 60, "Unknown field"),
]


def test_bodies(ask: Asker) -> None:
    before = ask.call("GET", "/keys").get_json()
    for what, (body, status, reason) in BODIES.items():
        answer = ask.call("POST", "/keys", {"Content-Type": JSON}, data=body)
        assert problem_of(answer) == (status, reason), what
        assert len(answer.data) < 10_000, what
    assert ask.call("GET", "/keys").get_json() == before


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/users"), ("POST", "/tokens"), ("POST", "/sessions"), ("POST", "/jobs"), ("PUT", "/me/password"),
     ("PATCH", "/datasets/nothing"), ("POST", "/datasets/nothing/checks"), ("POST", "/models/nothing/predictions")],
)  # fmt: skip
@pytest.mark.parametrize("what", ["NaN", "a key twice", "100,000 lists deep", "a list", "oversize"])
def test_every_route_that_takes_json_is_as_strict(ask: Asker, method: str, path: str, what: str) -> None:
    body, status, reason = BODIES[what]
    assert problem_of(ask.call(method, path, {"Content-Type": JSON}, data=body)) == (status, reason)


@pytest.mark.parametrize(
    "content_type", ["", "text/plain", "text/csv", "application/x-www-form-urlencoded", "json", "*"]
)
def test_content_types(ask: Asker, content_type: str) -> None:
    answer = ask.call("POST", "/keys", {"Content-Type": content_type}, data=b'{"name": "k"}')
    assert problem_of(answer) == (415, "UNSUPPORTED_MEDIA_TYPE")


@pytest.fixture(scope="module")
def dataset_id(ask: Asker) -> str:
    return str(ask.upload(b"x,y\n1,a\n2,b\n").get_json()["id"])


def test_fields(ask: Asker, dataset_id: str) -> None:
    jobs = ask.call("GET", "/jobs").get_json()
    for field, value, word in FIELDS:
        body = json.dumps({"dataset_id": dataset_id, "target": "y", field: value})
        answer = ask.call("POST", "/jobs", {"Content-Type": JSON}, data=body)
        assert problem_of(answer) == (422, "VALIDATION_FAILED"), (field, value)
        (entry,) = answer.get_json()["errors"]
        assert entry["field"].split(".")[0] == field, (field, value)
        assert word in entry["detail"], (field, value, entry)
    assert ask.call("GET", "/jobs").get_json() == jobs


def test_booleans_are_booleans(ask: Asker, dataset_id: str) -> None:
    for value in ("yes", "true", 1, 0, None, []):
        answer = ask.call("PATCH", f"/datasets/{dataset_id}", json={"header": value})
        assert problem_of(answer) == (422, "VALIDATION_FAILED"), value
        assert answer.get_json()["errors"][0]["field"] == "header"


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("page_size=0", "VALIDATION_FAILED"),
        ("page_size=201", "VALIDATION_FAILED"),
        ("page_size=-5", "VALIDATION_FAILED"),
        ("page_size=ten", "VALIDATION_FAILED"),
        ("page_size=" + "9" * 5000, "VALIDATION_FAILED"),
        ("page_token=" + "!" * 20, "INVALID_PAGE_TOKEN"),
        ("page_token=%ff%00", "INVALID_PAGE_TOKEN"),
        ("page_token=", "VALIDATION_FAILED"),
        ("colour=red", "VALIDATION_FAILED"),
    ],
)
@pytest.mark.parametrize("path", ["/datasets", "/jobs", "/models", "/keys", "/activity"])
def test_queries_of_lists(ask: Asker, path: str, query: str, reason: str) -> None:
    assert problem_of(ask.call("GET", f"{path}?{query}")) == (422, reason)
