"""Ids of predictions sort in the order in which they were made, and no two are alike."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.prediction_ids import PredictionIds, is_prediction_id, predicted_at

MS = 1_800_000_000_000


@given(st.lists(st.tuples(st.integers(0, (1 << 47) - 1), st.integers(1, 50)), min_size=1, max_size=20))
def test_ids_sort_as_they_were_made_whatever_the_clock_does(steps: list[tuple[int, int]]) -> None:
    clock = [0]
    ids = PredictionIds(lambda: clock[0])
    made = []
    for clock[0], n in steps:
        made += ids.make(n)
    assert made == sorted(set(made))
    assert all(is_prediction_id(id) for id in made)


def test_a_millisecond_has_room_for_more_ids_than_a_count_has_numbers() -> None:
    ids = PredictionIds(lambda: MS)
    ids.make(1)
    ids._count = (1 << 24) - 2
    made = [*ids.make(4), *ids.make(1)]
    assert made == sorted(set(made))


def test_an_id_says_when_it_was_made() -> None:
    [id] = PredictionIds(lambda: MS + 7).make(1)
    assert predicted_at(id) == "2027-01-15T08:00:00.007Z"
    assert len(id) == 20


@pytest.mark.parametrize("text", ["", "x" * 20, "0" * 19, "0" * 21, "0" * 19 + "1", "0" * 19 + "G", "é" + "0" * 19])
def test_other_text_is_no_id(text: str) -> None:
    assert not is_prediction_id(text)
    with pytest.raises(ValueError, match="no id"):
        predicted_at(text)


def test_threads_and_processes_make_different_ones() -> None:
    ids, others = PredictionIds(lambda: MS), PredictionIds(lambda: MS)
    with ThreadPoolExecutor(8) as pool:
        made = [id for batch in pool.map(ids.make, [100] * 50) for id in batch]
    made += others.make(5000)
    made += islice(ids.stream(), 100)
    assert len(set(made)) == 10_100
