"""Parts under one another, by the names of their columns, whatever their formats are."""

from __future__ import annotations

import csv
import gzip
import io
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from automl.errors import DataError
from csvfile.dialect import Dialect
from worker.child.assembly.assemble import assemble
from worker.messages.of_assemblies import AssembleRequest, AssembleResult


def put_together(folder: Path, *parts: bytes | Path, key: tuple[str, ...] = (), **limits: int) -> AssembleResult:
    said: list[dict[str, Any]] = []
    for number, part in enumerate(parts):
        path = folder / f"part-{number}"
        path.write_bytes(part if isinstance(part, bytes) else part.read_bytes())
        said.append({"file": path.name, "name": f"Part {number + 1}"})
    most = {"max_bytes": 1 << 30, "max_rows": 10**6, "max_columns": 1000, **limits}
    return assemble(AssembleRequest(said, list(key), threads=1, **most), folder, None)  # type: ignore[arg-type]


def table(folder: Path, result: AssembleResult) -> list[dict[str, str]]:
    with open(folder / result.file, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def parquet(folder: Path, columns: dict[str, list[Any]]) -> Path:
    pq.write_table(pa.table(columns), folder / "given.parquet")
    return folder / "given.parquet"


def test_columns_meet_by_name_and_cells_stay_as_they_were_written(tmp_path: Path) -> None:
    lines = gzip.compress(b'{"id": 4, "name": "a, \\"b\\""}\n{"id": 5, "more": true}\n')
    result = put_together(
        tmp_path, b"name;id;price\nx;1;1,50\n;2;2\n", parquet(tmp_path, {"price": [9.5], "id": [3]}), lines
    )
    assert table(tmp_path, result) == [
        {"name": "x", "id": "1", "price": "1,50", "more": ""},
        {"name": "", "id": "2", "price": "2", "more": ""},
        {"name": "", "id": "3", "price": "9.5", "more": ""},
        {"name": 'a, "b"', "id": "4", "price": "", "more": ""},
        {"name": "", "id": "5", "price": "", "more": "true"},
    ]
    assert (result.rows, result.part_rows, result.replaced) == (5, [2, 1, 2], 0)
    assert any(warning.startswith("Part 2 has no 'name'") for warning in result.warnings)


def test_of_rows_with_one_key_the_last_counts(tmp_path: Path) -> None:
    result = put_together(
        tmp_path, b"a,b,v\n1,x,old\n2,x,stays\n1,y,another\n,,none\n", b"b,a,v\nx,1,new\n,,none too\n", key=("a", "b")
    )
    assert [row["v"] for row in table(tmp_path, result)] == ["stays", "another", "none", "new", "none too"]
    assert (result.rows, result.replaced) == (5, 1)


def test_numbers_here_and_words_there_are_labels_and_told(tmp_path: Path) -> None:
    result = put_together(tmp_path, b"a,b\n1,1\n2,2\n", b"a,b\nlow,3\nhigh,4\n")
    assert result.mixed == ["a"]
    assert any("'a' holds numbers in Part 1 and words in Part 2" in warning for warning in result.warnings)


def test_digits_that_every_part_keeps_as_text_stay_text(tmp_path: Path) -> None:
    codes = parquet(tmp_path, {"code": ["007", "008"], "n": [1, 2]})
    assert put_together(tmp_path, codes, codes).digit_text == [0]
    assert put_together(tmp_path, codes, b"code,n\n009,3\n").digit_text == []


def test_a_dataset_is_read_in_its_own_way(tmp_path: Path) -> None:
    (tmp_path / "part").write_bytes(b"a title\n1|2\n3|4\ntotal|\n")
    dialect = Dialect(delimiter="|", header=False, skip_rows=1, skip_footer=1)
    part = {"file": "part", "name": "Part 1", "dialect": asdict(dialect), "header": ["c0", "c1"], "digit_text": [1]}
    result = assemble(AssembleRequest([part], [], 1 << 20, 100, 10, 1), tmp_path, None)  # type: ignore[arg-type]
    assert table(tmp_path, result) == [{"c0": "1", "c1": "2"}, {"c0": "3", "c1": "4"}]
    assert result.digit_text == [1]


@pytest.mark.parametrize(
    ("parts", "limits", "reason"),
    [
        ([b"a\n1\n"], {"key": ("b",)}, "KEY_COLUMN_MISSING"),
        ([b"a,b\n1,2\n", b'a,b\n1,"2\n'], {}, "UNCLOSED_QUOTE"),
        ([b"a,b\n1,2\n" * 2, b"PAR1 and no more"], {}, "FILE_UNREADABLE"),
        ([b"a\n1\n", b"b\n1\n"], {"max_columns": 1}, "TOO_MANY_COLUMNS"),
        ([b"a\n1234567890\n"], {"max_bytes": 5}, "FILE_TOO_LARGE"),
    ],
)
def test_what_cannot_be_put_together_says_why(
    tmp_path: Path, parts: list[bytes], limits: dict[str, Any], reason: str
) -> None:
    with pytest.raises(DataError) as caught:
        put_together(tmp_path, *parts, **limits)
    assert caught.value.reason == reason
    if len(parts) > 1 and not limits:
        assert caught.value.detail.startswith("Part 2: "), "it says which part"


CELLS = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"), max_size=8)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(st.tuples(st.sampled_from("xyz"), CELLS), min_size=1, max_size=6), min_size=1, max_size=4))
def test_any_cells_come_out_as_they_went_in(
    tmp_path_factory: pytest.TempPathFactory, parts: list[list[tuple[str, str]]]
) -> None:
    folder = tmp_path_factory.mktemp("parts")
    files = []
    for part in parts:
        text = io.StringIO()
        writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n")
        writer.writerows([("key", "cell"), *part])
        files.append(text.getvalue().encode())
    said = []
    for number, file in enumerate(files):
        (folder / f"part-{number}").write_bytes(file)
        said.append({"file": f"part-{number}", "name": f"Part {number + 1}", "dialect": asdict(Dialect()),
                     "header": ["key", "cell"]})  # fmt: skip
    result = assemble(AssembleRequest(said, ["key"], 1 << 20, 1000, 10, 1), folder, None)  # type: ignore[arg-type]
    last: dict[str, str] = {}
    for key, cell in (row for part in parts for row in part):
        last.pop(key, None)
        last[key] = cell
    assert [(row["key"], row["cell"]) for row in table(folder, result)] == list(last.items())


@pytest.mark.parametrize(
    ("column", "cells"),
    [("a", ["3.0"]), ("a", ["3"] * 4), ("a", ["0", "1", "1"]), ("d", ["2024-03-01"] * 2)],
)
def test_a_few_rows_of_numbers_below_a_table_of_numbers_are_numbers(
    column: str, cells: list[str], tmp_path: Path
) -> None:
    whole = "a,d\n" + "".join(f"{n % 7}.5,2024-01-{n % 27 + 1:02}\n" for n in range(60))
    result = put_together(tmp_path, whole.encode(), (f"{column}\n" + "\n".join(cells) + "\n").encode())
    assert (result.mixed, [each for each in result.warnings if "holds" in each]) == ([], [])
