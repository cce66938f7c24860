"""Help with a search that another worker leads, in the parent: feed the child, keep its trials."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

from core.domain.records import Dataset
from core.domain.trainings import Job
from core.errors import Unavailable
from core.jobs.train_task import trials_prefix
from core.storage import blob_intents, rows
from core.tasks.helpers import HelperLease
from core.tasks.lifecycle import ClaimedTask
from worker.distributed.leader_watch import LeaderWatch, Reassigned, SearchEnded
from worker.distributed.number_claims import answer_claim
from worker.messages.from_child import ClaimNumber, PollUpdates, TrialFinished
from worker.messages.to_child import SearchUpdates
from worker.supervisor import TaskSupervisor
from worker.tasks.conversion import fetch_csv
from worker.tasks.requests import train_request
from worker.tasks.training.search import Handlers, store_trial
from worker.tasks.training.trial_log import TrialLog

# Seconds between checks for jobs that wait for a worker.
FAIRNESS_CHECK_S = 5.0


class HelperRun:
    """Run one worker's part in one search.

    Args:
        leader: watched by the supervisor; knows how much time is left.
        claim_waiting_job: claims and returns the first of the jobs that wait for a worker.
    """

    def __init__(
        self,
        supervisor: TaskSupervisor,
        leader: LeaderWatch,
        slot: HelperLease,
        job: Job,
        dataset: Dataset,
        claim_waiting_job: Callable[[], ClaimedTask | None],
    ) -> None:
        self.supervisor = supervisor
        self.leader = leader
        self.job = job
        self.dataset = dataset
        self.claim_waiting_job = claim_waiting_job
        self.fairness_check_at = time.monotonic() + FAIRNESS_CHECK_S
        self.tables = supervisor.service.ports.tables
        self.trials = TrialLog(self.tables, supervisor.ref, slot.task_state.epoch, slot.helper_id)

    def run(self) -> None:
        """Run trials until none is left to try. Raises SearchEnded, Reassigned and what any supervisor raises."""
        supervisor = self.supervisor
        supervisor.raise_if_interrupted()
        folder, owner = trials_prefix(supervisor.ref), rows.active_key(supervisor.ref)
        supervisor.retry_until_written(lambda: blob_intents.record(self.tables, folder, owner))
        fetch_csv(supervisor, self.dataset)
        request = train_request(supervisor, self.job, self.dataset, self.leader.leader_state.memory_scale)
        handlers = self._handlers()
        for message in supervisor.messages(replace(request, role="helper")):
            if handler := handlers.get(type(message)):
                handler(message)

    def leave(self, state: str, reason: str) -> None:
        """Abandon the trial in progress; if that cannot be written, the leader finds it lost."""
        jobs = self.supervisor.service.jobs
        with suppress(Unavailable):
            self.trials.abandon(state, reason)
            if jobs.find(self.job.user_id, self.job.id) is None:
                jobs.delete_rows(self.job)  # The job was deleted meanwhile: rows that came too late go, too.

    def _handlers(self) -> Handlers:
        return {
            PollUpdates: self._on_poll, TrialFinished: self._on_trial_finished,
            ClaimNumber: lambda question: answer_claim(self.supervisor, self.trials, question),
        }  # fmt: skip

    def _on_poll(self, question: PollUpdates) -> None:
        # Between two trials nothing is lost by leaving.
        if time.monotonic() >= self.fairness_check_at:
            self.fairness_check_at = time.monotonic() + FAIRNESS_CHECK_S
            if claimed := self.claim_waiting_job():
                raise Reassigned(claimed)
        trials = [trial.payload for trial in self.supervisor.retry_until_written(self.trials.read_new)]
        self.supervisor.child.send(SearchUpdates(trials, [], self.leader.remaining_s(self.job.spec["time_budget_s"])))

    def _on_trial_finished(self, message: TrialFinished) -> None:
        if store_trial(self.supervisor, self.trials, message.trial) is None:
            raise SearchEnded("the leader has given this trial up")
