"""The search of a training that several workers share, in the parent of the one that leads.

The helpers write their trials as rows. The leader reads on, passes them to its child and to the job's events, fetches
the predictions of the best, watches which helpers are alive, and invites further workers. It alone ends the search.
"""

from __future__ import annotations

import os
import time
from contextlib import suppress
from dataclasses import replace

import structlog

from core.domain.records import Json, TaskState
from core.domain.trainings import Job, TrialRow
from core.errors import Unavailable
from core.jobs.events import read_events
from core.storage import rows
from core.tasks.helpers import HelperSlots
from core.tasks.invitations import Invitations
from core.tasks.liveness import UnchangedTimer
from worker.distributed.number_claims import answer_claim
from worker.errors import TaskFailed
from worker.messages.from_child import ClaimNumber, PollUpdates, TrialFinished
from worker.messages.to_child import SearchUpdates, TrainRequest
from worker.supervisor import TaskSupervisor
from worker.tasks.requests import remaining_s
from worker.tasks.training.record import TrainingRecord
from worker.tasks.training.search import Handlers, finish_own_trial
from worker.tasks.training.trial_log import TrialLog

log = structlog.get_logger()

POLL_S = 1.0
# Seconds between invitations: the first pause, doubled up to the last.
INVITE_PAUSE_S, MAX_INVITE_PAUSE_S = 5.0, 60.0
# Share of the time budget after which no helper is invited: a later helper hardly gets to run a trial.
INVITE_BUDGET_SHARE = 0.8
# Maximum number of trials, the best ones, whose predictions are fetched: an ensemble hardly wants others.
MAX_FETCHED = 40
# Maximum seconds that one poll, and the last one, may take to fetch them.
POLL_FETCH_S, LAST_FETCH_S = 0.3, 3.0


