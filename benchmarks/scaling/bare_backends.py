"""Back ends without an api: RabbitMQ, the Bigtable emulator and a folder for blobs, with a user and a table in them."""

from __future__ import annotations

import os
import secrets
import time
import warnings
from contextlib import ExitStack
from pathlib import Path

import pytest
from sklearn.datasets import make_classification

from backends.factory import create_backends, initialize
from core.datasets.datasets import profile_ref
from core.domain.records import Dataset
from core.domain.states import FINAL, SUCCEEDED
from core.domain.trainings import TrialRow
from core.service import Service
from core.settings import Settings
from core.storage import rows
from core.tasks.messages import TaskMessage
from tests.emulators.bigtable import BigtableEmulator
from tests.emulators.rabbitmq import running_broker

ROWS, COLUMNS = 1000, 10
BEYOND_S = 60.0


class BareBackends:
    """Back ends whose addresses are in the environment of this process and of those that it starts."""

    def __init__(self, folder: Path) -> None:
        self.opened = ExitStack()
        try:
            broker, tables = running_broker(), BigtableEmulator()
        except pytest.skip.Exception as exc:
            raise SystemExit(f"cannot measure: {exc}") from exc
        self.opened.callback(tables.kill)
        os.environ |= {
            "BIGTABLE_EMULATOR_HOST": tables.host, "NOBRAINS_BIGTABLE_PROJECT": "bench", "NOBRAINS_TABLES": "bigtable",
            "NOBRAINS_BLOBS": "files", "NOBRAINS_DATA": str(folder / "data"), "NOBRAINS_QUEUE": "rabbitmq",
            "NOBRAINS_RABBITMQ_URL": broker.url, "NOBRAINS_RABBITMQ_PREFIX": f"{secrets.token_hex(4)}.",
            "NOBRAINS_THREADS": "1",
        }  # fmt: skip
        settings = Settings(os.environ)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            initialize(settings)
            self.service = Service(create_backends(settings), settings)
        self.opened.callback(self.service.ports.close)
        self.user_id = self.service.accounts.sign_up("bench", "correct horse").id
        self.dataset = self._upload()

    def train(self, models: list[str], budget_s: int, parallelism: int) -> list[TrialRow]:
        """Return the trials of a job, once it has succeeded."""
        spec = {
            "dataset_id": self.dataset.id, "target": "y", "task": "auto", "metric": "auto", "seed": 0,
            "exclude_columns": [], "models": models, "time_budget_s": budget_s, "parallelism": parallelism,
        }  # fmt: skip
        service = self.service
        job = service.jobs.submit(self.user_id, spec).job
        deadline = time.monotonic() + budget_s + BEYOND_S
        while (task_state := service.jobs.view(job).task_state).state not in FINAL:
            if time.monotonic() > deadline:
                raise SystemExit(f"the job did not end within {BEYOND_S} s of its budget")
            time.sleep(1.0)
        if task_state.state != SUCCEEDED:
            raise SystemExit(f"the job has {task_state.state}: {task_state.error}")
        start = rows.prefix("trial", self.user_id, job.id)
        return [rows.load(TrialRow, row.value) for row in rows.scan_all(service.ports.tables, start)]

    def _upload(self) -> Dataset:
        """Write a table as a profile worker leaves it."""
        service = self.service
        x, y = make_classification(ROWS, COLUMNS, n_informative=5, flip_y=0.1, random_state=0)
        names = [*(f"x{number}" for number in range(COLUMNS)), "y"]
        lines = [
            ",".join(names),
            *(",".join([*(f"{v:.4f}" for v in row), str(c)]) for row, c in zip(x, y, strict=True)),
        ]
        dataset = service.datasets.create(self.user_id, "made.csv", iter(["\n".join(lines).encode()]))
        claimed = service.work.claim(TaskMessage(profile_ref(dataset)), "bench")
        assert claimed is not None
        columns = [{"name": name} for name in names]
        service.datasets.record_profile(claimed.ref, {"rows": ROWS, "columns": columns, "warnings": []}, None)
        service.work.succeed(claimed, {})
        service.settler.finalize(claimed.ref)
        return dataset

    def __enter__(self) -> BareBackends:
        return self

    def __exit__(self, *_: object) -> None:
        self.opened.close()
