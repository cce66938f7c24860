from __future__ import annotations

import json

import numpy as np
import optuna
import pytest
from optuna.distributions import FloatDistribution, IntDistribution

from automl.errors import SpecError
from automl.report.optuna_plots import optuna_plots
from automl.search.studies import parameter_importance, space_to_json, studies_of, study_of
from automl.search.trial import Trial

SPACE = {"rate": FloatDistribution(1e-3, 1, log=True), "depth": IntDistribution(1, 9)}
RNG = np.random.default_rng(0)
DRAWN = [(float(10 ** RNG.uniform(-3, 0)), int(RNG.integers(1, 10))) for _ in range(40)]
TRIALS = [
    Trial(i, "trees", {"rate": rate, "depth": depth}, "complete", score=1 - (np.log10(rate) + 1) ** 2 / 4)
    for i, (rate, depth) in enumerate(DRAWN)
]
REVIEW = {
    "greater_is_better": True,
    "trials": [trial.to_json() for trial in TRIALS] + [Trial(90, "linear", {}, "complete", score=2.0).to_json()],
    "spaces": {"linear": {}, "trees": space_to_json(SPACE), "forest": {}},
}


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


def test_a_review_gives_the_studies_back() -> None:
    studies = studies_of(json.loads(json.dumps(REVIEW)))
    assert [(study.study_name, len(study.trials)) for study in studies] == [("linear", 1), ("trees", 40)]
    assert [trial.params for trial in studies[1].trials] == [trial.params for trial in TRIALS]
    assert studies[1].trials[0].distributions == SPACE
    assert studies_of({"trials": [{"number": 0, "model": "trees", "state": "complete"}]}) == []


def test_optunas_own_plots_in_one_page_that_opens_offline() -> None:
    page = optuna_plots(REVIEW, metric="auc", title="<b>search</b>")
    assert "&lt;b&gt;search" in page
    assert not [line for line in page.splitlines() if "<script" in line and " src=" in line.split("<script")[1][:80]]
    for heading in ("Optimization History", "Parameter importance of trees", "Slices of trees"):
        assert heading in page
    with pytest.raises(SpecError, match="nothing to plot"):
        optuna_plots({}, metric="auc", title="")
