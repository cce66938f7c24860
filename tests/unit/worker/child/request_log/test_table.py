"""Requests joined with their labels: the rules against a plain model, and cells of every kind."""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from worker.child.request_log.cells import Input
from worker.child.request_log.join import Wanted
from worker.child.request_log.table import open_requests, request_table

FIRST, END = "2026-11-01T00:00:00.000Z", "2026-12-01T00:00:00.000Z"


def time(minute: int) -> str:
    return f"2026-11-10T00:{minute:02d}:00.000Z"


def request(id: str, minute: int, **more: Any) -> dict[str, Any]:
    return {
        "id": id,
        "at": time(minute),
        "v": 1,
        "alias": "champion",
        "key": None,
        "x": {},
        "y": "no",
        "p": None,
    } | more


def label(r: int, minute: int, value: Any, id: str | None = None, key: str | None = None) -> dict[str, Any]:
    return {"r": f"{r:06d}", "id": id, "key": key, "label": value, "at": time(minute)}


def write(path: Path, lines: Sequence[dict[str, Any]]) -> Path:
    path.write_bytes(gzip.compress("".join(json.dumps(line) + "\n" for line in lines).encode()))
    return path


def joined(
    folder: Path, requests: Sequence[dict[str, Any]], labels: Sequence[dict[str, Any]] = (), **wanted: Any
) -> pa.Table:
    segments = [write(folder / "requests.jsonl.gz", requests)]
    files = [write(folder / "labels.jsonl.gz", labels)] if labels else []
    return request_table(segments, files, Wanted(**{"start": FIRST, "end": END} | wanted), folder)


