"""A model is measured on labelled rows: how good, how sure, in which rows worse, and whether the rows are new."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import pytest

from automl._typing import Array
from automl.errors import DataError
from automl.inference.input_warnings import Flagged
from automl.inference.servable import labels_array, missing_names
from automl.metrics import METRICS
from automl.model_evaluation.evaluate import evaluate
from automl.parsing.vectorized import TableLike
from automl.reference import RowDigests


@dataclass(frozen=True)
class KnownModel:
    """A model whose output is a column of the table: its probability of the second label, or its value."""

    labels: tuple[str, ...] = ("no", "yes")
    factor: float = 1.0
    summary: Mapping[str, Any] = field(default_factory=dict)
    review: Mapping[str, Any] = field(default_factory=dict)

    @property
    def task(self) -> str:
        return "binary" if self.labels else "regression"

    @property
    def classes_(self) -> Array:
        return labels_array(self.labels)

    @property
    def features_(self) -> list[dict[str, Any]]:
        return [{"name": "score", "type": "number", "required": True}]

    def missing_inputs(self, names: Any) -> list[str]:
        return missing_names(self.features_, names)

    def predict_raw(self, rows: TableLike) -> Array:
        score = np.array([float(cell) for cell in rows["score"]])
        return np.column_stack([1 - score, score]) if self.labels else score

    def predict_raw_checked(self, rows: TableLike) -> tuple[Array, list[Flagged]]:
        return self.predict_raw(rows), []

    def flag_inputs(self, rows: TableLike) -> Iterator[Flagged]:
        return iter(())

    def to_prediction(self, raw: Array) -> Array:
        return self.classes_[(raw * [1.0, self.factor]).argmax(axis=1)] if self.labels else raw

    def format_predictions(self, predictions: Any) -> list[str] | None:
        return None


def classifier(**further: Any) -> KnownModel:
    summary = {"target": "bought", "metric": "auc", "task": "binary", "classes": ["no", "yes"], **further}
    return KnownModel(summary=summary)


def people(n: int = 600, seed: int = 0) -> pd.DataFrame:
    """Rows as a CSV has them. The model ranks women by chance, and says yes to men far more often."""
    rng = np.random.default_rng(seed)
    sex = rng.choice(["f", "m"], n)
    truth = rng.random(n) < 0.5
    skilled = np.clip(0.3 + 0.4 * truth + 0.15 * rng.normal(size=n), 0.01, 0.99)
    score = np.where(sex == "m", np.clip(skilled + 0.15, 0.01, 0.99), rng.random(n) * 0.6)
    return pd.DataFrame(
        {
            "name": [f"person {i}" for i in range(n)],
            "sex": sex,
            "age": rng.integers(18, 90, n).astype(str),
            "score": score.round(4).astype(str),
            "bought": np.where(truth, "yes", "no"),
        }
    )


def test_every_score_lies_within_its_interval_and_beside_its_baseline() -> None:
    found = evaluate(classifier(), people())
    assert set(found["metrics"]) == set(found["baseline"]) >= {"auc", "log_loss", "accuracy", "f1", "mcc"}
    for name, each in found["metrics"].items():
        assert each["low"] < each["value"] < each["high"], name
        assert each["greater_is_better"] == METRICS[name].greater_is_better
    assert found["metrics"]["auc"]["method"] == "stratified bootstrap, 1000"
    assert (found["baseline"]["auc"]["value"], found["rows"]) == (0.5, 600)
    assert {"calibration", "confusion", "by_class", "mistakes", "thresholds"} <= found.keys()
    assert [curve["class"] for curve in found["curves"]["roc"]] == ["yes"]
    json.dumps(found, allow_nan=False)


def test_the_same_seed_gives_the_same_evaluation() -> None:
    assert evaluate(classifier(), people(200), seed=3) == evaluate(classifier(), people(200), seed=3)


def test_what_was_promised_stands_beside_it_and_below_zero_means_worse() -> None:
    promised = {"reported": {"auc": {"mean": 0.99, "standard_error": 0.01}}}
    found = evaluate(classifier(scores=promised), people())
    assert found["reported"]["auc"]["value"] == 0.99
    assert found["reported"]["z"] == found["reported"]["auc"]["z"] < -3
    assert (found["verdict"]["tone"], found["verdict"]["title"]) == ("poor", "Worse than promised")


def test_a_loss_that_grew_is_worse_than_promised_too() -> None:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"score": rng.normal(size=300), "y": rng.normal(size=300)})
    summary = {"target": "y", "task": "regression", "metric": "rmse",
               "scores": {"reported": {"rmse": {"mean": 0.5, "standard_error": 0.05}}}}  # fmt: skip
    found = evaluate(KnownModel((), summary=summary), frame)
    assert found["reported"]["z"] < 0
    assert found["residuals"]["worst"]
    assert "curves" not in found


def test_slices_that_are_worse_are_found_and_those_that_are_not_are_not() -> None:
    found = evaluate(classifier(), people(1500), slices=["sex", "age"])
    assert [(each["column"], each["value"]) for each in found["slices"] if each["worse"]] == [("sex", "f")]
    women = found["slices"][0]
    assert women["rows"] == (people(1500)["sex"] == "f").sum()
    assert women["metric"]["high"] < found["metrics"]["auc"]["value"]
    assert women["difference"] == pytest.approx(women["metric"]["value"] - found["metrics"]["auc"]["value"], abs=1e-5)
    assert 0 <= women["p"] <= women["p_adjusted"] < 0.05
    assert sum(each["rows"] for each in found["slices"] if each["column"] == "age") == 1500


def test_two_columns_deep_on_request() -> None:
    found = evaluate(classifier(), people(), slices=["sex", "age"], pairs=True)
    crossed = [each for each in found["slices"] if each["columns"] == ["sex", "age"]]
    assert sum(each["rows"] for each in crossed) == 600
    assert not [
        each for each in evaluate(classifier(), people(), slices=["sex", "age"])["slices"] if "×" in each["value"]
    ]


def test_groups_that_are_answered_differently_are_told() -> None:
    found = evaluate(classifier(), people(1500), slices=["sex"])
    rates = found["fairness"]["sex"]
    assert set(rates) == {"selection_rate", "tpr", "fpr"}
    selection = rates["selection_rate"]
    frame = people(1500)
    share = {sex: (rows["score"].astype(float) > 0.5).mean() for sex, rows in frame.groupby("sex")}
    for sex, each in selection["groups"].items():
        assert each["value"] == pytest.approx(share[sex], abs=1e-3)
        assert each["low"] < each["value"] < each["high"]
    assert (selection["least"], selection["greatest"]) == ("f", "m")
    assert selection["ratio"] == pytest.approx(share["f"] / share["m"], abs=0.01)
    assert any("four-fifths" in sentence for sentence in found["verdict"]["sentences"])
    assert evaluate(classifier(), people())["fairness"] == {}


def test_rows_of_the_training_are_counted_and_no_praise_is_given_for_them() -> None:
    frame = people(300)
    trained = RowDigests.of(frame.iloc[:60], ["sex", "age", "score", "bought"])
    found = evaluate(classifier(), frame, digests=trained)
    assert (found["overlap"]["rows_seen_in_training"], found["overlap"]["share"]) == (60, 0.2)
    assert found["overlap"]["unseen"]["rows"] == 240
    assert found["overlap"]["unseen"]["value"] == evaluate(classifier(), frame.iloc[60:])["metrics"]["auc"]["value"]
    assert found["verdict"]["title"] == "Not all of these rows are new to the model"
    assert any("memory" in sentence for sentence in found["verdict"]["sentences"])
    assert evaluate(classifier(), frame)["overlap"]["rows_seen_in_training"] is None


def test_rows_that_are_alike_by_chance_are_no_memory() -> None:
    frame = people(400)[["sex", "bought"]].assign(score=["0.4", "0.6"] * 200)
    found = evaluate(classifier(), frame, digests=RowDigests.of(frame.sample(200, random_state=0), ["sex", "bought"]))
    assert found["overlap"]["rows_seen_in_training"] == 400
    assert found["overlap"]["by_chance"] == 1.0
    assert found["verdict"]["title"] != "Not all of these rows are new to the model"
    assert any("alike by chance" in sentence for sentence in found["verdict"]["sentences"])


def test_labels_that_the_model_does_not_know_are_in_no_score_and_are_told() -> None:
    frame = people(300)
    frame.loc[:9, "bought"] = "perhaps"
    frame.loc[10:14, "bought"] = None
    found = evaluate(classifier(), frame)
    assert found["rows"] == 285
    assert found["left_out"] == {"unlabelled": 5, "unknown": [{"label": "perhaps", "rows": 10}], "unknown_rows": 10}
    assert any("'perhaps'" in sentence for sentence in found["verdict"]["sentences"])
    # Rows are named as they stand in the table, whatever was left out before them.
    assert all(each["row"] >= 15 for each in found["mistakes"])


def test_the_threshold_is_the_models_own() -> None:
    moved = KnownModel(factor=3.0, summary=classifier().summary)  # yes from 0.25
    found = evaluate(moved, people())
    assert found["threshold"] == pytest.approx(0.25, abs=1e-6)
    assert [each["threshold"] for each in found["thresholds"] if each["own"]] == [pytest.approx(0.25, abs=1e-6)]


def test_columns_that_make_no_groups_are_named_with_the_reason() -> None:
    found = evaluate(classifier(), people(), slices=["name", "sex"])
    assert found["slices_left_out"] == [{"column": "name", "why": "it holds free text"}]


def test_one_class_alone_leaves_no_score_undefined_in_silence() -> None:
    frame = people(300)
    found = evaluate(classifier(), frame[frame["bought"] == "yes"])
    assert "auc" not in found["metrics"]
    assert found["verdict"]["title"] == "The score is undefined on these rows"
    assert found["slices"] == []


@pytest.mark.parametrize(("change", "reason"), [({"slices": ["height"]}, "COLUMN_NOT_FOUND")])
def test_what_is_wrong_is_said(change: dict[str, Any], reason: str) -> None:
    with pytest.raises(DataError) as caught:
        evaluate(classifier(), people(), **change)
    assert caught.value.reason == reason


def test_a_table_without_what_the_model_reads_is_refused() -> None:
    with pytest.raises(DataError) as caught:
        evaluate(classifier(), people().drop(columns="score"))
    assert caught.value.reason == "MISSING_FEATURE"
