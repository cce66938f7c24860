"""Run a training, in the parent: the child's messages become rows and events, its bundle a model."""

from __future__ import annotations

from core.domain.records import Dataset, Json
from core.domain.trainings import Job
from core.jobs.train_task import trials_prefix
from core.observability import tracing
from core.storage import blob_intents, rows
from worker.messages.codec import BadMessage
from worker.messages.from_child import FitStarted, FromChild, LogLine, PhaseStarted, Prepared, TrainResult
from worker.supervisor import TaskSupervisor
from worker.tasks.conversion import fetch_csv
from worker.tasks.requests import train_request
from worker.tasks.training.model_storage import store_model
from worker.tasks.training.record import TrainingRecord
from worker.tasks.training.search import Handlers, Search

MAX_LOG_LINES = 1000
MAX_LINE_LENGTH = 2000


class TrainingRun:
    """Run one attempt at a training to its result.

    Args:
        record: the events and progress of the training.
        search: its trials, of one child or of several workers.
    """

    def __init__(
        self, supervisor: TaskSupervisor, job: Job, dataset: Dataset, record: TrainingRecord, search: Search
    ) -> None:
        self.supervisor = supervisor
        self.job = job
        self.dataset = dataset
        self.record = record
        self.search = search
        self.log_lines = 0

    def run(self) -> Json:
        """Train, and return the result for the fenced `succeeded`."""
        supervisor, task_state = self.supervisor, self.supervisor.lease.claimed.task_state
        self.record.append_event("state", {"state": "running", "attempt": task_state.attempt})
        if task_state.epoch > 1:
            self.record.resume()
        # Out-of-fold predictions of this attempt lie below one prefix, announced once.
        folder, owner = trials_prefix(supervisor.ref), rows.active_key(supervisor.ref)
        blob_intents.record(supervisor.service.ports.tables, folder, owner)
        fetch_csv(supervisor, self.dataset)
        request = self.search.begin(train_request(supervisor, self.job, self.dataset, task_state.memory_scale))
        last: FromChild | None = None
        handlers = self._handlers()
        for message in supervisor.messages(request):
            self.search.poll()
            if message is None:
                continue
            if handler := handlers.get(type(message)):
                handler(message)
            self.record.write_progress_if_due()
            last = message
        if not isinstance(last, TrainResult):
            raise BadMessage(f"a training ended with {type(last).__name__}")
        return self._store_model(last)

    def _handlers(self) -> Handlers:
        return {
            Prepared: self._on_prepared, FitStarted: self._on_fit_started, PhaseStarted: self._on_phase_started,
            LogLine: self._on_log_line, **self.search.handlers(),
        }  # fmt: skip

    def _on_fit_started(self, message: FitStarted) -> None:
        self.supervisor.lease.fitting()

    def _on_phase_started(self, message: PhaseStarted) -> None:
        tracing.event("phase", phase=message.phase)
        self.record.write_progress(phase=message.phase)
        progress = self.record.progress
        data = {"phase": message.phase, "task": progress.task, "metric": progress.metric}
        self.record.append_event("phase", data)
        self.search.enter_phase(message.phase)

    def _on_log_line(self, message: LogLine) -> None:
        self.log_lines += 1
        if self.log_lines <= MAX_LOG_LINES:
            self.record.append_event("log", {"text": message.text[:MAX_LINE_LENGTH]})

    def _on_prepared(self, message: Prepared) -> None:
        self.record.set_metric(message.task, message.metric, greater_is_better=message.greater_is_better)

    def _store_model(self, result: TrainResult) -> Json:
        task, metric = result.task, result.metric
        self.record.write_progress(task=task, metric=metric, phase="saving")
        stored = store_model(self.supervisor, self.job, result)
        self.supervisor.check_stop_request()
        return {**stored, "task": task, "metric": metric}
