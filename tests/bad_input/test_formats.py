"""Files of other formats, over HTTP: those that are read, and every kind that is not."""

from __future__ import annotations

import gzip
import io
from typing import Any

import pandas as pd
import pytest

from tests.bad_input.conftest import MAX_UPLOAD_BYTES, Asker, problem_of
from tests.unit.automl.io.formats.workbooks import ods, xlsx, zipped

ROWS = [[number, number % 3 / 2, f"{number % 7:03d}", "yes" if number % 2 else "no"] for number in range(80)]
NAMES = ["n", "x", "code", "y"]
OTHER = [["b"], *([number] for number in range(40))]
BOOK = xlsx({"First": [NAMES, *ROWS], "Second": OTHER, "Empty": []})
FRAME = pd.DataFrame(ROWS, columns=NAMES)


def parquet(frame: pd.DataFrame) -> bytes:
    file = io.BytesIO()
    frame.to_parquet(file)
    return file.getvalue()


LINES = FRAME.to_json(orient="records", lines=True).encode()
READ: dict[str, tuple[bytes, str, str]] = {
    # what: (file, Content-Type, format of the source)
    "xlsx": (BOOK, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"),
    "ods": (ods([NAMES, *ROWS]), "application/vnd.oasis.opendocument.spreadsheet", "ods"),
    "Parquet": (parquet(FRAME), "application/octet-stream", "parquet"),
    "JSON lines": (LINES, "application/x-ndjson", "jsonl"),
    "xlsx that says it is a CSV": (BOOK, "text/csv", "xlsx"),
    "xlsx in a ZIP": (zipped({"a.xlsx": BOOK}), "application/zip", "xlsx"),
    "JSON lines in gzip": (gzip.compress(LINES), "application/gzip", "jsonl"),
    "CSV in a ZIP": (zipped({"a.csv": FRAME.to_csv(index=False).encode()}), "application/zip", "csv"),
    "CSV in gzip": (gzip.compress(FRAME.to_csv(index=False).encode()), "application/octet-stream", "csv"),
}


@pytest.mark.parametrize("what", READ)
def test_a_table_of_any_format_is_profiled_and_kept_beside_its_csv(ask: Asker, what: str) -> None:
    data, media_type, format = READ[what]
    dataset = ask.profile(data, **{"Content-Type": media_type})
    assert (dataset["state"], dataset["rows"], dataset["source_format"]) == ("ready", 80, format)
    types = {column["name"]: column["type"] for column in dataset["columns"]}
    assert types["y"] == "boolean"
    assert types["code"] == "category"
    content = ask.call("GET", f"/datasets/{dataset['id']}/content")
    assert content.data.splitlines()[0] == b"n,x,code,y"
    assert len(content.data) == dataset["size_bytes"]
    assert ask.call("GET", f"/datasets/{dataset['id']}/original").data == data
    preview = ask.call("GET", f"/datasets/{dataset['id']}/preview?rows=1").get_json()
    assert preview["columns"] == NAMES
    [[number, fraction, *labels]] = preview["rows"]
    assert (number, float(fraction), labels) == ("0", 0.0, ["000", "no"])


def test_a_csv_is_its_own_original(ask: Asker) -> None:
    dataset = ask.profile(b"a,b\n1,2\n3,4\n")
    answer = ask.call("GET", f"/datasets/{dataset['id']}/original")
    assert (answer.data, answer.mimetype) == (b"a,b\n1,2\n3,4\n", "text/csv")


def test_a_sheet_is_chosen_as_it_is_uploaded_and_changed_later(ask: Asker) -> None:
    made = ask.upload(BOOK, "/datasets?sheet=Second").get_json()
    dataset = ask.settled(f"/datasets/{made['id']}")
    assert (dataset["sheet"], dataset["sheets"]) == ("Second", ["First", "Second", "Empty"])
    assert (dataset["rows"], dataset["column_count"]) == (40, 1)
    path = f"/datasets/{made['id']}"
    changed = ask.call("PATCH", path, json={"sheet": "First"})
    assert changed.get_json()["state"] == "uploaded"
    assert problem_of(ask.call("GET", f"{path}/content")) == (409, "NOT_CONVERTED") or ask.settled(path)
    assert ask.settled(path)["column_count"] == 4
    assert problem_of(ask.call("PATCH", path, json={"sheet": "Third"})) == (422, "SHEET_NOT_FOUND")
    assert problem_of(ask.call("PATCH", path, json={"delimiter": ";"})) == (422, "NOT_A_TEXT_FILE")
    ask.call("PATCH", path, json={"sheet": "Empty"})
    rejected = ask.settled(path)
    assert (rejected["state"], rejected["error"]["reason"]) == ("rejected", "EMPTY_FILE")
    ask.call("PATCH", path, json={"sheet": "Second"})
    assert ask.settled(path)["rows"] == 40


def test_a_job_may_be_submitted_before_the_file_is_converted(ask: Asker) -> None:
    made = ask.upload(BOOK).get_json()
    job = ask.train(made, target="y", exclude_columns=["n"])
    assert job["state"] == "succeeded", job["error"]
    late = ask.upload(BOOK).get_json()
    missing = ask.train(late, target="nowhere")
    assert (missing["state"], missing["error"]["reason"]) == ("failed", "TARGET_NOT_FOUND")


def test_a_dataset_of_any_format_is_predicted(ask: Asker) -> None:
    dataset = ask.profile(BOOK)
    job = ask.train(dataset, target="y")
    rows = ask.upload(parquet(FRAME.drop(columns="y"))).get_json()
    asked = ask.call("POST", f"/models/{job['model_id']}/predictions", json={"dataset_id": rows["id"]})
    assert asked.status_code == 202, asked.get_json()
    made = ask.settled(f"/predictions/{asked.get_json()['id']}")
    assert (made["state"], made["rows"]) == ("succeeded", 80)
    wrong = ask.upload(xlsx({"A": OTHER})).get_json()
    asked = ask.call("POST", f"/models/{job['model_id']}/predictions", json={"dataset_id": wrong["id"]})
    failed = ask.settled(f"/predictions/{asked.get_json()['id']}") if asked.status_code == 202 else asked.get_json()
    assert (failed.get("error") or failed)["reason"] == "MISSING_FEATURE"


def test_its_bytes_count_with_those_of_its_csv_until_it_is_deleted(ask: Asker) -> None:
    before = ask.call("GET", "/me").get_json()["use"]
    dataset = ask.profile(BOOK)
    after = ask.call("GET", "/me").get_json()["use"]
    assert after["bytes"] - before["bytes"] == len(BOOK) + dataset["size_bytes"]
    assert ask.call("DELETE", f"/datasets/{dataset['id']}").status_code == 204
    assert ask.call("GET", "/me").get_json()["use"] == before
    assert not [name for name in ask.service.ports.blobs.names("") if dataset["id"] in name]


ENCRYPTED = bytearray(zipped({"data.csv": b"a,b\n1,2\n"}))
for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
    ENCRYPTED[ENCRYPTED.index(mark) + offset] |= 1
REFUSED: dict[str, tuple[bytes, str, str]] = {
    # what: (file, reason, a word of the detail)
    "a ZIP of several tables": (zipped({"a.csv": b"a\n1\n", "b.xlsx": b""}), "SEVERAL_TABLES", "'a.csv', 'b.xlsx'"),
    "a ZIP of no table": (zipped({"a.md": b"", "b.md": b""}), "NO_TABLE", "'a.md'"),
    "a ZIP that is cut short": (zipped({"a.csv": b"a\n1\n"})[:-20], "FILE_UNREADABLE", "damaged"),
    "an encrypted ZIP": (bytes(ENCRYPTED), "FILE_ENCRYPTED", "encrypted"),
    "a Word document": (zipped({"[Content_Types].xml": b"", "word/document.xml": b""}), "NOT_A_CSV", "Office"),
    "a ZIP of very many files": (
        zipped({f"{'x' * 90}{n}.md": b"" for n in range(40_000)}),
        "FILE_UNREADABLE",
        "too large",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_a_directory_shows_to_be_unusable_is_refused_and_not_kept(ask: Asker, what: str) -> None:
    data, reason, word = REFUSED[what]
    before = ask.blobs()
    answer = ask.upload(data)
    assert problem_of(answer) == (422, reason)
    assert word in answer.get_json()["detail"]
    assert ask.blobs() == before


@pytest.mark.parametrize(
    ("data", "path", "reason"),
    [
        (b"a,b\n1,2\n", "/datasets?sheet=A", "NO_SHEETS"),
        (LINES, "/datasets?sheet=A", "NO_SHEETS"),
        (BOOK, "/datasets?delimiter=;", "NOT_A_TEXT_FILE"),
        (LINES, "/datasets?header=false", "NOT_A_TEXT_FILE"),
    ],
)
def test_options_that_a_format_does_not_have_are_refused(ask: Asker, data: bytes, path: str, reason: str) -> None:
    assert problem_of(ask.upload(data, path)) == (422, reason)


BOMB = zipped({"a.csv": b"a,b\n" + b"1,2\n" * (MAX_UPLOAD_BYTES // 2)})
REJECTED: dict[str, tuple[bytes, str]] = {
    "a ZIP bomb": (BOMB, "FILE_TOO_LARGE"),
    "a gzip bomb": (gzip.compress(b"a,b\n" + b"1,2\n" * (MAX_UPLOAD_BYTES // 2)), "FILE_TOO_LARGE"),
    "a gzip file that is cut short": (gzip.compress(LINES)[:-9], "FILE_UNREADABLE"),
    "archives in archives": (zipped({"a.zip": zipped({"a.csv": b"a\n1\n"})}), "ARCHIVE_IN_ARCHIVE"),
    "old Excel without a workbook": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512), "FILE_UNREADABLE"),
    "Excel in name only": (zipped({"[Content_Types].xml": b"", "xl/workbook.xml": b"<a/>"}), "FILE_UNREADABLE"),
    "half a Parquet file": (parquet(FRAME)[:-100], "FILE_UNREADABLE"),
    "lists in JSON lines": (b'{"a": [1, 2]}\n{"a": []}\n', "NESTED_VALUE"),
    "a line that is no JSON": (b'{"a": 1}\n{"a": 1,}\n', "BAD_JSON_LINE"),
    "a sheet of 16,384 columns": (ods([["a"], [1]], repeated=16_384), "TOO_MANY_COLUMNS"),
    "an empty workbook": (xlsx({"A": []}), "EMPTY_FILE"),
    "PNG in gzip": (gzip.compress(b"\x89PNG\r\n\x1a\n" + bytes(100)), "NOT_A_CSV"),
}


@pytest.mark.parametrize("what", REJECTED)
def test_what_a_worker_finds_in_it_rejects_it_and_nothing_is_lost(ask: Asker, what: str) -> None:
    data, reason = REJECTED[what]
    dataset: dict[str, Any] = ask.profile(data)
    error = dataset["error"]
    assert (dataset["state"], error["reason"]) == ("rejected", reason)
    assert error["detail"]
    assert ask.call("GET", f"/datasets/{dataset['id']}/original").data == data
    assert problem_of(ask.call("GET", f"/datasets/{dataset['id']}/content")) == (409, "NOT_CONVERTED")
    assert problem_of(ask.call("GET", f"/datasets/{dataset['id']}/preview")) == (409, "NOT_CONVERTED")
    job = ask.call("POST", "/jobs", json={"dataset_id": dataset["id"], "target": "a"})
    assert problem_of(job) == (409, "DATASET_REJECTED")
