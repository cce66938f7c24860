"""Say which handler does which kind of task, in the parent."""

from __future__ import annotations

from core.datasets.datasets import dataset_deleted
from core.domain.records import Json
from core.jobs.jobs import TRAIN
from worker.distributed.leader import SharedTraining
from worker.supervisor import Conduct, TaskFailed
from worker.tasks.short_tasks import SHORT_TASKS, TaskHandler
from worker.tasks.training import Training


class TrainHandler:
    """Train a model for a job, with the help of other workers where the job asks for it."""

    def run(self, conduct: Conduct) -> Json:
        """Return what the model's row and the job's end need."""
        service, ref = conduct.service, conduct.ref
        job = service.jobs.find(ref.user_id, ref.id)
        dataset = service.datasets.find(ref.user_id, job.dataset_id) if job else None
        if job is None or dataset is None:
            raise TaskFailed(dataset_deleted())
        conduct.check()
        training = SharedTraining if job.spec.get("parallelism", 1) > 1 else Training
        return training(conduct, job, dataset).run()


HANDLERS: dict[str, TaskHandler] = {TRAIN: TrainHandler(), **SHORT_TASKS}
