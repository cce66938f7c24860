"""Rows that a child holds out of a training: as the job says, told in the log and written down."""

from __future__ import annotations

import numpy as np
import pandas as pd

from worker.child.holdout import hold_out

SPEC = {"target": "y", "exclude_columns": []}


def table(n: int = 500) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    return pd.DataFrame({"x": rng.normal(size=n).round(6), "y": rng.choice(["u", "v"], n)}).astype(str)


def test_a_job_that_says_nothing_of_it_trains_on_all_rows() -> None:
    frame, holdout = hold_out(table(), SPEC, {}, print)
    assert len(frame) == 500
    assert holdout is None


def test_rows_are_held_out_and_that_is_told() -> None:
    said: list[str] = []
    frame, holdout = hold_out(table(), {**SPEC, "holdout": {"salt": "p1", "share": 0.2, "keys": []}}, {}, said.append)
    assert holdout is not None
    assert 60 < holdout.rows < 140
    assert len(frame) == 500 - holdout.rows
    assert f"{holdout.rows} of 500 rows are held out" in said[0]
    held = holdout.find(table())
    assert held is not None
    assert set(frame.index) == set(np.flatnonzero(~held))


def test_too_few_rows_are_all_trained_on_and_that_is_told() -> None:
    said: list[str] = []
    frame, holdout = hold_out(table(20), {**SPEC, "holdout": {"salt": "p1", "share": 0.2}}, {}, said.append)
    assert len(frame) == 20
    assert holdout is not None
    assert "too few rows" in said[0]
