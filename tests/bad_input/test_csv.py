"""Every kind of bad CSV, over HTTP: what its first MiB shows is refused at once, what comes later by a worker."""

from __future__ import annotations

import gzip
from typing import Any

import pytest

from tests.bad_input.conftest import MAX_ROWS, MAX_UPLOAD_BYTES, Asker, problem_of

MIB = 1 << 20
GOOD = b"a,y\n" + b"".join(b"%d,x\n" % number for number in range(150_000))
"""More than the first MiB, all of it sound."""
LINES = 150_001


def damaged(data: bytes) -> bytes:
    """The same with a bit of gzip's checksum turned over."""
    return data[:-8] + bytes([data[-8] ^ 1]) + data[-7:]


REFUSED: dict[str, tuple[bytes, int, str, str]] = {
    # what: (file, status, reason, a word of the detail)
    "empty": (b"", 422, "EMPTY_FILE", "empty"),
    "white space": (b" \r\n\t\n", 422, "EMPTY_FILE", "empty"),
    "BOM only": (b"\xef\xbb\xbf", 422, "EMPTY_FILE", "empty"),
    "header only": (b"a,b\n", 422, "HEADER_ONLY", "rows"),
    "NUL bytes": (b"a,b\n1,\0\n", 422, "NUL_BYTE", "line 2"),
    "UTF-32": ("a,b\n1,2\n".encode("utf-32"), 422, "BAD_ENCODING", "UTF-32"),
    "UTF-8 with a damaged byte": ("é,ü\nä,ö\nß,é\n".encode() + b"\xff,1\n", 422, "BAD_ENCODING", "Line 4"),
    "binary": (bytes(range(1, 9)) * 100, 422, "NOT_A_CSV", "binary"),
    "a row too long": (b"a,b\n1,2\n3,4,5\n", 422, "RAGGED_ROWS", "line 3"),
    "every row one too long": (b"a,b\n1,2,3\n4,5,6\n", 422, "RAGGED_ROWS", "Every row"),
    "trailing delimiters": (b"a,b\n1,2,\n3,4,\n", 422, "RAGGED_ROWS", "Every row"),
    "an open quote": (b'a,b\n1,"2\n3,4\n', 422, "UNCLOSED_QUOTE", "line 2"),
    "an open quote in the header": (b'"a,b\n1,2\n3,4\n', 422, "UNCLOSED_QUOTE", "line 1"),
    "text behind a quote": (b'a,b\n1,"2"3\n', 422, "BAD_QUOTE", "line 2"),
    "a million columns": (b",".join(b"%07d" % i for i in range(MIB)), 422, "TOO_MANY_COLUMNS", "10,000"),
    "10,001 columns": (b",".join(b"c%d" % i for i in range(10_001)) + b"\n1\n", 422, "TOO_MANY_COLUMNS", "10,001"),
    "a first line without end": (b"name, " * MIB, 422, "TOO_MANY_COLUMNS", "columns"),
    "a first field of 2 MB": (b"x" * 2 * MIB, 422, "FIELD_TOO_LARGE", "Line 1"),
    "too many bytes": (GOOD + b"1,x\n" * (MAX_UPLOAD_BYTES // 4), 413, "FILE_TOO_LARGE", "20,000,000"),
    "PNG": (b"\x89PNG\r\n\x1a\n" + bytes(100), 422, "NOT_A_CSV", "PNG"),
    "PDF": (b"%PDF-1.7\n1 0 obj\n", 422, "NOT_A_CSV", "PDF"),
    "HTML": (b"<!DOCTYPE html><html><body>a,b</body></html>", 422, "NOT_A_CSV", "web page"),
    "JSON": (b'[{"a": 1}, {"a": 2}]', 422, "NOT_A_CSV", "JSON"),
    "pickle": (b"\x80\x04\x95\x10\0\0\0\0\0\0\0", 422, "NOT_A_CSV", "pickle"),
    "tar": (b"a" * 257 + b"ustar\x0000" + bytes(248), 422, "NOT_A_CSV", "tar"),
}
PACKED: dict[str, tuple[bytes, int, str]] = {
    "a gzip bomb of 97 KB": (gzip.compress(b"a,b\n" + b"0" * 100_000_000), 413, "GZIP_BOMB"),
    "gzip cut short": (gzip.compress(GOOD)[:-5], 400, "TRUNCATED_BODY"),
    "gzip with a damaged byte": (damaged(gzip.compress(GOOD)), 400, "BAD_GZIP"),
    "no gzip at all": (b"a,b\n1,2\n", 400, "BAD_GZIP"),
    "gzip that unpacks to too much": (
        gzip.compress(b"a,b\n" + b"%d,%d\n" % (7, 8) * (MAX_UPLOAD_BYTES // 4), 1), 413, "FILE_TOO_LARGE",
    ),
}  # fmt: skip
REJECTED: dict[str, tuple[bytes, str, dict[str, int]]] = {
    # what: (file, reason, where)
    "a row too long, late": (GOOD + b"1,2,3\n", "ROW_TOO_LONG", {"line": LINES + 1}),
    "an open quote, late": (GOOD + b'1,"x\n2,y\n', "UNCLOSED_QUOTE", {"line": LINES + 1}),
    "NUL bytes, late": (GOOD + b"1,\0\n", "NUL_BYTE", {"line": LINES + 1}),
    "a damaged byte, late": (GOOD + b"1,\xff\xfe\n", "BAD_ENCODING", {"line": LINES + 1}),
    "too many rows": (b"a\n" + b"1\n" * (MAX_ROWS + 1), "TOO_MANY_ROWS", {}),
}


def test_refused_at_once(ask: Asker) -> None:
    before = ask.blobs()
    for what, (data, status, reason, word) in REFUSED.items():
        answer = ask.upload(data)
        assert problem_of(answer) == (status, reason), what
        assert word in answer.get_json()["detail"], what
    assert ask.blobs() == before


def test_refused_packed(ask: Asker) -> None:
    before = ask.blobs()
    for what, (data, status, reason) in PACKED.items():
        assert problem_of(ask.upload(data, **{"Content-Encoding": "gzip"})) == (status, reason), what
    assert ask.blobs() == before


@pytest.mark.parametrize("what", REJECTED)
def test_rejected_by_a_worker(ask: Asker, what: str) -> None:
    data, reason, where = REJECTED[what]
    dataset = ask.profile(data)
    error = dataset["error"]
    assert (dataset["state"], error["reason"]) == ("rejected", reason)
    assert {name: error[name] for name in where} == where
    assert error["detail"]
    job = ask.call("POST", "/jobs", json={"dataset_id": dataset["id"], "target": "a"})
    assert problem_of(job) == (409, "DATASET_REJECTED")
    assert problem_of(ask.call("GET", f"/datasets/{dataset['id']}/report")) == (409, "DATASET_REJECTED")
    assert ask.call("GET", f"/datasets/{dataset['id']}/content").data == data  # Nothing is lost.


def table(*rows: str, count: int = 60) -> bytes:
    """A header and the rows over and over again, numbered in the first column."""
    header, *cells = rows
    lines = [f"n,{header}", *(f"{number % 17},{cells[number % len(cells)]}" for number in range(count))]
    return "\n".join(lines).encode()


NAMES = b"x,y\n" + b"".join(b"%d,name-%d\n" % (number % 5, number) for number in range(60))
TARGETS: dict[str, tuple[bytes, str, str]] = {
    # what of the target `y`: (file, finding of a check, reason of the failure)
    "constant": (table("x,y", "a,same", "b,same"), "TARGET_CONSTANT", "TARGET_CONSTANT"),
    "all null": (table("x,y", "a,", "b,"), "TARGET_ALL_MISSING", "TARGET_ALL_MISSING"),
    "one row": (b"x,y\n1,a\n", "TARGET_CONSTANT", "TARGET_CONSTANT"),
    "all different": (NAMES, "TOO_MANY_CLASSES", "TARGET_ALL_DIFFERENT"),
}


@pytest.mark.parametrize("what", TARGETS)
def test_targets_that_cannot_be_learned(ask: Asker, what: str) -> None:
    data, finding, reason = TARGETS[what]
    dataset = ask.profile(data)
    assert dataset["state"] == "ready"
    checks = ask.call("POST", f"/datasets/{dataset['id']}/checks", json={"target": "y"}).get_json()
    assert finding in {found["reason"] for found in checks["findings"] if found["severity"] == "error"}
    job = ask.train(dataset, target="y")
    assert (job["state"], job["error"]["reason"]) == ("failed", reason)
    assert job["error"]["detail"]


ASKED: dict[str, tuple[dict[str, Any], str]] = {
    "a target that is not there": ({"target": "zz"}, "TARGET_NOT_FOUND"),
    "of another case": ({"target": "Y"}, "TARGET_NOT_FOUND"),
    "no column left": ({"target": "y", "exclude_columns": ["n", "x"]}, "NO_FEATURES"),
    "the target excluded": ({"target": "y", "exclude_columns": ["y"]}, "TARGET_EXCLUDED"),
    "a column that is not there": ({"target": "y", "exclude_columns": ["zz"]}, "COLUMN_NOT_FOUND"),
}


@pytest.mark.parametrize("profiled", [False, True])
def test_trainings_that_cannot_be(ask: Asker, profiled: bool) -> None:
    data = table("x,y", "a,1", "b,2")
    dataset = ask.profile(data) if profiled else ask.upload(data).get_json()
    for what, (body, reason) in ASKED.items():
        answer = ask.call("POST", "/jobs", json={"dataset_id": dataset["id"], **body})
        assert problem_of(answer) == (422, reason), what


def test_one_column_has_nothing_to_learn_from(ask: Asker) -> None:
    dataset = ask.profile(b"y\n1\n2\n")
    assert "single column" in " ".join(dataset["warnings"])
    answer = ask.call("POST", "/jobs", json={"dataset_id": dataset["id"], "target": "y"})
    assert problem_of(answer) == (422, "NO_FEATURES")
