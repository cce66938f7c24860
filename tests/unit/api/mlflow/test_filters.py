"""What MLflow's searches may say, and what is refused by its name."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.mlflow.filters import Fields, Searchable, parse_filter, parse_order, sort_by
from core.strict_json import Malformed

RUNS = Searchable(
    frozenset({"status", "run_name"}), frozenset({"start_time"}), frozenset({"metrics", "params", "tags"})
)
RUN = {
    "metrics": {"auc": 0.9, "val loss": 0.1},
    "params": {"model": "lightgbm", "depth": "3"},
    "tags": {"mlflow.runName": "first"},
    "attributes": {"status": "FINISHED", "run_name": "first", "start_time": 1000},
}


def fields(item: dict[str, Any]) -> Fields:
    return lambda kind: item[kind]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", True),
        ("metrics.auc > 0.8", True),
        ("metrics.auc>=0.9 AND metrics.auc <= .9", True),
        ("metric.auc > 9e-1", False),
        ("metrics.`val loss` < 1", True),
        ('metrics."val loss" < 0', False),
        ("params.model = 'lightgbm' and tags.mlflow.runName = 'first'", True),
        ("params.model != 'lightgbm'", False),
        ("params.missing != 'x'", False),
        ("metrics.missing < 1", False),
        ("attributes.status = 'FINISHED'", True),
        ('attribute.status = "FAILED"', False),
        ("status = 'FINISHED' and start_time > 999", True),
        ("tags.mlflow.runName = 'a and b'", False),
    ],
)
def test_filters(text: str, expected: bool) -> None:
    assert all(comparison.holds(fields(RUN)) for comparison in parse_filter(text, RUNS)) is expected


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("metrics.auc > 0.8 or metrics.auc < 0.1", "or metrics.auc"),
        ("params.model LIKE 'l%'", "LIKE"),
        ("attributes.run_id IN ('a')", "IN"),
        ("nonsense", "nonsense"),
        ("metrics.auc > '0.8'", "auc"),
        ("params.depth > '2'", "depth"),
        ("params.depth = 3", "depth"),
        ("dataset.name = 'x'", "dataset"),
        ("attributes.flavour = 'x'", "flavour"),
        ("status = 'FINISHED' and", "nothing after"),
        ("trace.x = 'y'", "trace"),
    ],
)
def test_what_is_not_understood_is_named(text: str, named: str) -> None:
    with pytest.raises(Malformed) as refusal:
        parse_filter(text, RUNS)
    assert refusal.value.reason == "INVALID_PARAMETER_VALUE"
    assert named in refusal.value.detail


@given(st.text(max_size=60))
def test_no_filter_is_a_fault(text: str) -> None:
    with suppress(Malformed):
        parse_filter(text, RUNS)
    with suppress(Malformed):
        parse_order([text], RUNS)


def test_order_is_stable_and_leaves_what_has_no_value_for_the_end() -> None:
    items = [
        {**RUN, "metrics": metrics, "attributes": {"run_name": name}}
        for name, metrics in (("a", {"auc": 0.5}), ("b", {}), ("c", {"auc": 0.9}), ("d", {"auc": 0.5}))
    ]
    for clause, expected in (("metrics.auc DESC", "cadb"), ("metrics.auc", "adcb"), ("metrics.auc asc", "adcb")):
        found = list(items)
        sort_by(found, parse_order([clause], RUNS), fields)
        assert "".join(item["attributes"]["run_name"] for item in found) == expected


@pytest.mark.parametrize("clause", ["metrics.auc down", "auc DESC", "", "metrics.auc DESC, start_time"])
def test_orders_that_are_not_understood(clause: str) -> None:
    with pytest.raises(Malformed, match="order_by"):
        parse_order([clause], RUNS)
