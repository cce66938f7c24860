"""Help with a search that another worker leads, in its parent: watches the leader, feeds the child, keeps trials."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from core.domain import states
from core.domain.records import Control, Dataset, Job, Json, Progress
from core.errors import NoBrainsError, Unavailable
from core.jobs.train_task import trials_folder
from core.service import Service
from core.storage import blob_intents, rows
from core.tasks.helpers import Seat
from core.tasks.lifecycle import Held
from core.tasks.messages import Doorbell
from core.tasks.watch import Watch
from worker.child_process import Child
from worker.lease_keeper import Lease
from worker.supervisor import Conduct
from worker.tasks.training import finish_trial, training_task
from worker.tasks.trial_log import Trials

# Between looks at who waits for a worker.
FAIR_S = 5.0


class Over(NoBrainsError):
    """The search wants no more help."""


class Called(NoBrainsError):
    """This worker has claimed other work: the lead of the search it helped with, or a job that waited."""

    def __init__(self, held: Held) -> None:
        super().__init__(f"called to {held.ref.path}")
        self.held = held


class Helping(Conduct):
    """Watches over the child as any conduct does, and over the leader.

    Args:
        worker, engine: name of this worker and version of its engine.
        led: the training's control row as the seat was taken.
    """

    wishes_s = 1.0

    def __init__(
        self, service: Service, lease: Lease, child: Child, folder: Path, draining: threading.Event, memory_bytes: int,
        worker: str, engine: str, led: Control,
    ) -> None:  # fmt: skip
        super().__init__(service, lease, child, folder, draining, memory_bytes)
        self.worker = worker
        self.engine = engine
        self.led = led
        self.led_at = time.monotonic()
        self.watch = Watch(time.monotonic)

    def heed_wishes(self) -> None:
        """Raise Over where the search has ended or its leader has another engine or other rows, and Called where the
        lead was to be had."""
        self.wishes_at = time.monotonic()
        key, progress_key = rows.control_key(self.ref), rows.key("progress", self.ref.user_id, self.ref.id)
        try:
            found = self.service.ports.tables.get_many([key, rows.request_key(self.ref), progress_key])
            raw = found.get(key)
            if raw is None or rows.request_key(self.ref) in found:
                raise Over("deleted, stopped or cancelled")
            self._heed(rows.load(Control, raw), raw)
        except Unavailable:
            self.watch.keep(set())  # Who could not be heard was not silent.
            return
        if raw := found.get(progress_key):
            progress = rows.load(Progress, raw)
            if progress.epoch == self.led.epoch and progress.phase in ("ensembling", "finishing", "saving"):
                raise Over("the search has ended")

    def _heed(self, control: Control, raw: bytes) -> None:
        if control.state in states.FINAL:
            raise Over(control.state)
        silent = self.watch.unchanged_s(rows.control_key(self.ref), raw) >= self.service.settings.lease_s
        if control.state == states.QUEUED or silent or control.owner == self.worker:
            bell = Doorbell(self.ref, rows.digest(raw) if silent else None)
            if held := self.service.claims.claim(bell, self.worker, self.engine):
                raise Called(held)
            return
        if (control.engine, control.memory_scale) != (self.engine, self.led.memory_scale):
            raise Over("it goes on with another engine, or with fewer rows")
        if control.spent_s != self.led.spent_s or control.epoch != self.led.epoch:
            self.led, self.led_at = control, time.monotonic()

    def left_s(self, budget_s: float) -> float:
        """Of the time budget, by what the leader has told last; it had begun to fit once it tells of any time."""
        spent_s = self.led.spent_s
        if spent_s:
            spent_s += time.monotonic() - self.led_at + float(self.service.settings.renew_s)
        return max(0.0, budget_s - spent_s)


class Help:
    """One worker's part in one search."""

    def __init__(
        self, conduct: Helping, seat: Seat, job: Job, dataset: Dataset, waiting: Callable[[], Held | None]
    ) -> None:
        self.conduct = conduct
        self.job = job
        self.dataset = dataset
        self.waiting = waiting
        self.fair_at = time.monotonic() + FAIR_S
        self.tables = conduct.service.ports.tables
        self.trials = Trials(self.tables, conduct.ref, seat.control.epoch, seat.member)

    def run(self) -> None:
        """Run trials until nothing is left to try. Raises Over, Called and what any conduct does."""
        conduct = self.conduct
        conduct.check()
        folder = trials_folder(conduct.ref)
        conduct.insist(lambda: blob_intents.announce(self.tables, folder, rows.active_key(conduct.ref)))
        conduct.fetch(self.dataset.blob, "data.csv")
        task = training_task(conduct, self.job, self.dataset, conduct.led.memory_scale)
        task |= {"budget_s": self.job.spec["time_budget_s"], "leads": False, "history": []}
        handlers = {"news": self._on_news, "reserve": self._on_reserve, "trial_finished": self._on_trial_finished}
        for message in conduct.run(task):
            if handler := handlers.get(message["type"]):
                handler(message)

    def leave(self, state: str, reason: str) -> None:
        """Give up what is under way; where that cannot be written, the leader finds it lost."""
        jobs = self.conduct.service.jobs
        with suppress(Unavailable):
            self.trials.give_up(state, reason)
            if jobs.find(self.job.user_id, self.job.id) is None:
                jobs.erase(self.job)  # It was deleted meanwhile: what came too late goes, too.

    def _on_news(self, message: Json) -> None:
        # Between two trials nothing is lost by going.
        if time.monotonic() >= self.fair_at:
            self.fair_at = time.monotonic() + FAIR_S
            if held := self.waiting():
                raise Called(held)
        trials = [trial.engine for trial in self.conduct.insist(self.trials.read_on)]
        left_s = self.conduct.left_s(self.job.spec["time_budget_s"])
        self.conduct.child.send({"type": "answer", "trials": trials, "at_hand": [], "left_s": left_s})

    def _on_reserve(self, message: Json) -> None:
        reserved = self.conduct.insist(lambda: self.trials.reserve(message["trial"]))
        self.conduct.child.send({"type": "answer", "reserved": reserved})

    def _on_trial_finished(self, message: Json) -> None:
        if finish_trial(self.conduct, self.trials, message["trial"]) is None:
            raise Over("the leader has given this trial up")
