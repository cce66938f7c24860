"""A worker's child is killed, hangs, takes too much memory: another goes on where it was."""

from __future__ import annotations

import os
import signal

import pytest

from core.domain import states
from tests.integration.worker.bench import QUICK, Bench, wait
from worker.messages.from_child import TrialStarted
from worker.tasks.training.search import SingleProcessSearch

pytestmark = pytest.mark.integration


KILLED_AT = 4


@pytest.mark.parametrize("moment", ["inside a fit", pytest.param("between fits", marks=pytest.mark.long)])
def test_a_killed_child_is_followed_by_another_that_goes_on(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    reserve = SingleProcessSearch.start_trial

    def reserve_and_kill(search: SingleProcessSearch, message: TrialStarted) -> None:
        """When trial 4 begins, for the first time: after its number is taken, or before that."""
        if message.trial["number"] != KILLED_AT or search.supervisor.lease.epoch > 1:
            reserve(search, message)
            return
        if moment == "inside a fit":
            reserve(search, message)
        os.kill(search.supervisor.child.process.pid, signal.SIGABRT)

    monkeypatch.setattr(SingleProcessSearch, "start_trial", reserve_and_kill)
    bench.start("train")
    job = bench.submit(bench.dataset(), time_budget_s=600, models=QUICK)
    wait(lambda: bench.trials(job), lambda trials: any((each.epoch, each.state) == (2, "complete") for each in trials))
    view = bench.stop_training(job)
    assert (view.task_state.attempt, view.task_state.crashes) == (2, 1)
    trials = sorted(bench.trials(job), key=lambda trial: trial.number)
    # The numbering goes on.
    assert [trial.number for trial in trials] == list(range(len(trials)))
    before = [trial for trial in trials if trial.epoch == 1 and trial.state == "complete"]
    lost = [trial.number for trial in trials if trial.payload["reason"] == "Its worker was lost."]
    assert lost == ([KILLED_AT] if moment == "inside a fit" else [])
    assert len(before) > 1
    # The pool goes on: predictions of before are at hand, so nothing is fitted again, and all stand on the leaderboard.
    assert not [text for text in bench.logged(job) if "not at hand" in text]
    tried = [(trial.model, trial.params) for trial in trials if trial.state == "complete"]
    assert all(tried.count(each) == 1 for each in tried)
    model = bench.service.models.get(bench.user, view.task_state.result["model_id"])  # type: ignore[index]
    board = {row["name"]: row["score"] for row in model.summary["leaderboard"]}
    assert all(board[f"{trial.model}-{trial.number}"] == trial.score for trial in before)


def test_a_hung_child_is_killed_and_followed_by_another(bench: Bench) -> None:
    worker = bench.start("train")
    job = bench.submit(bench.dataset(), time_budget_s=600, models=QUICK)
    wait(lambda: bench.trials(job), lambda trials: len(trials) > 3)
    hung = bench.child(worker)
    bench.settings.values["stall_s"] = 3.0  # From here on: imports on a busy machine may take as long.
    hung.send_signal(signal.SIGSTOP)
    wait(lambda: bench.view(job), lambda view: view.task_state.crashes == 1)
    bench.settings.values["stall_s"] = 60.0
    known = len(bench.trials(job))
    wait(lambda: bench.trials(job), lambda trials: len(trials) > known)
    view = bench.stop_training(job)
    assert (view.task_state.attempt, view.task_state.crashes) == (2, 1)
    assert not hung.is_running()


def test_work_is_handed_back_at_shutdown_and_finished_by_another(bench: Bench) -> None:
    first = bench.start("train")
    job = bench.submit(bench.dataset(), time_budget_s=600, models=QUICK)
    wait(lambda: bench.trials(job), lambda trials: len(trials) > 2)
    bench.stop(first)
    view = bench.view(job)
    assert (view.state, view.task_state.attempt) == (states.QUEUED, 0)
    known = len(bench.trials(job))
    bench.start("train")
    wait(lambda: bench.trials(job), lambda trials: len(trials) > known)
    bench.stop_training(job)


def test_out_of_memory_is_tried_once_smaller_then_said(bench: Bench) -> None:
    bench.settings.values["memory_limit_mib"] = 150
    bench.start("train")
    job = bench.submit(bench.dataset())
    view = bench.wait(job, *states.FINAL)
    assert view.state == states.FAILED
    assert view.task_state.error is not None
    assert view.task_state.error["reason"] == "OUT_OF_MEMORY"
    assert view.task_state.attempt == 2
