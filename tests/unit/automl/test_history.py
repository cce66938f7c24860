from __future__ import annotations

import numpy as np
import optuna
from optuna.distributions import FloatDistribution, IntDistribution

from automl.history import parameter_importance, study_of
from automl.trial import Trial

SPACE = {"rate": FloatDistribution(1e-3, 1, log=True), "depth": IntDistribution(1, 9)}
RNG = np.random.default_rng(0)
DRAWN = [(float(10 ** RNG.uniform(-3, 0)), int(RNG.integers(1, 10))) for _ in range(40)]
TRIALS = [
    Trial(i, "trees", {"rate": rate, "depth": depth}, "complete", score=1 - (np.log10(rate) + 1) ** 2 / 4)
    for i, (rate, depth) in enumerate(DRAWN)
]


def test_a_study_for_optunas_own_tools() -> None:
    others = [
        Trial(90, "linear", {"l2": 1.0}, "complete", score=2.0),
        Trial(91, "trees", {"rate": 0.1, "depth": 3}, "failed"),
        Trial(92, "trees", {"rate": 5.0, "depth": 3}, "complete", score=9.0),
    ]
    study = study_of([*TRIALS, *others], "trees", SPACE, greater_is_better=True)
    assert len(study.trials) == 40, "those of other families, failed ones and those outside the space stay away"
    assert study.best_value == max(trial.score or 0.0 for trial in TRIALS)
    assert study.direction == optuna.study.StudyDirection.MAXIMIZE


def test_the_parameter_that_matters_comes_first() -> None:
    found = parameter_importance(TRIALS, "trees", SPACE, greater_is_better=True)
    assert list(found) == ["rate", "depth"]
    assert found["rate"] > 0.7


def test_a_few_trials_tell_nothing() -> None:
    assert parameter_importance(TRIALS[:5], "trees", SPACE, greater_is_better=True) == {}
