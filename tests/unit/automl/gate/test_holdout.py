"""Rows that are held out: the same ones of each table of a kind, what belongs together on one side, few enough."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from automl.gate.draw_holdout import MAX_ROWS, Roles, draw_holdout
from automl.gate.holdout import Holdout

ROLES = Roles("y")


def continuous(n: int, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {"a": rng.normal(size=n).round(6), "b": rng.normal(size=n).round(6), "y": rng.choice(["u", "v"], n)}
    ).astype(str)


def held_out(frame: pd.DataFrame, roles: Roles = ROLES, share: float = 0.2, **more: Any) -> np.ndarray:
    found = draw_holdout(frame, roles, "salt", share, **more).find(frame)
    assert found is not None
    return found


def rows_of(frame: pd.DataFrame, mask: np.ndarray) -> set[tuple[str, ...]]:
    return set(frame[mask].itertuples(index=False, name=None))


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1000), st.integers(0, 300), st.floats(0.1, 0.4))
def test_the_same_rows_are_held_out_in_any_order_and_when_others_come(seed: int, more: int, share: float) -> None:
    before = continuous(300, seed)
    after = pd.concat([before, continuous(more, seed + 5000)]).sample(frac=1, random_state=seed)
    held, later = rows_of(before, held_out(before, share=share)), rows_of(after, held_out(after, share=share))
    assert held == later & rows_of(before, np.ones(300, dtype=bool))


def test_as_many_are_held_out_as_were_asked_for() -> None:
    found = draw_holdout(continuous(5000), ROLES, "salt", 0.2)
    assert found.by == "rows"
    assert found.rows == pytest.approx(1000, abs=120)
    assert found.total == 5000


def test_another_salt_holds_out_other_rows() -> None:
    frame = continuous(1000)
    other = draw_holdout(frame, ROLES, "another", 0.2).find(frame)
    assert other is not None
    assert (other & held_out(frame)).sum() < 80


def test_of_a_large_table_fewer_are_held_out_and_they_are_among_those_of_a_small_one() -> None:
    large = continuous(MAX_ROWS * 8)
    small = large.iloc[: MAX_ROWS * 2]
    held = held_out(large)
    assert held.sum() == pytest.approx(MAX_ROWS, rel=0.05)
    assert rows_of(large.iloc[: MAX_ROWS * 2], held[: MAX_ROWS * 2]) < rows_of(small, held_out(small))


@pytest.mark.parametrize("with_id", [False, True])
def test_copies_of_a_row_are_on_one_side(with_id: bool) -> None:
    frame = pd.concat([continuous(300)] * 2, ignore_index=True)
    if with_id:
        frame["id"] = [f"u{i:06d}" for i in range(600)]
    found = draw_holdout(frame, ROLES, "salt", 0.2)
    assert found.by == "copies"
    held = found.find(frame)
    assert held is not None
    assert (held[:300] == held[300:]).all()
    assert 60 < held.sum() < 180


def test_rows_that_are_alike_by_chance_are_dealt_out_one_by_one() -> None:
    """Else whole combinations would be unknown to the model, or known with one of their answers only."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.choice(["yes", "no"], (4000, 2)), columns=list("ab"))
    frame["y"] = np.where(rng.random(4000) < 0.3, "u", "v")
    found = draw_holdout(frame, ROLES, "salt", 0.2)
    assert found.by == "rows"
    held = found.find(frame)
    assert held is not None
    for _, part in frame.assign(held=held).groupby(["a", "b", "y"]):
        assert part["held"].mean() == pytest.approx(0.2, abs=0.08)


def test_a_group_is_on_one_side_whatever_else_changes() -> None:
    frame = continuous(600).assign(patient=[f"p{i // 6}" for i in range(600)])
    roles = Roles("y", group_column="patient")
    held = held_out(frame, roles)
    assert frame.assign(held=held).groupby("patient")["held"].nunique().max() == 1
    changed = frame.assign(a="0", y="u")
    np.testing.assert_array_equal(held_out(changed, roles), held)


def test_rows_of_a_key_are_on_one_side() -> None:
    frame = continuous(600).assign(shop=[i % 20 for i in range(600)], till=[i % 7 for i in range(600)])
    held = held_out(frame, Roles("y", keys=("shop", "till")))
    assert frame.assign(held=held).groupby(["shop", "till"])["held"].nunique().max() == 1
    assert 60 < held.sum() < 200


