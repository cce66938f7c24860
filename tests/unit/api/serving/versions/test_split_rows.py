"""Rows are shared out by key, in the shares that are wanted, and put together in their order."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.serving.row_predictions import RowPredictions
from api.serving.versions.split_rows import put_together, share_out, take
from core.domain.endpoints import CHAMPION, Endpoint, Traffic
from core.domain.prediction_ids import PredictionIds
from core.errors import Conflict

ALIASES = {CHAMPION: 1, "challenger": 2, "third": 3}
SPLIT = {"challenger": 0.3, "third": 0.1}


def endpoint(sticky: str, split: dict[str, float] = SPLIT) -> Endpoint:
    return Endpoint("income", "ada", "", aliases=ALIASES, traffic=Traffic(split, sticky))  # type: ignore[arg-type]


def alias_of(row: int, shares: dict[str, object]) -> str:
    [alias] = [alias for alias, rows in shares.items() if row in rows]  # type: ignore[operator]
    return alias


@given(st.lists(st.text(min_size=1, max_size=200), min_size=1, max_size=60))
def test_every_row_has_one_version_and_a_key_always_the_same(keys: list[str]) -> None:
    ids = PredictionIds().make(len(keys))
    shares = share_out(endpoint("key"), keys, ids)
    assert sorted(row for rows in shares.values() for row in rows) == list(range(len(keys)))
    for row, key in enumerate(keys):
        assert alias_of(row, shares) == next(iter(share_out(endpoint("key"), [key], ids[:1])))
    assert next(iter(shares.values()))[0] == 0


@given(st.floats(0.02, 0.9))
def test_shares_are_what_was_wanted_by_key_and_by_request(share: float) -> None:
    n, target = 4000, {"challenger": share}
    keyed = share_out(endpoint("key", target), [f"customer {i}" for i in range(n)], PredictionIds().make(n))
    counter = iter(range(n))
    ids = PredictionIds(lambda: 1_800_000_000_000 + next(counter))
    drawn = Counter(next(iter(share_out(endpoint("request", target), None, ids.make(1)))) for _ in range(n))
    # Five standard deviations of a share: a hash that is no fair draw misses it, chance does not.
    allowed = 5 * (share * (1 - share) / n) ** 0.5
    assert abs(len(keyed.get("challenger", ())) / n - share) < allowed
    assert abs(drawn["challenger"] / n - share) < allowed


def test_a_request_without_keys_or_that_is_not_sticky_has_one_version() -> None:
    ids = PredictionIds().make(50)
    assert len(share_out(endpoint("request"), [str(i) for i in range(50)], ids)) == 1
    assert len(share_out(endpoint("key"), None, ids)) == 1


def predictions(labels: list[str], rows: list[list[float]]) -> RowPredictions:
    raw = np.array(rows)
    return RowPredictions(raw, [labels[i] for i in raw.argmax(axis=1)], labels, [], {})


def test_answers_come_in_the_order_of_the_rows() -> None:
    columns = {"size": [1, 2, 3], "colour": ["red", "green", "blue"]}
    assert take(columns, [2, 0]) == {"size": [3, 1], "colour": ["blue", "red"]}
    first = predictions(["no", "yes"], [[0.9, 0.1], [0.2, 0.8]])
    second = predictions(["yes", "perhaps"], [[0.4, 0.6]])
    joined = put_together([([0, 2], first), ([1], second)], 3)
    assert joined.labels == ["no", "yes", "perhaps"]
    assert joined.predictions == ["no", "perhaps", "yes"]
    np.testing.assert_allclose(joined.raw, [[0.9, 0.1, 0], [0, 0.4, 0.6], [0.2, 0.8, 0]])


def test_numbers_and_times_are_joined_too() -> None:
    first = RowPredictions(np.array([1.0]), [1.0], [], [], {"target_unit": "s", "formatted": ["0:01"]})
    second = RowPredictions(
        np.array([2.0, 3.0]), [2.0, 3.0], [], [], {"target_unit": "s", "formatted": ["0:02", "0:03"]}
    )
    joined = put_together([([1], first), ([0, 2], second)], 3)
    assert joined.predictions == [2.0, 1.0, 3.0]
    assert joined.further == {"target_unit": "s", "formatted": ["0:02", "0:01", "0:03"]}
    plain = RowPredictions(np.array([2.0]), [2.0], [], [], {})
    assert put_together([([0], first), ([1], plain)], 2).further == {"target_unit": "s"}


def test_labels_and_numbers_do_not_go_into_one_answer() -> None:
    labels, numbers = predictions(["a", "b"], [[0.5, 0.5]]), RowPredictions(np.array([1.0]), [1.0], [], [], {})
    with pytest.raises(Conflict, match="VERSIONS_DIFFER"):
        put_together([([0], labels), ([1], numbers)], 2)
