"""Ids of runs are jobs' ids in another spelling."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.mlflow.run_ids import parse_run_id, run_id_of
from core.domain.ids import new_id


@given(trial=st.none() | st.integers(0, 10**9))
def test_job_and_trial_can_be_read_again(trial: int | None) -> None:
    job_id = new_id()
    run_id = run_id_of(job_id, trial)
    assert re.fullmatch(r"[0-9a-f]{32}", run_id)
    assert parse_run_id(run_id) == (job_id, trial)


@pytest.mark.parametrize("text", ["", "0", "g" * 32, "A" * 32, "0" * 33, "٠" * 32])
def test_what_is_no_id(text: str) -> None:
    assert parse_run_id(text) is None


@given(st.binary(min_size=16, max_size=16))
def test_every_id_is_of_one_run_at_most(raw: bytes) -> None:
    parsed = parse_run_id(raw.hex())
    assert parsed is not None
    assert run_id_of(*parsed) == raw.hex()
