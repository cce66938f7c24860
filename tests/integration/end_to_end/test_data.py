"""The main road up to the training, through the Python client and through plain HTTP."""

from __future__ import annotations

import gzip
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import requests

from nobrains_client import Client, Conflict, Dataset, NotFound

if TYPE_CHECKING:
    pass
from tests.integration.end_to_end.conftest import bearer, url
from tests.unit.core.notifications.receivers import receiver
from tests.waiting import wait_for

pytestmark = pytest.mark.integration


def test_what_was_uploaded_is_profiled_and_comes_back_byte_for_byte(
    client: Client, dataset: Dataset, tips: Path, tmp_path: Path
) -> None:
    assert dataset.rows == 244
    assert {column.name: column.type for column in dataset.columns}["total_bill"] == "number"
    client.download_dataset(dataset, tmp_path / "back.csv")
    assert (tmp_path / "back.csv").read_bytes() == tips.read_bytes()
    assert dataset.sha256 == hashlib.sha256(tips.read_bytes()).hexdigest()
    part = requests.get(
        url(client, f"/datasets/{dataset.id}/content"), headers={**bearer(client), "Range": "bytes=5-9"}, timeout=60
    )
    assert (part.status_code, part.content) == (206, tips.read_bytes()[5:10])


@pytest.mark.parametrize("way", ["raw", "gzip", "multipart"])
def test_every_way_to_upload_gives_the_same_dataset(client: Client, tips: Path, way: str) -> None:
    data = tips.read_bytes()
    target = url(client, "/datasets?name=again.csv")
    headers = {**bearer(client), "Content-Type": "text/csv"}
    if way == "raw":
        answer = requests.post(target, data=data, headers=headers, timeout=60)
    elif way == "gzip":
        answer = requests.post(
            target, data=gzip.compress(data), headers={**headers, "Content-Encoding": "gzip"}, timeout=60
        )
    else:
        answer = requests.post(target, files={"file": ("x.csv", data)}, headers=bearer(client), timeout=60)
    assert answer.status_code == 201, answer.text
    assert answer.json()["sha256"] == hashlib.sha256(data).hexdigest()
    client.wait_ready(answer.json()["id"])
    client.delete_dataset(answer.json()["id"])


def test_a_webhook_is_told_that_a_dataset_is_ready(client: Client, tips: Path) -> None:
    with receiver() as there:
        webhook = client.create_webhook(there.url, ["dataset.*"])
        dataset = client.wait_ready(client.upload(tips))
        wait_for(lambda: there.received)
        told = there.received[0].verified(str(webhook.secret))
        assert (told["type"], told["data"]["dataset_id"]) == ("dataset.ready", dataset.id)
        wait_for(lambda: [each.state for each in client.deliveries(webhook)] == ["delivered"])
        client.test_webhook(webhook)
        wait_for(lambda: len(there.received) == 2)
    client.delete_webhook(webhook)
    client.delete_dataset(dataset)


def test_a_correction_is_profiled_anew(client: Client, tips: Path) -> None:
    dataset = client.wait_ready(client.upload(tips))
    client.patch_dataset(dataset, types={"size": "category"})
    corrected = client.wait_ready(dataset.id)
    assert {column.name: column.type for column in corrected.columns}["size"] == "category"
    client.delete_dataset(dataset)
    with pytest.raises(NotFound):
        client.dataset(dataset.id)


def test_the_checks_know_the_task(client: Client, dataset: Dataset) -> None:
    found = client.check(dataset, "smoker")
    assert (found.task, found.metric) == ("binary", "auc")


def test_a_job_is_idempotent_retried_and_deleted(client: Client, dataset: Dataset) -> None:
    body = {"dataset_id": dataset.id, "target": "smoker", "time_budget_s": 5, "models": ["linear"]}
    headers = {**bearer(client), "Idempotency-Key": "once"}
    first, second = (requests.post(url(client, "/jobs"), json=body, headers=headers, timeout=60) for _ in range(2))
    assert (first.status_code, first.json()["id"]) == (202, second.json()["id"])
    assert first.headers["Location"].endswith(first.json()["id"])
    again = requests.post(url(client, "/jobs"), json={**body, "seed": 1}, headers=headers, timeout=60)
    assert (again.status_code, again.json()["reason"]) == (409, "IDEMPOTENCY_KEY_REUSED")
    job = client.wait(first.json()["id"])
    retried = client.retry(job)
    assert retried.id != job.id
    client.wait(retried)
    with pytest.raises(Conflict):
        client.cancel(job)
    client.delete_job(job)
    with pytest.raises(NotFound):
        client.job(job.id)
