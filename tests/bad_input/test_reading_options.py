"""What a user says of how a CSV is to be read: with the upload, afterwards, and to every reader of the dataset."""

from __future__ import annotations

import csv
import io
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.bad_input.conftest import Asker, problem_of

ROWS = b"".join(b"%d,x%d,%d\n" % (i, i % 3, i % 7) for i in range(1, 60))
RAGGED = b"a,b,y\n" + ROWS + b'61,x,3,4\n62,"x"x,1\n63,x,1\n'
"""With two bad rows, on lines 61 and 62."""


def read_as(ask: Asker, data: bytes, **options: Any) -> dict[str, Any]:
    """The profiled dataset of an upload with these options."""
    said = {name: str(value).lower() if isinstance(value, bool) else value for name, value in options.items()}
    made = ask.upload(data, f"/datasets?{urlencode(said)}")
    assert made.status_code == 201, made.get_json()
    return ask.settled(f"/datasets/{made.get_json()['id']}")


@pytest.mark.parametrize(
    ("data", "options", "columns", "rows"),
    [
        (b"a~b\n1,5~x\n2,5~y\n", {"delimiter": "~"}, ["a", "b"], 2),
        (b"a\tb\n1\tx\n2\ty\n", {"delimiter": "\t"}, ["a", "b"], 2),
        ("Ґa;b\nТула;1\nОмск;2\n".encode("cp1251"), {"encoding": "cp1251"}, ["Ґa", "b"], 2),
        (b"7,3\n", {"header": False}, ["c0", "c1"], 1),
        (b"1,2\n3,4\n", {"header": True}, ["1", "2"], 1),
        (b"x,y\nz,u\na,b\n1,2\n", {"skip_rows": 2}, ["a", "b"], 1),
        (b"a,b\n1,2\n3,4\nsum,4\n", {"skip_footer": 1}, ["a", "b"], 2),
        (b"a,b\n1, x\n2,y\n3,z\n", {"skip_initial_space": True}, ["a", "b"], 3),
        (RAGGED, {"bad_rows": "skip"}, ["a", "b", "y"], 60),
        (b"just a note, with, commas\na,b\n1,2\n", {"skip_rows": 1, "delimiter": ","}, ["a", "b"], 1),
    ],
)
def test_an_upload_is_read_as_its_query_says(
    ask: Asker, data: bytes, options: dict[str, Any], columns: list[str], rows: int
) -> None:
    dataset = read_as(ask, data, **options)
    assert dataset["state"] == "ready"
    assert ([column["name"] for column in dataset["columns"]], dataset["rows"]) == (columns, rows)
    assert {name: dataset[name] for name in options} == options
    assert ask.call("GET", f"/datasets/{dataset['id']}/content").data == data
    shown = ask.call("GET", f"/datasets/{dataset['id']}/preview").get_json()
    assert (shown["columns"], len(shown["rows"])) == (columns, min(rows, 20))


def test_multipart_is_read_so_too_and_a_key_counts_for_one_way_of_reading(ask: Asker) -> None:
    form = {"file": (io.BytesIO(b"a~b\n1~2\n"), "x.csv")}
    made = ask.call("POST", "/datasets?delimiter=~", data=form).get_json()
    assert [column["name"] for column in made["columns"]] == ["a", "b"]
    key = {"Idempotency-Key": "once"}
    first = ask.upload(b"a~b\n1~2\n", "/datasets?delimiter=~", **key).get_json()
    assert ask.upload(b"a~b\n1~2\n", "/datasets?delimiter=~", **key).get_json()["id"] == first["id"]
    assert problem_of(ask.upload(b"a~b\n1~2\n", **key)) == (409, "IDEMPOTENCY_KEY_REUSED")


@pytest.mark.parametrize(
    "query",
    ["delimiter=ab", "encoding=klingon", "header=yes", "skip_rows=-1", "skip_rows=x", "bad_rows=mend", "skip_lines=1"],
)
def test_options_that_make_no_sense_are_refused(ask: Asker, query: str) -> None:
    assert problem_of(ask.upload(b"a,b\n1,2\n", f"/datasets?{query}")) == (422, "VALIDATION_FAILED")


def test_a_refused_upload_says_what_helps_and_that_helps(ask: Asker) -> None:
    refused = ask.upload(RAGGED)
    assert problem_of(refused)[0] == 422
    assert "`bad_rows=skip`" in refused.get_json()["detail"]
    assert read_as(ask, RAGGED, bad_rows="skip")["bad_row_count"] == 2


