"""Put what a child is asked to do into messages."""

from __future__ import annotations

from core.domain.records import Dataset, Job
from worker.messages.to_child import CsvOptions, TrainRequest
from worker.resource_limits import child_threads
from worker.supervisor import TaskSupervisor

MIN_BUDGET_S = 5.0


def csv_options(dataset: Dataset) -> CsvOptions:
    """Return how the dataset's CSV is to be read."""
    dialect = dataset.dialect
    return CsvOptions(dialect.delimiter, dialect.encoding, dialect.header, dataset.types)


def train_request(supervisor: TaskSupervisor, job: Job, dataset: Dataset, memory_scale: float) -> TrainRequest:
    """Return what every process that works on the job is told."""
    return TrainRequest(
        spec=job.spec,
        csv=csv_options(dataset),
        threads=child_threads(supervisor.service.settings),
        memory_limit_bytes=supervisor.context.memory_bytes,
        memory_scale=memory_scale,
        budget_s=job.spec["time_budget_s"],
    )


def remaining_s(budget_s: float, spent_s: float) -> float:
    """Return what earlier attempts left of the budget: enough to end well, in any case."""
    return max(budget_s - spent_s, min(budget_s, MIN_BUDGET_S))
