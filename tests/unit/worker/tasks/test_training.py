"""What a training takes over from earlier attempts."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from backends.factory import open_ports
from core.domain.ids import now
from core.domain.records import Dataset, Job, TrialRow, WorkRef
from core.service import Service
from core.settings import Settings
from core.storage import rows
from core.tasks.messages import Doorbell
from worker import supervisor
from worker.child_process import Child
from worker.lease_keeper import Lease
from worker.supervisor import Conduct
from worker.tasks.training import Training

REF = WorkRef("train", "user", "job")


@pytest.fixture
def training(tmp_path: Path) -> Iterator[Training]:
    settings = Settings({}, data=str(tmp_path / "data"))
    ports = open_ports(settings)
    service = Service(ports, settings)
    service.work.begin(REF)
    held = service.work.claim(Doorbell(REF), "worker")
    assert held is not None
    child = Child(1)
    job = Job("job", "user", now(), {"dataset_id": "data"})
    dataset = Dataset("data", "user", "a.csv", "ready", "user/datasets/data", 0, "", now())
    with Lease(service.work, held, settings, child.strike) as lease:
        yield Training(Conduct(service, lease, child, tmp_path, threading.Event(), 1 << 40), job, dataset)
    child.kill()
    ports.close()


def test_a_trial_whose_predictions_are_lost_still_guides_the_search(
    training: Training, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "READ_TRIES", 1)
    engine = {"number": 0, "state": "complete", "score": 0.5}
    trial = TrialRow(0, 1, "linear", "complete", now(), 0.5, 1.0, {}, engine, "user/trials/job/0-e1")
    training.tables.put(rows.key("trial", "user", "job", 0), rows.dump(trial))
    assert training._history() == [engine]
    training._on_task({"task": "binary", "metric": "auc", "greater_is_better": True})
    assert (training.progress.trials_done, training.progress.best_score) == (1, 0.5)
    assert not (training.conduct.folder / "trial-0.npz").exists()
