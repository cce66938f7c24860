"""Fits on machines that stutter: no fold that was cut short makes a score or an answer worse than a member's own."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from automl import AutoML, Trial
from tests.unit.automl.stuttering_clock import StutteringClock

BUDGET_S = 6.0
DEVIATIONS = 3.0
Slowness = list[float]
slowness = st.lists(st.sampled_from([1.0, 1.0, 1.0, 2.0, 6.0, 25.0]), min_size=1, max_size=8)


def table(n: int, seed: int) -> pd.DataFrame:
    """A target with so little noise that a model cut off in the middle is far worse than a whole one."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 5))
    frame = pd.DataFrame(x.round(3), columns=list("abcde"))
    frame["y"] = (10 * np.sin(2 * x[:, 0]) + 5 * x[:, 1] * x[:, 2] + 3 * x[:, 3] + rng.normal(size=n)).round(3)
    return frame


TRAIN, TEST = table(2_400, 0), table(2_000, 1)


# A look at the clock is a third of a round of boosting, or half of ten trees.
LOOKS = {"lightgbm": (300, 0.004), "random_forest": (10, 0.02), "linear": (10, 0.02)}


def fitted(slowness: Slowness, family: str) -> AutoML:
    """A fit of six virtual seconds, in which trials are fitted on two folds of six."""
    with StutteringClock(slowness, *LOOKS[family]).running():
        return AutoML(time_budget=BUDGET_S, models=[family], n_jobs=1).fit(TRAIN, "y")


def worst_own_fold(engine: AutoML) -> float:
    """Return the greatest error of any fold of any member, as the search scored it."""
    names = {entry["name"] for entry in engine.leaderboard_ if entry["weight"]}
    return max(max(trial.fold_scores) for trial in engine.history_ if trial.name in names)


@pytest.mark.parametrize("family", ["lightgbm", "random_forest"])
@settings(max_examples=6, deadline=None)
@example([1.0, 1.0, 6.0, 6.0])
@example([1.0, 1.0, 1.0, 1.0, 1.0, 25.0])
@given(slowness)
def test_no_score_is_worse_than_what_members_reach_on_their_own_folds(family: str, slowness: Slowness) -> None:
    engine = fitted(slowness, family)
    reported, own = engine.reported_score_, worst_own_fold(engine)
    error = reported["standard_error"]
    assert reported["mean"] <= own + DEVIATIONS * error
    wrong = np.square(engine.predict(TEST) - TEST["y"])
    held_out, spread = np.sqrt(wrong.mean()), wrong.std() / np.sqrt(len(TEST)) / np.sqrt(wrong.mean()) / 2
    assert held_out <= reported["mean"] + DEVIATIONS * np.hypot(error, spread)


@pytest.mark.parametrize("family", ["lightgbm", "linear"])
def test_the_same_clock_gives_the_same_model(family: str) -> None:
    one, other = (fitted([1.0, 4.0, 1.0, 9.0], family) for _ in range(2))
    assert one.reported_score_ == other.reported_score_
    np.testing.assert_array_equal(one.predict(TEST), other.predict(TEST))


def test_a_trial_says_how_many_of_its_folds_were_cut_short() -> None:
    def cut_short(trials: list[Trial]) -> list[Trial]:
        return [trial for trial in trials if trial.truncated_folds]

    assert not cut_short(fitted([0.1], "lightgbm").history_)
    hurried = cut_short(fitted([1.0], "lightgbm").history_)
    assert hurried
    assert all("early" in trial.reason for trial in hurried if trial.state == "complete")
