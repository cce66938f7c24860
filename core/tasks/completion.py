"""What follows when work is over: told to its user, entered in the indexes, its leftovers cleared away.

Each step may be done twice, by the worker that ended it or by the sweeper after a crash; the `active` row goes last.
"""

from __future__ import annotations

from dataclasses import replace

from core.datasets.datasets import UPLOADED, Datasets
from core.domain import states
from core.domain.records import Control, Dataset, Job, Model, WorkRef
from core.history.activity_log import ActivityLog
from core.jobs.events import EventLog
from core.ports import Ports
from core.storage import blob_intents, rows
from core.tasks.helpers import Seats
from core.tasks.lifecycle import Work


class Settler:
    """Settles work that is over."""

    def __init__(self, ports: Ports, work: Work, datasets: Datasets, activity: ActivityLog) -> None:
        self.tables = ports.tables
        self.blobs = ports.blobs
        self.work = work
        self.datasets = datasets
        self.activity = activity

    def settle(self, ref: WorkRef) -> None:
        """Do what is left to do for work that is over; nothing for work that is not."""
        control = self.work.control(ref)
        if control is None or control.state not in states.FINAL:
            return
        if ref.kind == "train":
            self._train(ref, control)
        elif ref.kind == "profile":
            self._profile(ref, control)
        elif ref.kind == "predict":
            self.activity.record(ref.user_id, f"prediction.{control.state}", f"prediction/{ref.id}", once=ref.path)
        self.work.forget(ref)

    def _train(self, ref: WorkRef, control: Control) -> None:
        result = control.result or {}
        key = rows.key("model", ref.user_id, result.get("model_id", ""))
        raw = self.tables.get(key) if result else None
        if raw is not None:
            model = rows.load(Model, raw)
            if not model.settled:
                self.tables.put_if_unchanged(key, rows.dump(replace(model, settled=True)), raw)
            for name in ("intent", "report_intent", "evaluation_intent"):
                if intent := result.get(name):
                    blob_intents.settled(self.tables, intent)
        self.tables.put(rows.key("jobstate", ref.user_id, control.state, ref.id), b"")
        done = {"state": control.state, "model_id": result.get("model_id"), "error": control.error}
        EventLog(self.tables, ref.user_id, ref.id).append_once("done", done, control.epoch)
        detail = (control.error or {}).get("reason", "")
        self.activity.record(ref.user_id, f"job.{control.state}", f"job/{ref.id}", detail, once=ref.path)
        Seats(self.tables, ref).erase()
        # Out-of-fold predictions serve a search that goes on: this one does not.
        blob_intents.delete(self.blobs, trials_folder(ref))
        self._ring_next(ref)

    def _profile(self, ref: WorkRef, control: Control) -> None:
        if control.state == states.FAILED:  # Whatever it died of: nobody is to wait for it for ever.
            self.datasets.record_profile(ref, None, control.error)
        raw = self.tables.get(rows.key("dataset", ref.user_id, ref.id.rsplit("-r", 1)[0]))
        if raw is None:
            return
        dataset = rows.load(Dataset, raw)
        if dataset.state != UPLOADED:
            once = f"{ref.path}#{dataset.state}"
            self.activity.record(ref.user_id, f"dataset.{dataset.state}", f"dataset/{dataset.id}", once=once)
        for waiting in self.datasets.users(dataset):
            self.work.ring(waiting)

    def _ring_next(self, ref: WorkRef) -> None:
        """A slot of this user is free: ring for the oldest job that waits for one, rather than for its profile."""
        start = rows.prefix("active", "train", ref.user_id)
        refs = [WorkRef("train", ref.user_id, row.key.removeprefix(start)) for row in self.tables.scan(start, 1000)]
        waiting = [other for other, control in self.work.controls(refs).items() if control.state == states.QUEUED]
        for other in sorted(waiting, key=lambda other: other.id, reverse=True):  # Ids sort newest first.
            raw = self.tables.get(rows.key("job", other.user_id, other.id))
            dataset = raw and self.datasets.find(other.user_id, rows.load(Job, raw).dataset_id)
            if not dataset or dataset.state != UPLOADED:
                self.work.ring(other)
                return


def trials_folder(ref: WorkRef) -> str:
    """The prefix of the out-of-fold predictions of a job's trials."""
    return f"{ref.user_id}/trials/{ref.id}/"
