"""Tables through a model, however they are cut."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from automl import AutoML, Model
from automl.errors import DataError
from automl.inference.predict_csv import BATCH_ROWS, predict_csv
from csvfile.dialect import Dialect
from csvfile.lines import MAX_LINE_CHARACTERS
from csvfile.rows import MAX_FIELD_CHARACTERS


@pytest.fixture(scope="module")
def model() -> Model:
    rng = np.random.default_rng(0)
    x = rng.normal(size=200)
    frame = pd.DataFrame({"x": x.round(3).astype(str), "y": np.where(x > 0, "yes", "no")})
    return AutoML(time_budget=2, models=["linear"]).fit(frame, "y").model_


def run(model: Model, *chunks: bytes, **dialect: object) -> list[list[str]]:
    text = b"".join(predict_csv(model, chunks, Dialect(**dialect))).decode()  # type: ignore[arg-type]
    return list(csv.reader(io.StringIO(text), delimiter=str(dialect.get("delimiter", ","))))


TABLE = 'x,"no\r\nte"\r\n2,"a,b"\r\n-2,"é ""q"""\r\n\r\n,\r\n'.encode()


@given(st.lists(st.integers(0, len(TABLE)), max_size=6))
def test_cut_anywhere(model: Model, cuts: list[int]) -> None:
    edges = sorted({0, *cuts, len(TABLE)})
    pieces = [TABLE[a:b] for a, b in pairwise(edges)]
    rows = run(model, *pieces)
    assert rows == run(model, TABLE)
    assert rows[0] == ["x", "no\r\nte", "prediction", "probability_no", "probability_yes", "prediction_warnings"]
    assert [row[:3] for row in rows[1:3]] == [["2", "a,b", "yes"], ["-2", 'é "q"', "no"]]


def test_a_lone_carriage_return_stays_in_its_cell(model: Model) -> None:
    rows = run(model, b'x,"n\ro"\n2,"a\rb"\n-2,c\n')
    assert [row[:3] for row in rows] == [["x", "n\ro", "prediction"], ["2", "a\rb", "yes"], ["-2", "c", "no"]]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_encodings(model: Model, encoding: str) -> None:
    given = encoding.removesuffix("-sig")
    assert run(model, "x;é\r2;ü\r".encode(encoding), encoding=given, delimiter=";")[1][:3] == ["2", "ü", "yes"]


def test_without_a_header_columns_are_numbered() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=100)
    frame = pd.DataFrame({"c0": x.round(3).astype(str), "c1": (3 * x).round(3).astype(str)})
    regression = AutoML(time_budget=2, models=["linear"]).fit(frame, "c1").model_
    rows = run(regression, b"1\n2\n", header=False)
    assert rows[0] == ["c0", "prediction", "prediction_warnings"]
    assert [float(row[1]) for row in rows[1:]] == regression.predict({"c0": ["1", "2"]}).tolist()


def test_taken_names_short_rows_and_unused_columns(model: Model) -> None:
    rows = run(model, b"prediction,x,,x\nold,2\n")
    assert rows[0][:5] == ["prediction", "x", "column_3", "x.1", "prediction.1"]
    assert rows[1][:5] == ["old", "2", "", "", "yes"]


def test_memory_is_bounded_by_the_batch(model: Model) -> None:
    taken = 0

    def chunks() -> Iterator[bytes]:
        nonlocal taken
        yield b"x\n"
        while True:  # no end: only what is asked for is read
            taken += 1
            yield b"1.5\n" * 1000

    answer = predict_csv(model, chunks())
    for _ in range(3):
        next(answer)
    assert taken <= 3 * BATCH_ROWS // 1000 + 20


@pytest.mark.parametrize(
    ("data", "reason", "line"),
    [
        (b"", "EMPTY_FILE", None),
        (b"z\n1\n", "MISSING_FEATURE", None),
        (b"x\n1\n1,2\n", "ROW_TOO_LONG", 3),
        (b"x\n1\n\0\n", "NUL_BYTE", 3),
        (b'x\n"1\n2\n', "UNCLOSED_QUOTE", 2),
        (b'x\n"1"2\n', "BAD_QUOTE", 2),
        (b"x\n\xff\n", "BAD_ENCODING", 1),
        (b"x\n" + b"1" * (MAX_FIELD_CHARACTERS + 1), "FIELD_TOO_LARGE", 2),
        (b"x\n" + b"," * MAX_LINE_CHARACTERS, "LINE_TOO_LONG", 2),
    ],
)
def test_refusals(model: Model, data: bytes, reason: str, line: int | None) -> None:
    with pytest.raises(DataError) as caught:
        run(model, data)
    assert (caught.value.reason, caught.value.line) == (reason, line)
