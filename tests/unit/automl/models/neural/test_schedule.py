from __future__ import annotations

import time

import numpy as np

from automl.models.neural.schedule import TimedSchedule, coslog4, flat_cos
from tests.unit.automl.stuttering_clock import StutteringClock


def test_the_rate_starts_and_ends_at_zero_and_peaks_four_times() -> None:
    rates = coslog4(np.linspace(0, 1, 10_001))
    assert rates[0] == 0
    assert rates[-1] < 1e-9
    peaks = (rates[1:-1] > rates[:-2]) & (rates[1:-1] >= rates[2:])
    assert peaks.sum() == 4


def test_decay_and_dropout_stay_for_half_of_the_way() -> None:
    np.testing.assert_allclose(flat_cos(np.array([0.0, 0.5, 0.75, 1.0])), [1, 1, 0.5, 0], atol=1e-12)


def test_with_time_enough_all_planned_steps_are_dealt_out_evenly() -> None:
    pace = TimedSchedule(1_000, time.monotonic() + 1e6, marks=48)
    dealt, marks = [], 0
    while not pace.is_done:
        dealt.append(pace.next_steps())
        marks += pace.passes_checkpoint()
    np.testing.assert_allclose(np.concatenate(dealt), np.arange(1_000) / 1_000, atol=1e-9)
    assert marks == 48


def test_fewer_steps_than_marks_are_scored_once_each() -> None:
    pace = TimedSchedule(5, time.monotonic() + 1e6, marks=48)
    marks = 0
    while not pace.is_done:
        assert len(pace.next_steps()) == 1
        marks += pace.passes_checkpoint()
    assert marks == 5


def test_a_deadline_long_over_ends_the_schedule_after_a_few_strides() -> None:
    pace = TimedSchedule(1_000_000, time.monotonic() - 1, marks=48)
    pace.next_steps()
    pace.next_steps()
    assert pace.is_done


def test_without_a_deadline_all_planned_steps_are_dealt_out_however_the_clock_stutters() -> None:
    with StutteringClock([1, 500, 1], stretch=3).running():
        pace, dealt = TimedSchedule(300, float("inf"), marks=48), 0
        while not pace.is_done:
            dealt += len(pace.next_steps())
            pace.passes_checkpoint()
    assert dealt == pace.steps == 300
