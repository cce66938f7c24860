"""The handler of each kind of task, in the parent."""

from __future__ import annotations

from core.datasets.states import dataset_deleted
from core.domain.records import Json
from core.jobs.jobs import TRAIN
from worker.distributed.leader import LeaderSearch
from worker.errors import TaskFailed
from worker.supervisor import TaskSupervisor
from worker.tasks.short_tasks import SHORT_TASKS
from worker.tasks.task_handler import TaskHandler
from worker.tasks.training.record import TrainingRecord
from worker.tasks.training.search import SingleProcessSearch
from worker.tasks.training.training import TrainingRun


class TrainHandler:
    """Train a model for a job, with the help of other workers if the job has parallelism."""

    def run(self, supervisor: TaskSupervisor) -> Json:
        """Return the fields of the model's row and of the job's end."""
        service, ref = supervisor.service, supervisor.ref
        job = service.jobs.find(ref.user_id, ref.id)
        dataset = service.datasets.find(ref.user_id, job.dataset_id) if job else None
        if job is None or dataset is None:
            raise TaskFailed(dataset_deleted())
        supervisor.raise_if_interrupted()
        record = TrainingRecord(supervisor, job)
        search = LeaderSearch if job.spec.get("parallelism", 1) > 1 else SingleProcessSearch
        return TrainingRun(supervisor, job, dataset, record, search(supervisor, record, job)).run()


HANDLERS: dict[str, TaskHandler] = {TRAIN: TrainHandler(), **SHORT_TASKS}
