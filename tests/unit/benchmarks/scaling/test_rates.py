"""What is counted of a search's trials."""

from __future__ import annotations

import pytest

from benchmarks.scaling.rates import SCENARIOS, Rate, rate_of, table
from core.domain.trainings import TrialRow


def trial(number: int, member: str, at_s: int, state: str = "complete", model: str = "steady") -> TrialRow:
    started = f"2026-01-01T00:00:{at_s:02d}.000+00:00"
    return TrialRow(number, 1, model, state, started, 0.5, 1.5, {}, {"predict_s": 0.5}, None, member)


def test_a_rate_is_that_of_all_workers_between_their_first_trial_and_their_last() -> None:
    trials = [
        trial(0, "", 0, model="constant"),
        trial(1, "", 1), trial(2, "", 5), trial(3, "", 9),
        trial(4, "helper", 3), trial(5, "helper", 7), trial(6, "helper", 11, "stopped"),
        trial(7, "late", 12),
    ]  # fmt: skip
    rate = rate_of(trials)
    assert rate.trials_an_hour == pytest.approx(2 * 3600 / 4)
    assert rate.outside == pytest.approx(0.5)


def test_each_scene_is_compared_with_one_worker_of_its_kind() -> None:
    assert all(SCENARIOS[scene.baseline].workers == 1 for scene in SCENARIOS.values())
    text = table({"real-1": [Rate(100.0, 0.01)], "real-2": [Rate(180.0, 0.02), Rate(190.0, 0.03), Rate(200.0, 0.04)]})
    assert "| 2 | fits LightGBM | 190 (180-200) | 1.90 | 3.0 % |" in text
