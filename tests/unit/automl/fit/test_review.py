"""The review of a real search, kept in the bundle, made into a page."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import automl
from automl import AutoML, Trial
from automl.__main__ import main
from automl.fit.review import TIME_WAS_UP
from automl.search.callbacks import NullCallback
from automl.search.studies import studies_of


class Patience(NullCallback):
    """Ends the search after some trials: all the rest of a generous budget is for what follows."""

    def __init__(self, trials: int) -> None:
        self.left = trials

    def trial_finished(self, trial: Trial) -> None:
        self.left -= 1

    def should_stop(self) -> bool:
        return self.left <= 0


@pytest.fixture(scope="module")
def engine() -> AutoML:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"size": rng.normal(size=200).round(3), "colour": rng.choice(["red", "blue"], 200)})
    frame["answer"] = np.where(frame["size"] + rng.normal(size=200) / 2 > 0, "yes", "no")
    frame.loc[::10, "answer"] = None
    return AutoML(time_budget=60, models=["linear"]).fit(frame, "answer", callback=Patience(9))


def test_what_is_told_agrees_with_the_summary(engine: AutoML) -> None:
    review = engine.model_.review
    json.dumps(review, allow_nan=False)
    assert review["evaluation"]["rows"] == review["about"]["rows"] == 180
    auc = review["evaluation"]["scores"][0]
    assert auc["metric"] == "auc"
    assert auc["value"] == pytest.approx(engine.reported_score_["mean"], abs=0.05)
    assert review["gain"][-1]["score"] == pytest.approx(auc["value"], abs=1e-5)
    assert review["dependence"][0]["feature"] == "size"
    means = review["dependence"][0]["series"][0]["means"]
    assert means[0] < 0.3 < 0.7 < means[-1]
    assert len(review["trials"]) == len(engine.history_)


def test_the_learning_curve_costs_no_fit_on_all_rows_and_ends_at_them(engine: AutoML) -> None:
    review = engine.model_.review
    assert [point["rows"] for point in review["learning"]][-2:] == [79, 158]
    assert review["learning"][-1]["score"] > 0.7
    assert all(point["standard_error"] > 0 for point in review["learning"])


def test_what_there_was_no_time_for_is_said(engine: AutoML, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("automl.fit.time_plan.TimePlan._end", lambda plan, *steps: 0.0)
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"size": rng.normal(size=80)})
    frame["answer"] = 2 * frame["size"]
    review = AutoML(time_budget=60, models=["linear"]).fit(frame, "answer", callback=Patience(3)).model_.review
    assert "learning" not in review
    assert "dependence" not in review
    assert review["no_learning"] == review["no_dependence"] == TIME_WAS_UP


def test_a_search_can_be_drawn_from_its_bundle(engine: AutoML, tmp_path: Path) -> None:
    studies = studies_of(engine.model_.review)
    tried = [trial for trial in engine.history_ if trial.model == "linear" and trial.state == "complete"]
    assert [trial.params for trial in studies[0].trials] == [pytest.approx(trial.params, rel=1e-5) for trial in tried]
    engine.save(tmp_path / "model.nb")
    assert main(["plots", str(tmp_path / "model.nb")]) == 0
    assert "Optimization History" in (tmp_path / "model.plots.html").read_text(encoding="utf-8")


def test_rows_are_named_as_the_user_knows_them(engine: AutoML) -> None:
    rows = [each["row"] for each in engine.model_.review["evaluation"]["mistakes"]]
    assert rows
    assert all(row % 10 for row in rows), "rows without an answer were not scored"


def test_a_bundle_keeps_it_and_makes_the_page(engine: AutoML, tmp_path: Path) -> None:
    engine.save(tmp_path / "model.nb")
    assert automl.load(tmp_path / "model.nb").review == engine.model_.review
    assert main(["report", str(tmp_path / "model.nb")]) == 0
    page = (tmp_path / "model.html").read_text(encoding="utf-8")
    assert "Predicting answer" in page
    assert "ROC curve" in page
