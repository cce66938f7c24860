from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from automl._typing import Array
from automl.errors import SpecError
from automl.inference.model import BLOCK_ROWS, Member, Model
from automl.inspection.shapley import explain
from automl.models.base import FittedModel
from automl.postprocessing import TargetScaler
from automl.preprocessing.fit import fit_preprocessor
from automl.preprocessing.text_encoder import EncodedFeatures, TextEncoder

FRAME = pd.DataFrame({"a": [1.0, 2.0, 4.0, 8.0], "b": [3.0, 1.0, 0.0, 2.0]})
PLAN = fit_preprocessor(FRAME, target="y")[0]


class Linear(FittedModel):
    """weight * a + b, or its sigmoid."""

    def __init__(self, weight: float, classify: bool = False) -> None:
        self._weight = weight
        self._classify = classify

    def predict(self, table: EncodedFeatures) -> Array:
        value = self._weight * table.numeric[:, 0] + table.numeric[:, 1]
        p = 1 / (1 + np.exp(-value))
        return np.column_stack([1 - p, p]) if self._classify else value

    def save(self, folder: Path) -> None: ...


def regressor(*weights: float, scale: TargetScaler | None = None) -> Model:
    members = tuple(Member(f"m{w}", "given", 1 / len(weights), (Linear(w), Linear(w))) for w in weights)
    return Model("regression", PLAN, TextEncoder(), members, scale or TargetScaler())


def classifier(labels: tuple[object, ...], decision: tuple[float, float] = (1.0, 1.0)) -> Model:
    members = (Member("m", "given", 1.0, (Linear(1.0, classify=True),)),)
    return Model("binary", PLAN, TextEncoder(), members, labels=labels, class_multipliers=decision)


def test_members_are_blended_in_the_targets_unit() -> None:
    scale = TargetScaler("linear", 100.0, 10.0)
    a, b = FRAME["a"], FRAME["b"]
    np.testing.assert_allclose(regressor(1, 3, scale=scale).predict(FRAME), 100 + 10 * (2 * a + b))


def test_many_rows_are_answered_in_blocks_and_in_order() -> None:
    rows = pd.concat([FRAME] * (BLOCK_ROWS // 2 + 1), ignore_index=True).sample(frac=1, random_state=0)
    model = regressor(1, 3, 4)
    by_hand = (1 + 3 + 4) / 3 * rows["a"] + rows["b"]
    np.testing.assert_allclose(model.predict(rows), by_hand)
    np.testing.assert_allclose(classifier(("no", "yes")).predict_proba(rows)[:, 1], expit(rows["a"] + rows["b"]))


def test_a_regression_has_no_probabilities() -> None:
    with pytest.raises(SpecError):
        regressor(1).predict_proba(FRAME)


@pytest.mark.parametrize("labels", [("no", "yes"), (0, 1), (False, True), (1.5, 2.5)])
def test_labels_come_back_as_they_were(labels: tuple[object, ...]) -> None:
    model = classifier(labels)
    assert model.predict(FRAME).tolist() == [labels[1]] * 4
    assert model.classes_.tolist() == list(labels)
    np.testing.assert_allclose(model.predict_proba(FRAME).sum(axis=1), 1)


def test_the_decision_moves_the_threshold_and_not_the_probabilities() -> None:
    timid = classifier(("no", "yes"), (1.99, 0.01))
    rows = {"a": [1.0], "b": [1.0]}
    assert timid.predict(rows).tolist() == ["no"]
    np.testing.assert_allclose(timid.predict_proba(rows), classifier(("no", "yes")).predict_proba(rows))


def test_inputs_that_are_missing_are_named_and_others_ignored() -> None:
    assert regressor(2.0).missing_inputs(iter(["z", "b"])) == ["a"]
    assert regressor(2.0).missing_inputs(FRAME.columns) == []


def test_contributions_of_a_linear_model_are_its_terms() -> None:
    typical = {feature["name"]: feature["typical"] for feature in PLAN.input_schema}
    explained = explain(regressor(2.0), {"a": [10.0, 1.0], "b": [5.0, 0.0]})
    assert explained[0].contributions["a"] == pytest.approx(2 * (10 - typical["a"]))
    assert explained[0].contributions["b"] == pytest.approx(5 - typical["b"])
    assert explained[1].contributions["a"] == pytest.approx(2 * (1 - typical["a"]))
    assert explain(regressor(2.0), {"a": [], "b": []}) == []
