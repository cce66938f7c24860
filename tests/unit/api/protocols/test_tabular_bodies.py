"""Rows of JSON in all the forms that MLflow's clients and TF Serving's send."""

from __future__ import annotations

import tracemalloc
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.http.bodies.instances import MAX_INSTANCES
from api.protocols.tabular_bodies import columns_of_body, read_params
from core.strict_json import Malformed

NAMES = ["size", "colour"]
TABLE = ({"size": [1, 2], "colour": ["red", None]}, 2)


@pytest.mark.parametrize(
    "document",
    [
        {"dataframe_split": {"columns": ["size", "colour"], "data": [[1, "red"], [2, None]]}},
        {"dataframe_split": {"index": [7, 8], "columns": ["size", "colour"], "data": [[1, "red"], [2, None]]}},
        {"dataframe_records": [{"size": 1, "colour": "red"}, {"size": 2}]},
        {"instances": [{"size": 1, "colour": "red"}, {"size": 2, "colour": None}]},
        {"instances": [[1, "red"], [2, None]]},
        {"instances": {"size": [1, 2], "colour": ["red", None]}},
        {"inputs": {"size": [1, 2], "colour": ["red", None]}},
        {"inputs": [{"size": 1, "colour": "red"}, {"size": 2}]},
        {"inputs": [[1, "red"], [2, None]], "params": {"probabilities": True}, "instances": None},
    ],
)
def test_every_form_is_the_same_table(document: dict[str, Any]) -> None:
    assert columns_of_body(document, NAMES) == TABLE


def test_an_object_of_plain_values_is_one_row() -> None:
    assert columns_of_body({"inputs": {"size": 1, "colour": "red"}}, NAMES) == ({"size": [1], "colour": ["red"]}, 1)


@pytest.mark.parametrize(
    ("document", "field"),
    [
        ([], "body"),
        ({}, "body"),
        ({"instances": [{}], "inputs": [{}]}, "body"),
        ({"instances": []}, "instances"),
        ({"instances": "x"}, "instances"),
        ({"instances": [1, 2]}, "instances.0"),
        ({"instances": [{"size": 1}, [1, 2]]}, "instances.1"),
        ({"instances": [[1, 2], {"size": 1}]}, "instances.1"),
        ({"instances": [[1, 2, 3]]}, "instances.0"),
        ({"instances": [{"size": [1]}]}, "instances.0.size"),
        ({"instances": [[1, {}]]}, "instances.0.colour"),
        ({"inputs": {}}, "inputs"),
        ({"inputs": {"size": []}}, "inputs"),
        ({"inputs": {"size": [1], "colour": "red"}}, "inputs.colour"),
        ({"inputs": {"size": [1], "colour": ["red", "red"]}}, "inputs.colour"),
        ({"dataframe_split": []}, "dataframe_split"),
        ({"dataframe_split": {"data": [[1]]}}, "dataframe_split.columns"),
        ({"dataframe_split": {"columns": ["a", "a"], "data": [[1, 2]]}}, "dataframe_split.columns"),
        ({"dataframe_split": {"columns": [1], "data": [[1]]}}, "dataframe_split.columns"),
        ({"dataframe_split": {"columns": ["a"], "data": [[1], [1, 2]]}}, "dataframe_split.data.1"),
        ({"dataframe_split": {"columns": ["a"], "data": []}}, "dataframe_split"),
        ({"instances": [{}] * (MAX_INSTANCES + 1)}, "instances"),
    ],
)
def test_rows_that_cannot_be_read(document: Any, field: str) -> None:
    with pytest.raises(Malformed) as caught:
        columns_of_body(document, NAMES)
    assert (caught.value.reason, caught.value.errors[0]["field"]) == ("BAD_ROWS", field)


def test_columns_that_nobody_reads_are_not_made() -> None:
    rows: list[dict[str, Any]] = [{f"c{i}": 1} for i in range(MAX_INSTANCES)]  # 100 million cells, were they all made
    rows[1]["size"] = 2
    tracemalloc.start()
    columns, n = columns_of_body({"instances": rows}, NAMES)
    read = columns["size"][:3]
    peak_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (n, len(columns), read) == (MAX_INSTANCES, MAX_INSTANCES + 1, [None, 2, None])
    assert peak_bytes < 50 * MAX_INSTANCES * len(NAMES) * 10
    with pytest.raises(KeyError):
        columns["colour"]


cells = st.none() | st.booleans() | st.integers() | st.text(max_size=5)
anything = st.recursive(cells, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner))


@given(st.dictionaries(st.sampled_from(["dataframe_split", "dataframe_records", "instances", "inputs"]), anything))
def test_whatever_is_sent_is_a_table_or_refused(document: dict[str, Any]) -> None:
    try:
        columns, n = columns_of_body(document, NAMES)
    except Malformed as error:
        assert error.reason == "BAD_ROWS"  # noqa: PT017 (either is fine, but no other error)
    else:
        assert {len(values) for values in columns.values()} <= {n}


def test_params_are_known_or_refused() -> None:
    known: dict[str, type] = {"probabilities": bool, "key": str}
    assert read_params({"params": {"probabilities": True}}, known) == {"probabilities": True}
    assert read_params({"params": None}, known) == {}
    for params in ([], {"temperature": 1}, {"probabilities": 1}, {"key": True}):
        with pytest.raises(Malformed):
            read_params({"params": params}, known)
