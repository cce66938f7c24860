"""The review of a real search, kept in the bundle, made into a page."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import automl
from automl import AutoML
from automl.__main__ import main


@pytest.fixture(scope="module")
def engine() -> AutoML:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"size": rng.normal(size=200).round(3), "colour": rng.choice(["red", "blue"], 200)})
    frame["answer"] = np.where(frame["size"] + rng.normal(size=200) / 2 > 0, "yes", "no")
    frame.loc[::10, "answer"] = None
    return AutoML(time_budget=4, models=["linear"]).fit(frame, "answer")


def test_what_is_told_agrees_with_the_summary(engine: AutoML) -> None:
    told = engine.model_.review
    json.dumps(told, allow_nan=False)
    assert told["evaluation"]["rows"] == told["about"]["rows"] == 180
    auc = told["evaluation"]["scores"][0]
    assert auc["metric"] == "auc"
    assert auc["value"] == pytest.approx(engine.reported_score_["mean"], abs=0.05)
    assert told["gain"][-1]["score"] == pytest.approx(auc["value"], abs=1e-5)
    assert told["dependence"][0]["feature"] == "size"
    means = told["dependence"][0]["series"][0]["means"]
    assert means[0] < 0.3 < 0.7 < means[-1]
    assert len(told["trials"]) == len(engine.history_)


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