def model(requests: Sequence[dict[str, Any]], labels: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """What is true of each request, said as plainly as the rule is."""
    truth: dict[str, Any] = {}
    for request in requests:
        newest = None
        for each in labels:
            if each["id"] is None:
                of_key = [q for q in requests if q["key"] == each["key"] and q["at"] <= each["at"]]
                named = max(of_key, key=lambda q: (q["at"], q["id"]))["id"] if of_key else None
            else:
                named = each["id"]
            is_newer = newest is None or (each["at"], each["r"]) > (newest["at"], newest["r"])
            if named == request["id"] and is_newer:
                newest = each
        truth[request["id"]] = newest and newest["label"]
    return truth


minutes = st.integers(0, 7)
asked = st.lists(st.tuples(minutes, st.sampled_from([None, "a", "b"])), min_size=1, max_size=8)
named = st.one_of(st.integers(0, 9), st.sampled_from(["a", "b", "c"]))
said = st.lists(st.tuples(minutes, st.sampled_from(["yes", "no", None]), named), max_size=10)
# Many small logs in one table: their ids and keys have nothing in common.
logs = st.lists(st.tuples(asked, said), min_size=20, max_size=40)
Log = tuple[list[tuple[int, str | None]], list[tuple[int, str | None, int | str]]]


def lines_of(number: int, log: Log) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    requests = [
        request(f"{number}-{i}", minute, key=key and f"{number}-{key}") for i, (minute, key) in enumerate(log[0])
    ]
    labels = [
        label(r, minute, value, **{"id" if isinstance(name, int) else "key": f"{number}-{name}"})
        for r, (minute, value, name) in enumerate(log[1])
    ]
    return requests, labels


@settings(deadline=None, max_examples=8)
@given(logs, st.one_of(st.none(), minutes))
def test_the_newest_label_wins_null_takes_back_and_a_key_stands_for_its_newest_prediction(
    logs: list[Log], end: int | None
) -> None:
    """Also where only requests before an end are wanted: what came later decides what a key stands for."""
    expected: dict[str, Any] = {}
    requests, labels = [], []
    for number, log in enumerate(logs):
        asked, said = lines_of(number, log)
        expected |= model(asked, said)
        requests += asked
        labels += said
    until = END if end is None else time(end)
    with TemporaryDirectory() as folder:
        table = joined(Path(folder), requests, labels, end=until, labelled=end is not None)
    found = dict(zip(*(table[name].to_pylist() for name in ("id", "label")), strict=True))
    inside = {each["id"] for each in requests if each["at"] < until}
    wanted = {id: value for id, value in expected.items() if id in inside and (end is None or value is not None)}
    assert found == wanted


def test_inputs_may_have_any_name_and_keep_the_type_of_their_cells(tmp_path: Path) -> None:
    names = ["Age", "age", "id", "a/b~c", 'he said "x"', "it's", "über", "never", ""]
    cells = [
        {"Age": 1, "age": "01", "id": 1.5, "a/b~c": True, 'he said "x"': "1,5", "it's": None, "über": 1, "": 2},
        {"Age": 2, "age": "02", "id": 2, "a/b~c": False, 'he said "x"': 2.5, "it's": "x", "über": "é\n,", "": 3},
    ]
    table = joined(
        tmp_path,
        [request(f"id{i}", i, x=x) for i, x in enumerate(cells)],
        inputs=[Input(name, "," if name.startswith("he") else ".") for name in names],
    )
    assert {name: table[f"x.{name}"].to_pylist() for name in names} == {
        "Age": [1, 2], "age": ["01", "02"], "id": [1.5, 2.0], "a/b~c": [True, False], 'he said "x"': ["1,5", "2,5"],
        "it's": [None, "x"], "über": ["1", "é\n,"], "never": [None, None], "": [2, 3],
    }  # fmt: skip


def test_digits_beyond_what_a_float_holds_stay_as_they_are(tmp_path: Path) -> None:
    asked = [request("a", 0, x={"card": 1234567890123456789}), request("b", 1, x={"card": 7})]
    assert joined(tmp_path, asked, inputs=[Input("card")])["x.card"].to_pylist() == ["1234567890123456789", "7"]


def test_a_key_that_may_stand_for_what_is_not_logged_yet_is_left_for_the_next_time(tmp_path: Path) -> None:
    asked = [request("a", 0, key="ada")]
    said = [label(0, 1, "yes", key="ada"), label(1, 9, "no", key="ada")]
    for until, value in ((5, "yes"), (9, "no")):
        assert joined(tmp_path, asked, said, keys_until=time(until))["label"].to_pylist() == [value]


def test_numbers_are_answered_and_said_as_numbers(tmp_path: Path) -> None:
    asked = [request("a", 0, y=1.25), request("b", 1, y=3)]
    table = joined(tmp_path, asked, [label(0, 2, 4, "a")], numbers=True)
    assert (table["y"].to_pylist(), table["label"].to_pylist()) == ([1.25, 3.0], [4.0, None])


def test_a_request_that_was_logged_twice_is_there_once(tmp_path: Path) -> None:
    assert joined(tmp_path, [request("a", 0), request("b", 1), request("a", 2)])["id"].to_pylist() == ["a", "b"]


def test_one_version_alone_and_a_sample_that_is_the_same_each_time(tmp_path: Path) -> None:
    asked = [request(f"id{i}", i % 60, v=i % 2) for i in range(400)]
    some = joined(tmp_path, asked, version=1, sample=0.5)["id"].to_pylist()
    assert some == joined(tmp_path, asked, version=1, sample=0.5)["id"].to_pylist()
    assert 60 < len(some) < 140
    assert {int(id[2:]) % 2 for id in some} == {1}
    assert joined(tmp_path, asked, most_rows=50).num_rows == 50


def test_a_compacted_day_is_read_as_its_segments_are(tmp_path: Path) -> None:
    asked = [request("a", 0, x={"n": 1, "t": "x"}, y="yes", p=[0.25, 0.75]), request("b", 1, x={"n": 2}, key="k")]
    inputs = [Input("n"), Input("t")]
    lines = joined(tmp_path, asked, inputs=inputs)
    day = [{**each, "x": json.dumps(each["x"]), "y": json.dumps(each["y"])} for each in asked]
    pq.write_table(pa.Table.from_pylist(day), tmp_path / "day.parquet")
    wanted = Wanted(FIRST, END, inputs)
    assert request_table([tmp_path / "day.parquet"], [], wanted, tmp_path).equals(lines)


def test_nothing_but_the_named_files_can_be_read_or_written(tmp_path: Path) -> None:
    secret = write(tmp_path / "other.jsonl.gz", [request("a", 0)])
    named = write(tmp_path / "segment.jsonl.gz", [request("a", 0)])
    with open_requests([named], [], Wanted(FIRST, END), tmp_path) as requests:
        connection = requests._connection
        for statement in (
            f"SELECT * FROM read_json('{secret}')",
            f"COPY joined TO '{tmp_path / 'out.csv'}'",
            "SET enable_external_access = true",
            "INSTALL httpfs",
        ):
            with pytest.raises(duckdb.Error):
                connection.execute(statement)
        assert requests.found == 1


def test_a_request_with_very_long_text_is_read(tmp_path: Path) -> None:
    asked = [request("a", 0, x={"essay": "x" * 3_000_000}), request("b", 1, x={"essay": "y"})]
    assert [len(each) for each in joined(tmp_path, asked, inputs=[Input("essay")])["x.essay"].to_pylist()] == [
        3_000_000, 1,
    ]  # fmt: skip


@pytest.mark.parametrize("characters", [7_900_000, 20_000_000])
def test_one_enormous_request_spoils_no_other(tmp_path: Path, characters: int) -> None:
    asked = [request(f"{number:03d}", 0, x={"essay": "y" * 20_000}) for number in range(200)]
    asked.append(request("long", 1, x={"essay": "x" * characters}))
    cells = joined(tmp_path, asked, inputs=[Input("essay")])["x.essay"].to_pylist()
    assert sorted(map(len, cells)) == [20_000] * 200 + [characters]


def test_labels_that_were_packed_in_parts_are_all_read(tmp_path: Path) -> None:
    parts = [write(tmp_path / name, [label(0, 1, "yes", name)]).read_bytes() for name in ("a", "b")]
    (tmp_path / "labels.jsonl.gz").write_bytes(b"".join(parts))
    segment = write(tmp_path / "segment.jsonl.gz", [request("a", 0), request("b", 0)])
    table = request_table([segment], [tmp_path / "labels.jsonl.gz"], Wanted(FIRST, END), tmp_path)
    assert table["label"].to_pylist() == ["yes", "yes"]


def test_no_segment_at_all_is_an_empty_table(tmp_path: Path) -> None:
    table = request_table([], [], Wanted(FIRST, END, [Input("age")]), tmp_path)
    assert (table.num_rows, table.column_names[5]) == (0, "x.age")
