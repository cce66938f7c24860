"""What a training takes over from earlier attempts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.domain.ids import now
from core.domain.records import Dataset, TaskRef
from core.domain.trainings import Job, TrialRow
from core.service import Service
from core.storage import rows
from core.tasks.messages import TaskMessage
from tests.unit.worker.shared import SilentChild, context
from worker import supervisor
from worker.lease_keeper import LeaseRenewer
from worker.messages.from_child import Prepared
from worker.messages.to_child import TrainRequest
from worker.supervisor import TaskSupervisor
from worker.tasks.requests import train_request
from worker.tasks.training.record import TrainingRecord
from worker.tasks.training.search import SingleProcessSearch
from worker.tasks.training.training import TrainingRun

REF = TaskRef("train", "user", "job")


@pytest.fixture
def training(service: Service, tmp_path: Path) -> Iterator[TrainingRun]:
    service.work.enqueue(REF)
    claimed = service.work.claim(TaskMessage(REF), "worker")
    assert claimed is not None
    child = SilentChild()
    job = Job("job", "user", now(), {"dataset_id": "data", "time_budget_s": 60})
    dataset = Dataset("data", "user", "a.csv", "ready", "user/datasets/data", 0, "", now())
    with LeaseRenewer(service.work, claimed, service.settings, child.kill_group) as lease:
        supervisor = TaskSupervisor(context(service, tmp_path), lease, child, tmp_path)
        record = TrainingRecord(supervisor, job)
        yield TrainingRun(supervisor, job, dataset, record, SingleProcessSearch(supervisor, record, job))
    child.kill()


def begin(training: TrainingRun) -> TrainRequest:
    return training.search.begin(train_request(training.supervisor, training.job, training.dataset, 1.0))


def test_a_trial_whose_predictions_are_lost_still_guides_the_search(
    training: TrainingRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "READ_TRIES", 1)
    engine = {"number": 0, "state": "complete", "score": 0.5}
    trial = TrialRow(0, 1, "linear", "complete", now(), 0.5, 1.0, {}, engine, "user/trials/job/0-e1")
    training.record.tables.put(rows.key("trial", "user", "job", 0), rows.dump(trial))
    assert begin(training).history == [engine]
    training._on_prepared(Prepared("binary", "auc", greater_is_better=True))
    progress = training.record.progress
    assert (progress.trials_done, progress.best_score) == (1, 0.5)
    assert not (training.supervisor.folder / "trial-0.npz").exists()
