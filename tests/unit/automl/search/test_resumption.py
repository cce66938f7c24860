"""A search whose process was killed goes on as if never stopped: from what it had written down, in another process."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from automl import AutoML, Trial
from automl.search.trial_runner import run_trial
from tests.unit.automl.search.killed_search import Diary, fit, table

KILLED_AT = 4
FURTHER = 2
ROOT = Path(__file__).parents[4]


@dataclass
class Resumed:
    """A search that was killed, what it left, and what came of it."""

    moment: str
    history: list[Trial]
    engine: AutoML
    diary: Diary
    fitted: list[int]
    """Trials whose folds were fitted after the kill."""

    @property
    def complete(self) -> list[Trial]:
        return [trial for trial in self.history if trial.state == "complete"]


def left_by_a_killed_process(folder: Path, moment: str) -> list[Trial]:
    command = [sys.executable, "-m", "tests.unit.automl.search.killed_search", str(folder), moment, str(KILLED_AT)]
    ended = subprocess.run(command, cwd=ROOT, timeout=120, check=False, capture_output=True, text=True)
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    files = sorted(folder.glob("*.json"), key=lambda file: int(file.stem))
    history = [Trial.from_json(json.loads(file.read_text())) for file in files]
    for trial in history:  # As a worker tells of what was in flight.
        if trial.state == "running":
            trial.state, trial.reason = "failed", "Its worker was lost."
    return history


@pytest.fixture(scope="module", params=["between", "inside"])
def resumed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Resumed:
    folder = tmp_path_factory.mktemp(request.param)
    history = left_by_a_killed_process(folder, request.param)
    diary, fitted = Diary(folder, None, len(history) + FURTHER - 1), []
    with pytest.MonkeyPatch.context() as patch:

        def counted(training, trial, *rest):  # type: ignore[no-untyped-def]
            fitted.append(trial.number)
            return run_trial(training, trial, *rest)

        patch.setattr("automl.search.run.run_trial", counted)
        engine = fit(folder, diary, history)
    return Resumed(request.param, history, engine, diary, fitted)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> AutoML:
    """The same search, never stopped."""
    folder = tmp_path_factory.mktemp("whole")
    return fit(folder, Diary(folder, None, KILLED_AT + FURTHER), [])


def test_it_was_killed_where_it_should_be(resumed: Resumed) -> None:
    assert [trial.number for trial in resumed.history] == list(range(len(resumed.history)))
    assert len(resumed.history) > KILLED_AT
    assert (resumed.history[-1].state == "failed") == (resumed.moment == "inside")


def test_the_numbering_goes_on_and_nothing_is_fitted_twice(resumed: Resumed) -> None:
    n_before, after = len(resumed.history), resumed.engine.history_
    assert [trial.number for trial in after] == list(range(len(after)))
    assert resumed.fitted == list(range(n_before, len(after)))
    assert len(resumed.fitted) >= FURTHER
    assert [trial.to_json() for trial in after[:n_before]] == [trial.to_json() for trial in resumed.history]


def test_the_pool_is_what_was_written_down(resumed: Resumed) -> None:
    assert not [text for text in resumed.diary.logged if "not at hand" in text]
    board = {row["name"]: row["score"] for row in resumed.engine.leaderboard_}
    assert all(board[trial.name] == trial.score for trial in resumed.complete)
    # The best so far is a voice of the ensemble, or something better was found since: scores never get worse.
    best = max(trial.score or 0.0 for trial in resumed.complete)
    assert resumed.engine.leaderboard_[0]["score"] >= best


def test_it_tries_what_an_unbroken_search_tries(resumed: Resumed, whole: AutoML) -> None:
    """The first trials of a family come from a list, and a seed decides all else of them."""
    ours, theirs = (
        {(t.model, str(t.params)): t.score for t in engine.history_ if t.model in ("constant", "linear") and t.score}
        for engine in (resumed.engine, whole)
    )
    both = ours.keys() & theirs.keys()
    assert len(both) > 1
    assert [ours[each] for each in both] == pytest.approx([theirs[each] for each in both])
    # What was tried is not tried again, but for what was lost.
    tried = [(trial.model, trial.params) for trial in resumed.engine.history_ if trial.state != "failed"]
    assert all(tried.count(each) == 1 for each in tried)


def test_the_result_is_as_good(resumed: Resumed, whole: AutoML) -> None:
    assert resumed.engine.predict(table()).shape == (len(table()),)
    ours, theirs = resumed.engine.reported_score_, whole.reported_score_
    assert ours["mean"] == pytest.approx(theirs["mean"], abs=3 * theirs["standard_error"])