class LeaderSearch:
    """A search to which helpers add trials."""

    def __init__(self, supervisor: TaskSupervisor, record: TrainingRecord, job: Job) -> None:
        self.supervisor = supervisor
        self.record = record
        self.job = job
        self.lease = supervisor.lease
        self.lease_s: float = supervisor.service.settings.lease_s
        self.trials = TrialLog(record.tables, supervisor.ref, self.lease.epoch)
        self.slots = HelperSlots(record.tables, supervisor.ref)
        self.invitations = Invitations(supervisor.service.ports.queue, supervisor.service.jobs.waiting)
        self.watch = UnchangedTimer(time.monotonic)
        self.poll_at = self.invite_at = 0.0
        self.pause_s = INVITE_PAUSE_S
        self.searching = True
        self.recorded: set[int] = set()
        self.scores: dict[int, float] = {}
        self.remote_blobs: dict[int, str] = {}
        """Blobs of predictions that are not in the folder."""
        self.updates: list[Json] = []
        self.at_hand: list[int] = []

    def begin(self, request: TrainRequest) -> TrainRequest:
        """Return the request without history: the child polls for updates, which begin with all earlier trials."""
        if self.lease.epoch > 1:
            tables, user, job = self.record.tables, self.job.user_id, self.job.id
            events = self.supervisor.retry_until_written(lambda: list(read_events(tables, user, job)))
            self.recorded = {event.data["number"] for event in events if event.kind == "trial"}
        self._ingest_trials(self.supervisor.retry_until_written(self.trials.read_new))
        self._poll_helpers()
        # All workers cut the same folds, which follow from the whole budget.
        spent_s = self.lease.claimed.task_state.spent_s
        return replace(request, role="leader", remaining_s=remaining_s(request.budget_s, spent_s))

    def handlers(self) -> Handlers:
        """Return the handlers of the child's questions and of its own trials' ends; trials are reserved on request."""
        return {
            PollUpdates: self.answer_poll, TrialFinished: self.finish_trial,
            ClaimNumber: lambda question: answer_claim(self.supervisor, self.trials, question),
        }  # fmt: skip

    def poll(self) -> None:
        """Check the helpers, if the last check is a while ago."""
        if self.searching and time.monotonic() >= self.poll_at:
            self._poll_helpers()

    def enter_phase(self, phase: str) -> None:
        """Note whether helpers are of any use in this phase."""
        self.searching = phase in ("reading", "cleaning", "searching")

    def answer_poll(self, question: PollUpdates) -> None:
        """Send the child the helpers' trials since its last poll."""
        self._ingest_trials(self.supervisor.retry_until_written(self.trials.read_new))
        if question.last:
            self._fetch_predictions(LAST_FETCH_S)
        self.supervisor.child.send(SearchUpdates(self.updates, self.at_hand))
        self.updates, self.at_hand = [], []

    def finish_trial(self, message: TrialFinished) -> None:
        """Write the result of one of the leader's own trials.

        Progress follows every two seconds, not once a trial: there may be many.
        """
        self._record_trial(finish_own_trial(self.supervisor, self.trials, message.trial))

    def _record_trial(self, trial: TrialRow) -> None:
        if trial.number in self.recorded:
            self.record.count_trial(trial)
        else:
            self.recorded.add(trial.number)
            self.record.record_trial(trial)
        if trial.state == "complete" and trial.score is not None:
            self.scores[trial.number] = trial.score

    # -- what the others do --

    def _poll_helpers(self) -> None:
        self.poll_at = time.monotonic() + POLL_S
        try:
            self._ingest_trials(self.trials.read_new())
            self._invite(len(self._members()))
            self._fetch_predictions(POLL_FETCH_S)
        except Unavailable:
            self.watch.keep(set())  # Members that could not be read were not silent.

    def _ingest_trials(self, trials: list[TrialRow]) -> None:
        for trial in trials:
            self.updates.append(trial.payload)
            if trial.state == "running":
                continue
            if trial.blob:
                self.remote_blobs[trial.number] = trial.blob
            self._record_trial(trial)

    def _members(self) -> set[str]:
        """Return the members that were not silent for a whole lease. The trials of all others are lost."""
        taken, members = self.slots.occupied(), set()
        for key, raw in taken.items():
            silent = self.watch.unchanged_s(key, raw) >= self.lease_s
            if silent and self.slots.evict(key, raw):
                log.info("helper_slot.cleared", work=self.supervisor.ref.path, slot=key)
                continue
            members.add(rows.load(TaskState, raw).owner)
        self.watch.keep(set(taken))
        for number, raw in list(self.trials.running.items()):
            if rows.load(TrialRow, raw).helper_id not in members and (lost := self.trials.mark_lost(number, raw)):
                self._ingest_trials([lost])
        return members

    def _invite(self, members: int) -> None:
        lacking, budget_s = self.job.spec["parallelism"] - 1 - members, self.job.spec["time_budget_s"]
        if lacking <= 0 or time.monotonic() < self.invite_at or self.lease.spent_s > INVITE_BUDGET_SHARE * budget_s:
            return
        if (self.invite_at or self.lease.epoch > 1) and not self.invitations.queue_is_empty():
            return
        self.invitations.send(self.supervisor.ref, self.lease.claimed.task_state.engine, lacking)
        self.invite_at = time.monotonic() + self.pause_s
        self.pause_s = min(2 * self.pause_s, MAX_INVITE_PAUSE_S)

    def _fetch_predictions(self, patience_s: float) -> None:
        """Fetch predictions that are missing here, of the best trials first, once it is known which these are."""
        if self.record.greater_is_better is None:
            return
        deadline, sign = time.monotonic() + patience_s, -1 if self.record.greater_is_better else 1
        for number in sorted(self.scores, key=lambda number: sign * self.scores[number])[:MAX_FETCHED]:
            if time.monotonic() >= deadline:
                return
            if blob := self.remote_blobs.get(number):
                with suppress(TaskFailed):  # The search can go on by the trial's score alone.
                    self.supervisor.fetch(blob, "fetched")
                    os.replace(self.supervisor.folder / "fetched", self.supervisor.folder / f"trial-{number}.npz")
                    self.at_hand.append(number)
                del self.remote_blobs[number]
