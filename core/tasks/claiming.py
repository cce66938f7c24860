"""Whether work may begin now, and its claim."""

from __future__ import annotations

from contextlib import suppress

from core.datasets.datasets import REJECTED, UPLOADED, Datasets
from core.datasets.target_checks import Checks
from core.domain import states
from core.domain.records import Dataset, Json, Model, WorkRef
from core.errors import LeaseLost, failure
from core.jobs.jobs import Jobs
from core.limits import concurrency_slots
from core.limits.quotas import QuotaBook
from core.models.exports import Exports
from core.models.models import Models
from core.models.stored_predictions import Predictions
from core.settings import Settings
from core.storage import rows
from core.tasks.completion import Settler
from core.tasks.lifecycle import Held, Work
from core.tasks.messages import Doorbell


class Claims:
    """Answers a doorbell: claims the work, ends it where it cannot begin, or leaves it for later."""

    def __init__(
        self, settings: Settings, work: Work, settler: Settler, quotas: QuotaBook,
        datasets: Datasets, jobs: Jobs, models: Models, predictions: Predictions, checks: Checks, exports: Exports,
    ) -> None:  # fmt: skip
        self.settings = settings
        self.work = work
        self.settler = settler
        self.quotas = quotas
        self.datasets = datasets
        self.jobs = jobs
        self.models = models
        self.predictions = predictions
        self.checks = checks
        self.exports = exports

    def claim(self, bell: Doorbell, owner: str, engine: str = "") -> Held | None:
        """The work, held under a new epoch; None when there is nothing to do now (whatever comes to be done later
        rings again). `engine` is the version of the owner's."""
        ref = bell.ref
        control = self.work.control(ref)
        if control is None or (bell.engine and control.state != states.QUEUED):  # A ticket: nothing to lead.
            return None
        if control.state in states.FINAL:
            self.settler.settle(ref)
            return None
        # A worker that hands work back may not have heard of it any more.
        if ref.kind == "train" and self.work.requested(ref) == states.CANCEL:
            self._end(bell, states.CANCELLED)
            return None
        if error := self._hopeless(ref, control.attempt):
            self._end(bell, states.FAILED, error)
            return None
        if ref.kind == "train":
            return self._claim_train(bell, owner, engine)
        return self.work.claim(bell, owner)

    def model_of(self, ref: WorkRef) -> Model | None:
        """The model that is exported, None when it is gone."""
        asked = self.exports.asked(ref)
        return self.models.find(ref.user_id, asked[0]) if asked else None

    def dataset_of(self, ref: WorkRef) -> Dataset | None:
        """The dataset that the work reads, None when it is gone; exports read none."""
        if ref.kind == "profile":
            return self.datasets.find(ref.user_id, ref.id.rsplit("-r", 1)[0])
        if ref.kind == "check":
            asked = self.checks.asked(ref)
            return self.datasets.find(ref.user_id, asked[0]) if asked else None
        owner = (self.jobs if ref.kind == "train" else self.predictions).find(ref.user_id, ref.id)
        return self.datasets.find(ref.user_id, owner.dataset_id) if owner else None

    def _hopeless(self, ref: WorkRef, attempt: int) -> Json | None:
        if error := self._lacking(ref):
            return error
        if attempt >= self.settings.max_attempts:
            return failure(
                "WORKER_LOST",
                f"It was started {attempt} times, and each time its worker was lost.",
                "Ask the operator to look at the workers' logs and memory, then retry.",
            )
        return None

    def _lacking(self, ref: WorkRef) -> Json | None:
        """What is said where the thing that the work reads is gone or useless."""
        if ref.kind == "export":
            if self.model_of(ref) is None:
                return failure("MODEL_DELETED", "The model was deleted.", "Train it again.")
            return None
        dataset = self.dataset_of(ref)
        if dataset is None:
            return failure("DATASET_DELETED", "The dataset was deleted.", "Upload it again.")
        if dataset.state == REJECTED and ref.kind != "profile":
            why = (dataset.error or {}).get("detail", "")
            return failure(
                "DATASET_REJECTED", f"The dataset cannot be used: {why}", "Mend the file and upload it anew."
            )
        return None

    def _end(self, bell: Doorbell, state: str, error: Json | None = None) -> None:
        raw = self.work.tables.get(rows.control_key(bell.ref))
        seen = raw if raw is not None and bell.silent == rows.digest(raw) else None
        if self.work.end_unheld(bell.ref, state, error, seen=seen):
            self.settler.settle(bell.ref)

    def _claim_train(self, bell: Doorbell, owner: str, engine: str) -> Held | None:
        dataset = self.dataset_of(bell.ref)
        if dataset is None or dataset.state == UPLOADED:
            return None  # Its profile, once made, rings for the job.
        slot = concurrency_slots.acquire(self.work.tables, bell.ref, self.quotas.of(bell.ref.user_id).running_jobs)
        if slot is None:
            return None  # The end of a running job rings for the next.
        held = self.work.claim(bell, owner, engine)
        if held is not None and not concurrency_slots.confirm(self.work.tables, slot, bell.ref):
            with suppress(LeaseLost):
                self.work.hand_back(held, urgent=False)
            return None
        return held