def test_bad_rows_are_listed_where_that_is_wanted(ask: Asker) -> None:
    dataset = read_as(ask, RAGGED, bad_rows="report")
    path = f"/datasets/{dataset['id']}"
    assert dataset["bad_row_count"] == 2
    assert any("2 rows that cannot be read were left out" in warning for warning in dataset["warnings"])
    found = ask.call("GET", f"{path}/bad-rows").get_json()
    assert found["count"] == 2
    assert [(row["line"], row["reason"]) for row in found["rows"]] == [(61, "ROW_TOO_LONG"), (62, "BAD_QUOTE")]
    table = list(csv.DictReader(io.StringIO(ask.call("GET", f"{path}/bad-rows?format=csv").text)))
    assert [row["line"] for row in table] == ["61", "62"]
    blobs = {name for name in ask.service.ports.blobs.names("") if "bad-rows" in name}
    assert blobs
    job = ask.train(dataset, target="y", task="multiclass")
    assert job["state"] == "succeeded"
    assert ask.call("PATCH", path, json={"bad_rows": "skip"}).status_code == 200
    assert ask.settled(path)["bad_row_count"] == 2
    assert problem_of(ask.call("GET", f"{path}/bad-rows")) == (409, "BAD_ROWS_NOT_LISTED")
    assert ask.call("PATCH", path, json={"bad_rows": "report"}).status_code == 200
    assert ask.settled(path)["rows"] == 60
    assert ask.call("DELETE", path).status_code == 204
    assert not {name for name in ask.service.ports.blobs.names("") if f"{dataset['id']}-r3" in name}


def test_nothing_was_bad(ask: Asker) -> None:
    dataset = read_as(ask, b"a,b\n1,2\n", bad_rows="report")
    assert ask.call("GET", f"/datasets/{dataset['id']}/bad-rows").get_json() == {"count": 0, "rows": []}


def test_bad_rows_beyond_the_first_mebibyte_are_left_out_as_well(ask: Asker) -> None:
    data = b"a,y\n" + b"".join(b"%d,x\n" % i for i in range(150_000)) + b'1,2,3\n5,"x\n6,y\n'
    dataset = read_as(ask, data, bad_rows="report")
    assert (dataset["rows"], dataset["bad_row_count"]) == (150_001, 2)


def test_what_was_said_holds_when_something_else_is_corrected(ask: Asker) -> None:
    dataset = read_as(ask, b"a~b\n1~x\n2~y\n", delimiter="~")
    path = f"/datasets/{dataset['id']}"
    for change in ({"types": {"a": "category"}}, {"header": True}, {"skip_rows": 0}):
        assert ask.call("PATCH", path, json=change).get_json()["delimiter"] == "~"
    corrected = ask.call("PATCH", path, json={"skip_rows": 1, "header": False}).get_json()
    assert [column["name"] for column in corrected["columns"]] == ["c0", "c1"]


def test_what_was_guessed_is_guessed_anew_when_something_else_is_said(ask: Asker) -> None:
    dataset = read_as(ask, b"x;1,5\nz;2,5\nu;3,5\n", delimiter=",", header=True)
    path = f"/datasets/{dataset['id']}"
    assert [column["name"] for column in dataset["columns"]] == ["x;1", "5"]
    assert ask.call("PATCH", path, json={"delimiter": ";"}).get_json()["header"] is True
    guessed = read_as(ask, b"Prices of May\nname;price\nx;15\nz;25\n", delimiter=",")
    assert (guessed["column_count"], guessed["skip_rows"]) == (1, 0)
    again = ask.call("PATCH", f"/datasets/{guessed['id']}", json={"delimiter": ";"}).get_json()
    assert ([column["name"] for column in again["columns"]], again["skip_rows"]) == (["name", "price"], 1)


def test_totals_at_the_end_of_a_large_file_are_told_and_left_out(ask: Asker) -> None:
    rows = b"".join(b"shop %d;%d;x\n" % (i % 9, i) for i in range(100_000))
    dataset = read_as(ask, b"shop;sales;kind\n" + rows + b"Total;4999950000;\n")
    assert (dataset["rows"], dataset["skip_footer"]) == (100_000, 1)
    assert any("skip_footer=0" in warning for warning in dataset["warnings"])
    assert ask.call("PATCH", f"/datasets/{dataset['id']}", json={"skip_footer": 0}).status_code == 200
    assert ask.settled(f"/datasets/{dataset['id']}")["rows"] == 100_001
