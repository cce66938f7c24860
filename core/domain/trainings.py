"""A training as it is stored: what was requested, and what the workers that do it write."""

from __future__ import annotations

from dataclasses import dataclass, field

from core.domain.records import Json


@dataclass(frozen=True)
class Job:
    """A training that a user requested. Its state is in its control row.

    It never changes, but that one whose data are fetched first gets the id of its dataset once they are.
    """

    id: str
    user_id: str
    created_at: str
    spec: Json
    """The body of POST /jobs, with defaults filled in."""

    @property
    def dataset_id(self) -> str:
        """The dataset's id, "" as long as it is not known."""
        return self.spec["dataset_id"] or ""


@dataclass(frozen=True)
class Progress:
    """Progress of a running job: overwritten by its worker, read by the api."""

    epoch: int
    phase: str = ""
    elapsed_s: float = 0.0
    trials_done: int = 0
    best_score: float | None = None
    task: str | None = None
    metric: str | None = None


@dataclass(frozen=True)
class TrialRow:
    """One trial of a search. Reserved with its parameters as it starts (create-only), finished once."""

    number: int
    epoch: int
    model: str
    state: str
    started_at: str
    score: float | None = None
    fit_s: float | None = None
    params: Json = field(default_factory=dict)
    payload: Json = field(default_factory=dict)
    """The engine's own record, given back to it when a search is resumed."""
    blob: str | None = None
    """Name of the blob of its out-of-fold predictions."""
    helper_id: str = ""
    """Id of the helper that runs it; empty for the leader itself."""

    @property
    def truncated_folds(self) -> int:
        """How many of its folds' fits time ended early."""
        return int(self.payload.get("truncated_folds", 0))


@dataclass(frozen=True)
class Event:
    """One event of a job: kind is state, phase, trial, log or done."""

    seq: int
    epoch: int
    kind: str
    at: str
    data: Json