def test_the_newest_rows_are_held_out_where_validation_goes_by_time() -> None:
    days = pd.date_range("2024-01-01", periods=50).strftime("%d.%m.%Y")
    frame = continuous(500).assign(day=[days[i // 10] for i in range(500)])
    frame.loc[3, "day"] = None
    frame = frame.sample(frac=1, random_state=0)
    held = held_out(frame, Roles("y", time_column="day", group_column="a"))
    newest = set(days[-10:])
    assert set(frame["day"][held]) == newest
    assert not set(frame["day"][~held]) & newest


def test_what_is_newer_than_all_of_a_training_is_held_out_of_it_too() -> None:
    frame = continuous(200).assign(at=np.arange(200))
    found = draw_holdout(frame, Roles("y", time_column="at"), "salt", 0.25)
    later = continuous(50, 1).assign(at=np.arange(180, 230))
    held = found.find(later)
    assert held is not None
    assert held.all()
    assert found.find(frame.assign(at="noon")) is None


def test_it_is_told_by_what_was_written_down() -> None:
    for roles in (ROLES, Roles("y", group_column="a"), Roles("y", time_column="a")):
        frame = continuous(300)
        found = draw_holdout(frame, roles, "salt", 0.3)
        again = Holdout.from_json(json.loads(json.dumps(found.to_json())))
        assert again == found
        np.testing.assert_array_equal(again.find(frame), found.find(frame))


def test_no_label_is_held_out_altogether() -> None:
    frame = continuous(1000)
    mask = held_out(frame)
    frame.loc[np.flatnonzero(mask)[:2], "y"] = "rare"
    found = draw_holdout(frame, ROLES, "salt", 0.2)
    held = found.find(frame)
    assert held is not None
    assert "rare" in set(frame["y"][~held])
    if found.kept:
        assert "rare" not in set(frame["y"][held])


def test_nothing_is_held_out_where_one_group_has_nearly_all_rows() -> None:
    for big in range(20):
        frame = continuous(300).assign(g=["big"] * 280 + [f"g{i}" for i in range(20)])
        found = draw_holdout(frame, Roles("y", group_column="g"), f"salt{big}", 0.2)
        held = found.find(frame)
        assert held is None or held.sum() <= 150
        assert found.rows or found.why


def test_nothing_is_held_out_of_a_few_rows() -> None:
    found = draw_holdout(continuous(30), ROLES, "salt", 0.2)
    assert found.rows == 0
    assert "too few" in found.why
    assert found.find(continuous(30)) is None


def test_a_table_without_its_columns_tells_nothing() -> None:
    assert draw_holdout(continuous(300), ROLES, "salt", 0.2).find(continuous(300)[["a", "y"]]) is None


def test_the_columns_of_the_training_before_decide_where_they_still_are() -> None:
    frame = continuous(500)
    held = held_out(frame)
    wider = frame.assign(c=np.random.default_rng(5).normal(size=500))
    np.testing.assert_array_equal(held_out(wider, columns=["a", "b"]), held)
    assert (held_out(wider) != held).any()
    assert held_out(wider, columns=["a", "gone"]).any()


@settings(max_examples=50, deadline=None)
@given(st.data())
def test_any_table_is_cut_in_two(data: st.DataObject) -> None:
    cell = st.one_of(st.none(), st.sampled_from(["", "1", "2.5", "x", "NA", "2024-01-01", "ü", "1e400"]))
    n = data.draw(st.integers(0, 60))
    frame = pd.DataFrame(
        {name: pd.Series([data.draw(cell) for _ in range(n)], dtype="str") for name in ("a", "b", "y")}
    )
    roles = data.draw(
        st.sampled_from([ROLES, Roles("y", group_column="a"), Roles("y", time_column="a"), Roles("y", keys=("a", "b"))])
    )
    found = draw_holdout(frame, roles, "salt", data.draw(st.floats(0, 0.9)))
    held = found.find(frame)
    if held is None:
        assert found.why
    else:
        assert held.shape == (n,)
        assert 0 < held.sum() == found.rows < n
