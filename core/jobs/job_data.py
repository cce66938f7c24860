"""What jobs ask of sources: the data that they are trained on, where these must be fetched first."""

from __future__ import annotations

from typing import Protocol

from core.domain.records import Json, TaskRef
from core.domain.trainings import Job


class JobData(Protocol):
    """The data that jobs wait for; see `core.sources.awaited_data`, which says what each does."""

    def resolve(self, user_id: str, spec: Json, key: str | None) -> Json:
        """Return the body of a job with its dataset, or the number of the fetch that will tell it."""

    def register(self, job: Job, ref: TaskRef) -> None:
        """Have the job found once its fetch is over."""

    def give(self, job: Job, ref: TaskRef) -> Job:
        """Give the job its dataset if its fetch is over; return it as it stands."""

    def failure_of(self, job: Job) -> Json | None:
        """Return why the job will get no dataset, None if it has one or may get one."""

    def waiting(self, job: Job) -> Json | None:
        """Return what a queued job waits for, None if that is not its data."""

    def forget(self, job: Job) -> None:
        """Delete what is left of the job's waiting."""
