"""Each model that is not in the ensemble says why."""

from __future__ import annotations

import numpy as np

from automl._typing import Array
from automl.ensemble.left_out import LITTLE_GAIN, NO_GAIN, NO_PREDICTIONS, NO_TIME, Outcome, left_out_reasons
from automl.inference.model import Member
from automl.metrics import get_metric
from automl.models.constant import FittedConstant
from automl.search.model_library import LibraryEntry
from automl.search.trial import Trial

N = 200
RNG = np.random.default_rng(0)
Y = RNG.normal(size=N)
ERRORS = RNG.normal(size=N) / 2
RMSE = get_metric("rmse")


def entry(number: int, predictions: Array, row_ms: float = 1.0, model: str = "linear") -> LibraryEntry:
    trial = Trial(number, model, {}, "complete", RMSE.score(Y, predictions), [], 2, row_ms=row_ms)
    return LibraryEntry(trial, predictions.astype(np.float32))


def reasons(*others: LibraryEntry, hurried: frozenset[str] = frozenset(), limit_ms: float = 10.0) -> dict[str, str]:
    """Of entries beside a single member of 8 ms; of its error the opposite is a perfect partner."""
    member = entry(0, Y + ERRORS, 8.0)
    voices = [Member("linear-0", "linear", 1.0, (FittedConstant(np.zeros(())),) * 2)]
    library = sorted([member, *others], key=lambda each: each.trial.score or 0.0)
    unknown = Trial(99, "linear", {}, "complete", 0.1)
    trials = [each.trial for each in library] + [unknown, Trial(98, "linear", {}, "pruned")]
    return left_out_reasons(trials, Outcome(library, Y, hurried, voices, 8.0, limit_ms), RMSE)


def test_a_model_that_takes_too_long_says_how_long_and_what_the_limit_is() -> None:
    assert reasons(entry(1, Y, 12.0))["linear-1"] == "12 ms a row, limit 10 ms"


def test_one_that_would_be_of_use_but_for_the_others_cost_says_so() -> None:
    partner = entry(1, Y - ERRORS, 3.0)
    assert reasons(partner)["linear-1"] == "11 ms a row with the others, limit 10 ms"
    assert reasons(partner, limit_ms=float("inf"))["linear-1"] == LITTLE_GAIN


def test_one_that_adds_nothing_says_so_whatever_it_costs() -> None:
    assert reasons(entry(1, Y + 2 * ERRORS, 3.0))["linear-1"] == NO_GAIN


def test_time_and_lost_predictions_are_reasons_and_members_and_unfinished_trials_have_none() -> None:
    told = reasons(entry(1, Y - ERRORS), hurried=frozenset({"linear-1"}))
    assert told == {"linear-1": NO_TIME, "linear-99": NO_PREDICTIONS}


def test_more_than_the_rows_can_tell_apart_are_not_considered() -> None:
    better = [entry(i, Y + ERRORS * i / 20) for i in range(1, 12)]
    assert "200 rows cannot tell apart" in reasons(*better)["linear-11"]
