"""One search in two threads that know of each other by what they have written down, as two processes do."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from automl import AutoML, Trial
from automl.search.coordination import Coordinator, SingleProcess, Updates
from automl.time_budget import TimeBudget

X = np.random.default_rng(0).normal(size=(120, 3))
TABLE = pd.DataFrame(X, columns=["a", "b", "c"]).assign(y=np.where(X[:, 0] + X[:, 1] ** 2 > 0.5, "yes", "no"))


@dataclass
class Board:
    """What all can read: trials by number, each reserved by one."""

    trials: dict[int, Trial] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)
    joined: threading.Event = field(default_factory=threading.Event)


class Hand(Coordinator):
    """One of those who write on the board: the engine's coordinator, and its callback."""

    is_shared = True

    def __init__(self, board: Board, leads: bool) -> None:
        self.board = board
        self.is_leader = leads
        self.known: dict[int, str] = {}
        self.mine: set[int] = set()

    def poll(self, *, last: bool = False) -> Updates:
        with self.board.lock:
            fresh = [
                Trial.from_json(trial.to_json()) for number, trial in sorted(self.board.trials.items())
                if number not in self.mine and self.known.get(number) != trial.state
            ]  # fmt: skip
        self.known |= {trial.number: trial.state for trial in fresh}
        at_hand = [trial.number for trial in fresh if trial.state == "complete"]
        return Updates(fresh, at_hand, None if self.is_leader else 60.0)

    def claim_number(self, trial: Trial) -> bool:
        with self.board.lock:
            if trial.number in self.board.trials:
                return False
            self.board.trials[trial.number] = Trial.from_json(trial.to_json())
            self.mine.add(trial.number)
            return True

    def phase(self, name: str) -> None: ...

    def prepared(self, task: str, metric: str, greater_is_better: bool) -> None: ...

    def trial_started(self, trial: Trial) -> None: ...

    def trial_finished(self, trial: Trial) -> None:
        with self.board.lock:
            self.board.trials[trial.number] = Trial.from_json(trial.to_json())
        if not self.is_leader:
            self.board.joined.set()

    def log(self, text: str) -> None: ...

    def should_stop(self) -> bool:
        return self.board.joined.is_set() and len(self.board.trials) > 8


@pytest.fixture(scope="module")
def searched(tmp_path_factory: pytest.TempPathFactory) -> tuple[Board, Hand, Hand, AutoML]:
    board, folder = Board(), tmp_path_factory.mktemp("predictions")
    leader, helper = Hand(board, True), Hand(board, False)
    settings = {"time_budget": 60, "models": ["linear"], "n_jobs": 1}
    engine, help = AutoML(**settings), AutoML(**settings)  # type: ignore[arg-type]
    with ThreadPoolExecutor(1) as pool:
        joining = pool.submit(help.join, TABLE, "y", helper, callback=helper, folder=folder)
        engine.fit(TABLE, "y", callback=leader, folder=folder, coordinator=leader)
        joining.result()
    return board, leader, helper, engine


def test_both_run_trials_and_none_runs_one_of_the_other(searched: tuple[Board, Hand, Hand, AutoML]) -> None:
    board, leader, helper, _ = searched
    assert leader.mine
    assert helper.mine
    assert not leader.mine & helper.mine
    assert sorted(leader.mine | helper.mine) == list(range(len(board.trials)))
    ran = [(trial.model, sorted(trial.params.items())) for trial in board.trials.values()]
    assert all(ran.count(each) == 1 for each in ran)


def test_the_leader_runs_the_baseline_and_makes_the_model_of_what_all_have_found(
    searched: tuple[Board, Hand, Hand, AutoML],
) -> None:
    board, leader, helper, engine = searched
    constant = next(trial for trial in board.trials.values() if trial.model == "constant")
    assert constant.number in leader.mine
    known = {trial.number for trial in engine.history_ if trial.state == "complete"}
    assert known & helper.mine
    on_board = {entry["name"] for entry in engine.leaderboard_}
    assert any(f"linear-{number}" in on_board for number in helper.mine)
    assert len(engine.predict(TABLE)) == len(TABLE)


def test_who_helps_makes_no_model(tmp_path: Path) -> None:
    """It ends when the leader says that the time is over, with nothing to show for it."""
    board = Board(trials={0: Trial(0, "constant", {}, "complete", 0.5, [0.5])})
    helper = Hand(board, False)
    helper.poll = lambda *, last=False: Updates([board.trials[0]] if not last else [], remaining_s=0.0)  # type: ignore[method-assign]
    engine = AutoML(time_budget=60, models=["linear"], n_jobs=1)
    engine.join(TABLE, "y", helper, folder=tmp_path)
    assert not hasattr(engine, "model_")
    assert set(board.trials) == {0}


def test_alone_there_is_nobody_to_hear_of() -> None:
    alone, running = SingleProcess(), Trial(0, "linear", {})
    assert alone.poll() == Updates()
    assert alone.claim(running)
    assert not alone.seeds_by_number
    assert not alone.awaits_others([running])
    assert alone.may_end(has_model=True)
    assert not alone.may_end(has_model=False)


def test_the_leader_waits_for_others_and_needs_a_model_a_helper_does_neither() -> None:
    leader, helper = Hand(Board(), True), Hand(Board(), False)
    running, failed = Trial(0, "linear", {}), Trial(1, "linear", {}, "failed")
    assert leader.seeds_by_number
    assert helper.seeds_by_number
    assert leader.awaits_others([running, failed])
    assert not leader.awaits_others([failed])
    assert not helper.awaits_others([running])
    assert not leader.may_end(has_model=False)
    assert helper.may_end(has_model=False)


def test_the_baseline_is_the_leaders_to_run() -> None:
    leader, helper = Hand(Board(), True), Hand(Board(), False)
    assert not helper.claim(Trial(0, "constant", {}))
    assert not helper.board.trials, "a number that is not used is not taken"
    assert helper.claim(Trial(0, "linear", {}))
    assert not helper.claim(Trial(0, "linear", {})), "the number is taken"
    assert leader.claim(Trial(0, "constant", {}))


def test_a_budget_that_was_begun_elsewhere_keeps_back_as_much_as_is_left() -> None:
    whole, rest = TimeBudget(600), TimeBudget(600, 4.0)
    assert rest.total_s == whole.total_s
    assert rest.remaining_s <= 4.0
    assert rest.reserved_s == 2.0
    assert rest.search_deadline() >= rest.started
    rest.set_remaining(100.0)
    assert 99 < rest.remaining_s <= 100
