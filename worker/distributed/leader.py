"""A training that several workers share, in the parent of the one that leads.

The others write their trials as rows. The leader reads on, tells its child and the job's story of them, fetches the
predictions of the best, watches who holds a seat, and invites further workers. It alone ends the search.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Any

import structlog

from core.domain.records import Control, Dataset, Job, Json, TrialRow
from core.errors import Unavailable
from core.jobs.events import read_events
from core.storage import rows
from core.tasks.helpers import Seats
from core.tasks.invitations import Tickets
from core.tasks.watch import Watch
from worker.supervisor import Conduct, TaskFailed
from worker.tasks.training import Training, rest_s

log = structlog.get_logger()

LOOK_S = 1.0
# Between invitations: the first pause, doubled up to the last.
INVITE_S, INVITE_MOST_S = 5.0, 60.0
# Of the time budget: who is invited later hardly gets to run a trial.
INVITE_SHARE = 0.8
# Trials, the best ones, whose predictions are fetched: an ensemble hardly wants others.
MOST_FETCHED = 40
# Seconds that one look, and the last one, may take to fetch them.
LOOK_FETCH_S, LAST_FETCH_S = 0.3, 3.0


class SharedTraining(Training):
    """Conducts one training to its result, with the help of whoever holds a seat."""

    def __init__(self, conduct: Conduct, job: Job, dataset: Dataset) -> None:
        super().__init__(conduct, job, dataset)
        self.seats = Seats(self.tables, conduct.ref)
        self.tickets = Tickets(self.service.ports.queue, self.service.jobs.waiting)
        self.watch = Watch(time.monotonic)
        self.look_at = self.invite_at = 0.0
        self.pause_s = INVITE_S
        self.searching = True
        self.told: set[int] = set()
        self.scores: dict[int, float] = {}
        self.remote: dict[int, str] = {}
        """Blobs of predictions that are not in the folder."""
        self.news: list[Json] = []
        self.at_hand: list[int] = []

    def _task(self) -> Json:
        budget_s = self.job.spec["time_budget_s"]
        left_s = rest_s(budget_s, self.lease.held.control.spent_s)
        # All workers cut the same folds, which follow from the whole budget.
        return {**super()._task(), "budget_s": budget_s, "left_s": left_s, "leads": True}

    def _history(self) -> list[Json]:
        """Nothing: the child asks for news, which begin with all trials of earlier attempts."""
        user, job = self.job.user_id, self.job.id
        if self.lease.epoch > 1:
            story = self.insist(lambda: list(read_events(self.tables, user, job)))
            self.told = {event.data["number"] for event in story if event.kind == "trial"}
        self._take_in(self.insist(self.trials.read_on))
        self._look()
        return []

    def _messages(self, task: Json) -> Iterator[Json]:
        for message in self.conduct.heard(task):
            if self.searching and time.monotonic() >= self.look_at:
                self._look()
            if message is not None:
                yield message

    # -- what the child asks and tells --

    def _handlers(self) -> dict[str, Callable[[Json], None]]:
        return {**super()._handlers(), "news": self._on_news, "reserve": self._on_reserve}

    def _on_news(self, message: Json) -> None:
        self._take_in(self.insist(self.trials.read_on))
        if message["last"]:
            self._fetch(LAST_FETCH_S)
        self.conduct.child.send({"type": "answer", "trials": self.news, "at_hand": self.at_hand})
        self.news, self.at_hand = [], []

    def _on_reserve(self, message: Json) -> None:
        reserved = self.insist(lambda: self.trials.reserve(message["trial"]))
        self.conduct.child.send({"type": "answer", "reserved": reserved})

    def _on_trial_started(self, message: Json) -> None:
        """Reserved it was already."""

    def _tell_trial(self, trial: TrialRow) -> None:
        self.told.add(trial.number)
        super()._tell_trial(trial)

    def _count(self, trial: TrialRow) -> None:
        super()._count(trial)
        if trial.state == "complete" and trial.score is not None:
            self.scores[trial.number] = trial.score

    def _progressed(self, **changes: Any) -> None:
        """Told every two seconds, not once a trial: there may be many."""
        self.progress = replace(self.progress, **changes)

    def _on_phase(self, message: Json) -> None:
        super()._on_phase(message)
        self.searching = message["phase"] in ("reading", "cleaning", "searching")

    # -- what the others do --

    def _look(self) -> None:
        self.look_at = time.monotonic() + LOOK_S
        try:
            self._take_in(self.trials.read_on())
            self._invite(len(self._members()))
            self._fetch(LOOK_FETCH_S)
        except Unavailable:
            self.watch.keep(set())  # Who could not be heard was not silent.

    def _take_in(self, trials: list[TrialRow]) -> None:
        for trial in trials:
            self.news.append(trial.engine)
            if trial.state == "running":
                continue
            if trial.blob:
                self.remote[trial.number] = trial.blob
            if trial.number in self.told:
                self._count(trial)
            else:
                self._tell_trial(trial)

    def _members(self) -> set[str]:
        """Who holds a seat and was not silent for a whole lease. The trials of all others are lost."""
        taken, members = self.seats.taken(), set()
        for key, raw in taken.items():
            silent = self.watch.unchanged_s(key, raw) >= self.service.settings.lease_s
            if silent and self.seats.clear(key, raw):
                log.info("seat.cleared", work=self.conduct.ref.path, seat=key)
                continue
            members.add(rows.load(Control, raw).owner)
        self.watch.keep(set(taken))
        for number, raw in list(self.trials.running.items()):
            if rows.load(TrialRow, raw).member not in members and (lost := self.trials.lose(number)):
                self._take_in([lost])
        return members

    def _invite(self, members: int) -> None:
        lacking, budget_s = self.job.spec["parallelism"] - 1 - members, self.job.spec["time_budget_s"]
        if lacking <= 0 or time.monotonic() < self.invite_at or self.lease.spent_s > INVITE_SHARE * budget_s:
            return
        if (self.invite_at or self.lease.epoch > 1) and not self.tickets.none_left():
            return
        self.tickets.invite(self.conduct.ref, self.lease.held.control.engine, lacking)
        self.invite_at = time.monotonic() + self.pause_s
        self.pause_s = min(2 * self.pause_s, INVITE_MOST_S)

    def _fetch(self, patience_s: float) -> None:
        """Fetch predictions that are not here, of the best trials first."""
        deadline, sign = time.monotonic() + patience_s, -1 if self.greater_is_better else 1
        for number in sorted(self.scores, key=lambda number: sign * self.scores[number])[:MOST_FETCHED]:
            if time.monotonic() >= deadline:
                return
            if blob := self.remote.get(number):
                with suppress(TaskFailed):  # The search can go on by the trial's score alone.
                    self.conduct.fetch(blob, "fetched")
                    os.replace(self.conduct.folder / "fetched", self.conduct.folder / f"trial-{number}.npz")
                    self.at_hand.append(number)
                del self.remote[number]
