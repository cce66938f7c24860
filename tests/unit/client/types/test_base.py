"""Records out of JSON."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nobrains_client import Dataset, Job, Model, UnexpectedResponse
from nobrains_client.types.base import Record

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)
FIELDS = [
    "id",
    "name",
    "state",
    "rows",
    "columns",
    "error",
    "created_at",
    "progress",
    "scores",
    "features",
    "classes",
]


def test_unknown_fields_are_kept_raw_and_absent_or_null_ones_take_the_default() -> None:
    dataset = Dataset.from_json({"id": "d", "columns": None, "created_at": "2026-11-20T10:00:00Z", "new": 1})
    assert dataset == Dataset("d", created_at=datetime(2026, 11, 20, 10, tzinfo=UTC))
    assert dataset.raw["new"] == 1


def test_records_within_records() -> None:
    job = Job.from_json({"id": "j", "progress": {"elapsed_s": 3, "best_score": 0.5}, "error": {"detail": "x"}})
    assert (job.progress.elapsed_s, job.progress.trials_done) == (3.0, 0)
    assert job.error is not None
    assert job.error.detail == "x"


@pytest.mark.parametrize(
    "data", [None, [], "text", {}, {"id": "d", "created_at": "yesterday"}, {"id": "d", "columns": 5}]
)
def test_what_makes_no_sense_is_an_unexpected_answer(data: Any) -> None:
    with pytest.raises(UnexpectedResponse):
        Dataset.from_json(data)


@given(st.sampled_from([Dataset, Job, Model]), st.dictionaries(st.sampled_from(FIELDS), json_values))
def test_wild_answers_are_records_or_an_unexpected_answer(kind: type[Record], data: dict[str, Any]) -> None:
    try:
        record = kind.from_json(data)
    except UnexpectedResponse:
        return
    assert record.raw is data
