"""A training, in the parent: the child's messages become rows and events, its bundle a model."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

from core.domain.ids import new_id, now
from core.domain.records import Dataset, Job, Json, Model, Progress, TrialRow
from core.errors import LeaseLost
from core.jobs.events import EventLog
from core.jobs.train_task import trials_folder
from core.observability import tracing
from core.storage import blob_intents, rows
from worker.resource_limits import child_threads
from worker.supervisor import Conduct, TaskFailed, reading
from worker.tasks.trial_log import Trials

LEAST_BUDGET_S = 5.0
MOST_LOG_LINES = 1000
PROGRESS_EVERY_S = 2.0
TOLD = ("report", "evaluation")
"""Files about a model, kept beside its bundle."""


class Training:
    """Conducts one training to its result."""

    def __init__(self, conduct: Conduct, job: Job, dataset: Dataset) -> None:
        self.conduct = conduct
        self.job = job
        self.dataset = dataset
        self.service = conduct.service
        self.tables = self.service.ports.tables
        self.lease = conduct.lease
        self.insist = conduct.insist
        self.events = EventLog(self.tables, job.user_id, job.id)
        self.progress = Progress(self.lease.epoch)
        self.told_at = 0.0
        self.log_lines = 0
        self.trials = Trials(self.tables, conduct.ref, self.lease.epoch)
        self.greater_is_better = True
        self.earlier: list[float] = []

    def run(self) -> Json:
        """Train; returns what the fenced `succeeded` will hold."""
        self._log("state", {"state": "running", "attempt": self.lease.held.control.attempt})
        # Out-of-fold predictions of this attempt lie below one prefix, announced once.
        folder = trials_folder(self.conduct.ref)
        blob_intents.announce(self.tables, folder, rows.active_key(self.conduct.ref))
        self.conduct.fetch(self.dataset.blob, "data.csv")
        task, handlers, result = self._task(), self._handlers(), {}
        for message in self._messages(task):
            if handler := handlers.get(message["type"]):
                handler(message)
            if time.monotonic() - self.told_at > PROGRESS_EVERY_S:
                self._tell()
            result = message
        return self._keep(result)

    def _task(self) -> Json:
        control = self.lease.held.control
        return {
            **training_task(self.conduct, self.job, self.dataset, control.memory_scale),
            "history": self._history(),
            "budget_s": rest_s(self.job.spec["time_budget_s"], control.spent_s),
        }

    def _messages(self, task: Json) -> Iterator[Json]:
        return self.conduct.run(task)

    def _handlers(self) -> dict[str, Callable[[Json], None]]:
        return {
            "task": self._on_task, "fitting": self._on_fitting, "phase": self._on_phase, "log": self._on_log,
            "trial_started": self._on_trial_started, "trial_finished": self._on_trial_finished,
        }  # fmt: skip

    # -- what the child tells --

    def _on_fitting(self, message: Json) -> None:
        self.lease.fitting()

    def _on_phase(self, message: Json) -> None:
        tracing.event("phase", phase=message["phase"])
        self._tell(phase=message["phase"])
        data = {"phase": message["phase"], "task": self.progress.task, "metric": self.progress.metric}
        self._log("phase", data)

    def _on_log(self, message: Json) -> None:
        self.log_lines += 1
        if self.log_lines <= MOST_LOG_LINES:
            self._log("log", {"text": str(message["text"])[:2000]})

    def _on_task(self, message: Json) -> None:
        self.greater_is_better = message["greater_is_better"]
        best = max if self.greater_is_better else min
        self._tell(task=message["task"], metric=message["metric"], best_score=best(self.earlier, default=None))

    def _on_trial_started(self, message: Json) -> None:
        """Reserve the number with its parameters."""
        if not self.insist(lambda: self.trials.reserve(message["trial"])):
            raise LeaseLost(f"trial {message['trial']['number']} is somebody else's")

    def _on_trial_finished(self, message: Json) -> None:
        trial = finish_trial(self.conduct, self.trials, message["trial"])
        if trial is None:
            raise LeaseLost(f"trial {message['trial']['number']} is somebody else's")
        self._tell_trial(trial)

    def _tell_trial(self, trial: TrialRow) -> None:
        data = {
            "number": trial.number, "model": trial.model, "params": trial.params, "state": trial.state,
            "score": trial.score, "fit_s": trial.fit_s, "started_at": trial.started_at,
        }  # fmt: skip
        self._log("trial", data)
        self._count(trial)

    def _count(self, trial: TrialRow) -> None:
        best, score = self.progress.best_score, trial.score
        if trial.state == "complete" and score is not None:
            best = score if best is None else max(best, score) if self.greater_is_better else min(best, score)
        self._progressed(trials_done=self.progress.trials_done + 1, best_score=best)

    def _progressed(self, **changes: Any) -> None:
        self._tell(**changes)

    # -- rows --

    def _history(self) -> list[Json]:
        """The finished trials of earlier attempts, their predictions fetched; those in flight are told as lost."""
        history = []
        start = rows.prefix("trial", self.job.user_id, self.job.id)
        for row in rows.scan_all(self.tables, start):
            trial = rows.load(TrialRow, row.value)
            if trial.state == "running":
                lost = {**trial.engine, "state": "failed", "reason": "Its worker was lost."}
                value = rows.dump(self.trials.row(lost))
                if not self.tables.put_if_unchanged(row.key, value, row.value) and self.tables.get(row.key) != value:
                    raise LeaseLost(f"trial {trial.number} is somebody else's")
                history.append(lost)
                continue
            if trial.blob:
                self._fetch_predictions(trial.blob, f"trial-{trial.number}.npz")
            history.append(trial.engine)
            if trial.state == "complete" and trial.score is not None:
                self.earlier.append(trial.score)
        if history:
            self._tell(trials_done=len(history))
        return history

    def _fetch_predictions(self, blob: str, name: str) -> None:
        try:
            self.conduct.fetch(blob, name)
        except TaskFailed:  # The search can go on by the trial's score alone.
            (self.conduct.folder / name).unlink()

    def _tell(self, **changes: Any) -> None:
        self.told_at = time.monotonic()
        values = {**self.progress.__dict__, "elapsed_s": round(self.lease.spent_s, 1), **changes}
        self.progress = Progress(**values)
        key, value = rows.key("progress", self.job.user_id, self.job.id), rows.dump(self.progress)
        self.insist(lambda: self.tables.put(key, value))

    def _log(self, kind: str, data: Json) -> None:
        at = now()
        self.insist(lambda: self.events.append(kind, data, self.lease.epoch, at))

    def _keep(self, result: Json) -> Json:
        """Upload bundle, report and evaluation and write the model's row, announced first.

        Until the control row names the model it is not there for anybody.
        """
        self._tell(task=result["task"], metric=result["metric"], phase="saving")
        id, user = new_id(), self.job.user_id
        blob, key = f"{user}/models/{id}", rows.key("model", user, id)
        control = rows.control_key(self.conduct.ref)
        intent = self.insist(lambda: blob_intents.announce(self.tables, blob, control, key))
        info = self.conduct.upload(blob, self.conduct.folder / result["bundle"])
        about: Json = {"model_id": id, "blob": blob, "intent": intent}
        told: dict[str, Json] = {}
        for kind in TOLD:
            if kind in result:
                about[kind] = name = f"{blob}-{kind}"
                about[f"{kind}_intent"] = self._announce(name, control)
                written = self.conduct.upload(name, self.conduct.folder / result[kind])
                told[kind] = {"blob": name, "size_bytes": written.size_bytes, "sha256": written.sha256}
        model = Model(
            id, user, self.job.id, self.dataset.id, now(), blob, info.size_bytes, info.sha256, result["summary"],
            report=told.get("report"), evaluation=told.get("evaluation"),
        )  # fmt: skip
        self.insist(lambda: self.tables.put(key, rows.dump(model)))
        self.conduct.heed_wishes()
        return {**about, "task": result["task"], "metric": result["metric"]}

    def _announce(self, blob: str, owner: str) -> str:
        return str(self.insist(lambda: blob_intents.announce(self.tables, blob, owner)))


def training_task(conduct: Conduct, job: Job, dataset: Dataset, memory_scale: float) -> Json:
    """What every process that works on the job is told."""
    return {
        "type": conduct.ref.kind, "spec": job.spec, **reading(dataset),
        "threads": child_threads(conduct.service.settings), "memory_limit_bytes": conduct.memory_bytes,
        "memory_scale": memory_scale,
    }  # fmt: skip


def finish_trial(conduct: Conduct, trials: Trials, trial: Json) -> TrialRow | None:
    """Keep the trial's predictions and write what became of it; None where somebody else has declared it lost."""
    file = conduct.folder / f"trial-{trial['number']}.npz"
    blob = f"{trials_folder(conduct.ref)}{trial['number']}-e{trials.epoch}" if file.exists() else None
    if blob:
        conduct.upload(blob, file)
    return conduct.insist(lambda: trials.finish(trial, blob))


def rest_s(budget_s: float, spent_s: float) -> float:
    """What earlier attempts left of the budget: enough to end well, in any case."""
    return max(budget_s - spent_s, min(budget_s, LEAST_BUDGET_S))
