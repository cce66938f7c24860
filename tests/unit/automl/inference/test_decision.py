"""A decision rule changes which label is answered, in every form of the model, and nothing else."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from automl import AutoML, DecisionRule, Model, SpecError, explain, load
from automl.evaluation.profit_curve import Gains
from automl.inference import bundle
from automl.onnx.export import export
from automl.onnx.mlflow_loader import OnnxModel
from automl.onnx.runtime import OnnxPredictor
from automl.onnx.serving_file import write_serving_file
from tests.unit.automl.small_fit import table

LABELS = ("no", "yes")


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    return table(200)


@pytest.fixture(scope="module")
def fitted(frame: pd.DataFrame) -> AutoML:
    return AutoML(time_budget=30, models=["linear"]).fit(frame.drop(columns=["value", "size"]), "sign")


@pytest.fixture(scope="module")
def model(fitted: AutoML) -> Model:
    return fitted.model_


@given(st.floats(1e-9, 1 - 1e-9), st.floats(0, 1), st.sampled_from(LABELS))
def test_positive_is_answered_at_and_above_the_threshold(threshold: float, probability: float, positive: str) -> None:
    raw = np.array([1 - probability, probability] if positive == "yes" else [probability, 1 - probability])
    chosen = LABELS[(raw * DecisionRule(positive, threshold).class_multipliers(LABELS)).argmax()]
    if abs(probability - threshold) > 1e-11:
        assert (chosen == positive) == (probability > threshold)


@pytest.mark.parametrize("threshold", [0.05, 0.3, 0.5, 0.77, 0.999])
@pytest.mark.parametrize("positive", LABELS)
def test_who_is_on_the_threshold_is_called(threshold: float, positive: str) -> None:
    raw = np.array([1 - threshold, threshold] if positive == "yes" else [threshold, 1 - threshold])
    assert LABELS[(raw * DecisionRule(positive, threshold).class_multipliers(LABELS)).argmax()] == positive


@pytest.mark.parametrize("threshold", [0.02, 0.3, 0.9])
@pytest.mark.parametrize("positive", LABELS)
def test_every_form_of_the_model_answers_by_it(
    model: Model, frame: pd.DataFrame, threshold: float, positive: str, tmp_path: Path
) -> None:
    rule = DecisionRule(positive, threshold)
    raw = model.predict_raw(frame)
    probability = raw[:, LABELS.index(positive)]
    other = LABELS[1 - LABELS.index(positive)]
    expected = np.where(probability >= threshold, positive, other).tolist()
    decided = model.with_decision(rule)
    assert decided.predict(frame).tolist() == expected
    np.testing.assert_array_equal(decided.predict_raw(frame), raw)
    bundle.save(decided, tmp_path / "model.nb")
    loaded = load(tmp_path / "model.nb")
    assert loaded.predict(frame).tolist() == expected
    assert loaded.summary["decision"] == {"positive": positive, "threshold": threshold}
    write_serving_file(model, tmp_path / "serving.onnx")
    served = OnnxPredictor.load(tmp_path / "serving.onnx")
    assert served.with_decision(rule).to_prediction(raw).tolist() == expected
    assert "decision" not in served.summary
    export(decided, tmp_path / "model.onnx")
    labels = OnnxModel(str(tmp_path / "model.onnx")).predict(frame)
    clear = np.abs(probability - threshold) > 1e-4  # The graph computes in single precision.
    assert (np.array(labels) == expected)[clear].all()


def test_an_explanation_is_of_the_label_that_is_answered(model: Model, frame: pd.DataFrame) -> None:
    row = frame.iloc[[int(model.predict_proba(frame)[:, 1].argmin())]]
    probabilities = model.predict_proba(row)[0]
    assert explain(model, row)[0].value == pytest.approx(probabilities[0])
    threshold = float(probabilities[1]) / 2
    assert explain(model.with_decision(DecisionRule("yes", threshold)), row)[0].value == pytest.approx(probabilities[1])


def test_the_reference_says_what_thresholds_earn(fitted: AutoML) -> None:
    reference = fitted.reference_
    gains = Gains(tp=10, fp=-1, fn=-10, tn=0)
    curve = reference.profit_curve(gains)
    assert curve["rows"] == 200
    assert curve["positive_rows"] == (reference.y == "yes").sum()
    assert curve["current"]["threshold"] == pytest.approx(0.5)
    assert reference.chosen.tolist() == reference.output.argmax(axis=1).tolist()
    ruled = reference.profit_curve(gains, rule=DecisionRule("yes", 0.2))
    assert ruled["current"]["threshold"] == 0.2
    turned = reference.profit_curve(gains, positive="no", rule=DecisionRule("yes", 0.2))
    assert turned["current"]["threshold"] == pytest.approx(0.8)
    assert turned["positive_rows"] == 200 - curve["positive_rows"]


def test_what_cannot_be_decided_by_a_threshold_is_refused(model: Model, frame: pd.DataFrame) -> None:
    several = AutoML(time_budget=30, models=["linear"]).fit(frame.drop(columns=["value", "sign"]), "size")
    for asked, rule, reason in (
        (several.model_, DecisionRule("S", 0.5), "DECISION_NEEDS_TWO_CLASSES"),
        (model, DecisionRule("maybe", 0.5), "UNKNOWN_POSITIVE_CLASS"),
        (model, DecisionRule("yes", 0.0), "BAD_THRESHOLD"),
        (model, DecisionRule("yes", 1.0), "BAD_THRESHOLD"),
        (model, DecisionRule("yes", float("nan")), "BAD_THRESHOLD"),
    ):
        with pytest.raises(SpecError) as caught:
            asked.with_decision(rule)
        assert caught.value.reason == reason
        assert caught.value.hint
    with pytest.raises(SpecError):
        several.reference_.profit_curve(Gains())
