"""A back end that has lost everything: said loudly, and never taken for a service without data."""

from __future__ import annotations

from pathlib import Path

import plotly.data
import pytest
import requests

from core.ports import TRAIN_QUEUE
from tests.emulators.bigtable import BigtableEmulator
from tests.integration.real.deployment import Deployment
from tests.integration.real.test_faults_real import parts_down, readiness
from tests.waiting import PATIENCE_S, wait_for

pytestmark = [pytest.mark.integration, pytest.mark.long]


def test_what_was_wiped_is_away_and_not_empty(tmp_path: Path) -> None:
    with Deployment(tmp_path, retry_s="1") as service:
        client = service.client()
        headers = {"Authorization": f"Bearer {client.token}"}
        dataset = client.wait_ready(client.upload(plotly.data.tips(return_type="pandas"), name="tips.csv"))
        job = client.train(dataset, "smoker", 5, models=["linear"], wait=True)

        def status_of(path: str) -> tuple[int, str]:
            answer = requests.get(f"{service.url}/api/v1{path}", headers=headers, timeout=60)
            return answer.status_code, answer.json().get("reason", "")

        # A queue: made anew by the operator, it is filled again from the tables.
        service.broker.control("delete_queue", f"{service.queue_prefix}{TRAIN_QUEUE}")
        wait_for(lambda: not readiness(service).ok)
        assert parts_down(readiness(service)) == ["queue"]
        later = client.train(dataset, "smoker", 5, models=["linear"])
        service.run("init")
        assert client.wait(later, timeout_s=PATIENCE_S).state == "succeeded"
        # The bucket.
        requests.get(f"{service.blobs.url}/wipe", timeout=60)
        wait_for(lambda: not readiness(service).ok)
        assert parts_down(readiness(service)) == ["blobs"]
        assert status_of(f"/datasets/{dataset.id}/content") == (503, "UNAVAILABLE")
        assert status_of(f"/jobs/{job.id}") == (200, "")
        # The tables: nobody is told that he does not exist.
        service.tables.kill()
        service.tables = BigtableEmulator(service.tables.port)
        service.opened.callback(service.tables.kill)
        wait_for(lambda: "tables" in parts_down(readiness(service)))
        for path in ("/me", "/datasets", f"/datasets/{dataset.id}", f"/jobs/{job.id}"):
            assert status_of(path) == (503, "UNAVAILABLE")
