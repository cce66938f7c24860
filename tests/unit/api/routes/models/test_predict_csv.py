"""Tables predicted over HTTP: CSV in, CSV out."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse


def table_of(answer: TestResponse, delimiter: str = ",") -> list[list[str]]:
    assert answer.status_code == 200, answer.get_json()
    assert answer.mimetype == "text/csv"
    return list(csv.reader(io.StringIO(answer.get_data(as_text=True)), delimiter=delimiter))


def test_csv_gives_what_json_gives(post: Callable[..., TestResponse]) -> None:
    data = b'colour,note,size\nred,"a, ""b""",2.5\ngreen,,-2.5\n\nblue,x,\n'
    header, *rows = table_of(post(data=data, headers={"Content-Type": "text/csv"}))
    assert header[:4] == ["colour", "note", "size", "prediction"]
    assert rows[0][:4] == ["red", 'a, "b"', "2.5", "yes"]
    instances = [dict(zip(header[:3], row[:3], strict=True)) for row in rows]
    expected = post(json={"instances": instances}).get_json()
    assert [row[3] for row in rows] == expected["predictions"]
    for row, probabilities in zip(rows, expected["probabilities"], strict=True):
        shown = dict(zip(header[4:-1], map(float, row[4:-1]), strict=True))
        assert shown == pytest.approx({f"probability_{label}": p for label, p in probabilities.items()}, abs=1e-6)


def test_csv_in_other_ways(client: FlaskClient, ada: dict[str, str], post: Callable[..., TestResponse]) -> None:
    text = "größe;colour;size;prediction\n1;red;2.5;old\n"
    headers = {"Content-Type": "text/csv", "Content-Encoding": "gzip"}
    packed = post(data=gzip.compress(text.encode("utf-16")), headers=headers)
    header, row = table_of(packed, ";")
    assert header[:5] == ["größe", "colour", "size", "prediction", "prediction.1"]
    assert row[3:5] == ["old", "yes"]
    assert table_of(post(data={"file": (io.BytesIO(text.encode()), "x.csv")}), ";")[0][0] == "größe"


def test_many_rows_come_in_pieces(post: Callable[..., TestResponse]) -> None:
    data = b"size,colour\n" + b"1.5,red\n-1.5,green\n" * 12_500
    answer = post(data=data, headers={"Content-Type": "text/csv"})
    assert answer.is_streamed
    rows = table_of(answer)
    assert len(rows) == 25_001
    assert rows[1][2] == "yes"
    assert rows[-1][2] == "01"


@pytest.mark.parametrize(
    ("data", "status", "reason"),
    [
        (b"size\n1\n", 422, "MISSING_FEATURE"),
        (b"", 422, "EMPTY_FILE"),
        (b"size,colour\n", 422, "HEADER_ONLY"),
        (b"size,colour\n1,red,3\n", 422, "RAGGED_ROWS"),
        (b"PK\x03\x04", 422, "NOT_A_CSV"),
    ],
)
def test_bad_tables(post: Callable[..., TestResponse], data: bytes, status: int, reason: str) -> None:
    answer = post(data=data, headers={"Content-Type": "text/csv"})
    assert (answer.status_code, answer.get_json()["reason"]) == (status, reason)


def test_a_fault_far_down_breaks_the_answer_off(post: Callable[..., TestResponse]) -> None:
    data = b"size,colour\n" + b"1.5,red\n" * 200_000 + b"1,2,3\n"
    answer = post(data=data, headers={"Content-Type": "text/csv"}, buffered=False)
    assert answer.status_code == 200
    with pytest.raises(Exception, match="ROW_TOO_LONG"):
        answer.get_data()


def test_a_strict_csv_is_refused_before_its_first_row_comes_back(post: Callable[..., TestResponse]) -> None:
    data = b"colour,size\n" + b"red,1\n" * 11_000 + b"mauve,1\n"
    kind = {"Content-Type": "text/csv"}
    refused = post(data=data, headers=kind, query_string={"strict": "true"})
    assert (refused.status_code, refused.get_json()["reason"]) == (422, "INPUT_NOT_USABLE")
    *_, last = table_of(post(data=data, headers=kind))
    assert last[-1] == "colour: unseen label 'mauve'"
    fine = post(data=b"colour,size\nred,1\n", headers=kind, query_string={"strict": "true"})
    assert len(table_of(fine)) == 2
