"""The view of a running training."""

from __future__ import annotations

import pytest

from nobrains_client import Event, Job
from nobrains_client.display.terminal_progress import TrainingView


@pytest.mark.parametrize(("metric", "best"), [("auc", "b"), ("rmse", "a"), ("auto", "b")])
def test_the_best_trial_is_first_whichever_way_is_better(metric: str, best: str) -> None:
    with TrainingView(Job("j", metric=metric)) as view:
        for number, (model, score) in enumerate([("a", 0.1), ("b", 0.9), ("running", None)]):
            view.update(Event(str(number), "trial", {"number": number, "model": model, "score": score}))
    assert next(trial["model"] for trial in view.training.best_trials()) == best
    assert len(view.training.best_trials()) == 2


def test_a_terminal_shows_phase_trials_and_time(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    with TrainingView(Job("j7", metric="auc", time_budget_s=60)) as view:
        view.update(Event("1", "state", {"state": "running"}))
        view.update(Event("2", "phase", {"phase": "searching"}))
        view.update(Event("3", "trial", {"number": 0, "model": "catboost", "score": 0.91, "fit_s": 1.5}))
    shown = capsys.readouterr().err
    for word in ("j7", "searching", "catboost", "0.91", "elapsed", "left"):
        assert word in shown
