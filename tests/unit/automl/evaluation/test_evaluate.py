"""Evaluations are plain data, and agree with scikit-learn."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as sk

from automl.evaluation import evaluate
from automl.evaluation.curves import MAX_POINTS, precision_recall_curve, roc_curve, thin

RNG = np.random.default_rng(0)


def answers(n: int, k: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Codes drawn from the very probabilities (n, k)."""
    rng = np.random.default_rng(seed)
    raw = np.exp(rng.normal(size=(n, k)) * 1.5)
    probabilities = raw / raw.sum(axis=1, keepdims=True)
    return (probabilities.cumsum(axis=1) > rng.random((n, 1))).argmax(axis=1), probabilities


def test_binary() -> None:
    y, p = answers(3000, 2)
    found = evaluate(y, p, task="binary", metric="f1", classes=["no", "yes"], threshold=0.4)
    json.dumps(found, allow_nan=False)
    first = found["scores"][0]
    assert (first["metric"], first["goal"]) == ("f1", True)
    assert first["baseline"] < first["value"] < 1
    by_name = {each["metric"]: each for each in found["scores"]}
    assert by_name["auc"]["value"] == pytest.approx(sk.roc_auc_score(y, p[:, 1]), abs=1e-5)
    assert 0.003 < by_name["auc"]["standard_error"] < 0.02
    assert [each["class"] for each in found["roc"]] == ["yes"]
    assert found["confusion"]["counts"] == sk.confusion_matrix(y, p.argmax(axis=1)).tolist()
    assert found["calibration"]["error"] < 0.05, "drawn from the probabilities themselves"
    own = [each for each in found["thresholds"] if each["own"]]
    assert [each["threshold"] for each in own] == [0.4]
    assert own[0]["precision"] == pytest.approx(sk.precision_score(y, p[:, 1] >= 0.4), abs=1e-5)
    assert own[0]["recall"] == pytest.approx(sk.recall_score(y, p[:, 1] >= 0.4), abs=1e-5)
    sure = [each["probability"] for each in found["mistakes"]]
    assert sure == sorted(sure, reverse=True)
    assert all(each["actual"] != each["answered"] for each in found["mistakes"])


def test_many_classes() -> None:
    y, p = answers(4000, 60)
    found = evaluate(y, p, task="multiclass", metric="log_loss", classes=[f"c{i}" for i in range(60)])
    assert len(found["roc"]) == len(found["precision_recall"]) == 12
    assert found["confusion"]["classes"][-1] == "49 others"
    assert sum(map(sum, found["confusion"]["counts"])) == 4000
    assert sum(count for each in found["histogram"]["series"] for count in each["counts"]) == 4000
    assert "auc" not in {each["metric"] for each in found["scores"]}
    assert len(json.dumps(found, allow_nan=False)) < 200_000


def test_regression() -> None:
    y = RNG.gamma(2, 100, 3000)
    found = evaluate(y, y + RNG.normal(size=3000) * 20, task="regression", metric="mae", rows=np.arange(3000) + 7)
    json.dumps(found, allow_nan=False)
    assert found["scores"][0]["metric"] == "mae"
    about = found["residuals"]
    assert sum(about["histogram"]["counts"]) == 3000
    assert about["quantiles"][0]["error"] == pytest.approx(20 * 0.6745, rel=0.1)
    assert len(about["points"]) == 200
    assert min(each["row"] for each in about["worst"]) >= 7


def test_a_class_without_rows_and_perfect_answers() -> None:
    y = np.array([0, 1] * 20)
    found = evaluate(y, np.eye(3)[y], task="multiclass", metric="auc", classes=["a", "b", "c"])
    json.dumps(found, allow_nan=False)
    assert found["mistakes"] == []
    assert {each["class"]: each["precision"] for each in found["by_class"]} == {"a": 1.0, "b": 1.0, "c": None}


@pytest.mark.parametrize("values", [[1.0], [1e300, -1e300], [5.0] * 30])
def test_strange_values(values: list[float]) -> None:
    y = np.array(values)
    with np.errstate(over="ignore", invalid="ignore"):
        json.dumps(evaluate(y, y[::-1].copy(), task="regression", metric="rmse"), allow_nan=False)


@settings(max_examples=50)
@given(st.lists(st.tuples(st.booleans(), st.integers(0, 20)), min_size=2, max_size=60))
def test_curves_are_those_of_scikit_learn(pairs: list[tuple[bool, int]]) -> None:
    positive, score = np.array([a for a, _ in pairs]), np.array([b for _, b in pairs], dtype=float)
    if positive.all() or not positive.any():
        assert roc_curve(positive, score)["points"] == []
        return
    x, y, _ = sk.roc_curve(positive, score, drop_intermediate=False)
    assert np.allclose(roc_curve(positive, score)["points"], np.column_stack([x, y]))
    precision, recall, _ = sk.precision_recall_curve(positive, score)
    points = precision_recall_curve(positive, score)["points"]
    assert np.allclose(points, np.column_stack([recall, precision])[-2::-1])


def test_thinning_keeps_the_ends() -> None:
    x = np.linspace(0, 1, 5000)
    points = thin(x, x**9)
    assert len(points) <= MAX_POINTS
    assert points[0].tolist() == [0, 0]
    assert points[-1].tolist() == [1, 1]
    assert np.abs(np.interp(x, points[:, 0], points[:, 1]) - x**9).max() < 0.01
