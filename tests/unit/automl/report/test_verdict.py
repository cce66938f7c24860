from __future__ import annotations

from typing import Any

import pytest

from automl.report.verdict import how_far_to_trust, make_verdict, outlook, skill_score


def summary(metric: str, mean: float, error: float | None, base: float, **more: Any) -> dict[str, Any]:
    reported = {"mean": mean, "standard_error": error, "method": "5-fold cross-validation"}
    scores = {"reported": {metric: reported}, "baseline": {metric: {"mean": base}}}
    return {"task": "binary", "metric": metric, "scores": scores, "classes": ["no", "yes"], "warnings": [], **more}


@pytest.mark.parametrize(
    ("metric", "mean", "error", "base", "tone", "title"),
    [
        ("auc", 0.51, 0.02, 0.5, "poor", "No better than the baseline"),
        ("auc", 0.45, 0.001, 0.5, "poor", "No better than the baseline"),
        ("auc", 0.55, 0.01, 0.5, "poor", "Better than the baseline, but weak"),
        ("log_loss", 0.5, 0.01, 0.69, "fair", "Useful, with many errors"),
        ("rmse", 5.0, 0.1, 10.0, "good", "Good"),
        ("auc", 0.95, None, 0.5, "good", "Very good"),
        ("auc", 0.9999, 0.0001, 0.5, "fair", "Almost perfect: check for leakage"),
    ],
)
def test_grades(metric: str, mean: float, error: float | None, base: float, tone: str, title: str) -> None:
    found = make_verdict(summary(metric, mean, error, base), {})
    assert (found.tone, found.title) == (tone, title)


def test_skill() -> None:
    assert skill_score("auc", 0.75, 0.5) == 0.5
    assert skill_score("rmse", 5.0, 10.0) == 0.5
    assert skill_score("rmse", 5.0, 0.0) is None
    assert skill_score("auc", None, 0.5) is None


def test_doubts_come_before_praise() -> None:
    about = {"about": {"validation": "5-fold cross-validation"}}
    evaluation = {"rows": 50, "classes": [{"class": "rare", "rows": 3}], "calibration": {"error": 0.2}}
    notes = how_far_to_trust(summary("auc", 0.51, 0.02, 0.5, warnings=["Beware."]), evaluation, about)
    tones = [note.tone for note in notes]
    assert tones == sorted(tones, key=("poor", "fair", "good").index)
    text = " ".join(note.text for note in notes)
    for words in ("Beware.", "is within chance", "Only 50 rows", "“rare” (3)", "at random", "use them for ranking"):
        assert words in text


@pytest.mark.parametrize(
    ("doubling", "words"),
    [((0.1, True), "probably help"), ((0.1, False), "within chance"), ((-0.1, False), "did not improve"), (None, "")],
)
def test_outlook(doubling: tuple[float, bool] | None, words: str) -> None:
    assert words in outlook(doubling, "auc")
