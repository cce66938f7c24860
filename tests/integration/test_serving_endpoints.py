"""Endpoints of a running service are served through promotions, rollbacks and outages of the tables."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import plotly.data
import pytest
import requests

from nobrains_client import Client, Dataset
from tests.integration.end_to_end.conftest import bearer, url
from tests.waiting import wait_for

if TYPE_CHECKING:
    from tests.integration.conftest import Server
    from tests.integration.real.deployment import Deployment

pytestmark = pytest.mark.integration

PROMOTED_S = 2.0
ROW = {"total_bill": 20.5, "tip": 3.0, "sex": "Male", "day": "Sun", "time": "Dinner", "size": 2}


class Callers:
    """Threads that ask an endpoint again and again, and what each of them was answered, and when."""

    def __init__(self, address: str, headers: dict[str, str], threads: int = 3) -> None:
        self.address, self.headers = address, headers
        self.over = threading.Event()
        self.answers: list[tuple[float, float, int, Any]] = []
        self.threads = [threading.Thread(target=self._go_on) for _ in range(threads)]

    def _go_on(self) -> None:
        with requests.Session() as session:
            session.headers.update(self.headers)
            while not self.over.is_set():
                sent = time.time()
                answer = session.post(self.address, json={"instances": [ROW]}, timeout=60)
                self.answers.append((sent, time.time(), answer.status_code, answer.json()))

    def __enter__(self) -> Callers:
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        for thread in self.threads:
            thread.join()

    def wait_for_more(self, wanted: Callable[[Any], bool] = lambda _: True, count: int = 10) -> None:
        """Wait until so many further answers are as wanted."""
        seen = len(self.answers)
        wait_for(lambda: sum(wanted(answer) for *_, answer in self.answers[seen:]) >= count)


def call(client: Client, method: str, path: str, body: Any = None) -> Any:
    answer = requests.request(method, url(client, path), headers=bearer(client), json=body, timeout=60)
    assert answer.ok, answer.text
    return answer.json()


@pytest.fixture
def tips(tmp_path: Path) -> Path:
    path = tmp_path / "tips.csv"
    plotly.data.tips(return_type="pandas").to_csv(path, index=False)
    return path


def make_endpoint(client: Client, tips: Path, versions: int) -> str:
    """An endpoint of this many versions, the first of them champion."""
    dataset: Dataset = client.wait_ready(client.upload(tips))
    for number in range(1, versions + 1):
        job = client.train(dataset, "smoker", 5, models=["linear"], wait=True)
        if number == 1:
            call(client, "POST", "/endpoints", {"name": "smokers", "model_id": job.model_id})
        else:
            call(client, "POST", "/endpoints/smokers/versions", {"model_id": job.model_id})
    return "smokers"


def served_between(changes: list[Any], start: float, end: float) -> set[int]:
    """The versions that were champion at any time from `start` to `end`, by the log, oldest change first."""
    times = [datetime.fromisoformat(change["at"]).timestamp() for change in changes]
    until = [*times[1:], float("inf")]
    return {
        change["aliases"]["champion"]
        for change, begun, over in zip(changes, times, until, strict=True)
        if begun <= end and over >= start
    }


def test_promotions_and_rollbacks_fail_no_request_and_answers_agree_with_the_log(server: Server, tips: Path) -> None:
    client = server.client("promoter")
    name = make_endpoint(client, tips, 2)
    path = f"/endpoints/{name}"
    with Callers(url(client, f"{path}/predict"), bearer(client)) as callers:
        callers.wait_for_more()
        for version, method, change, body in (
            (2, "PUT", "aliases/champion", {"version": 2, "why": "better"}),
            (1, "POST", "rollback", {"why": "worse after all"}),
            (2, "POST", "rollback", {}),
        ):
            call(client, method, f"{path}/{change}", body)
            callers.wait_for_more(lambda answer, version=version: answer.get("version") == version, 30)
    changes = sorted(call(client, "GET", f"{path}/changes")["items"], key=lambda change: change["seq"])
    assert {status for _, _, status, _ in callers.answers} == {200}
    for sent, received, _, answer in callers.answers:
        assert answer["version"] in served_between(changes, sent - PROMOTED_S, received)
    assert {answer["version"] for *_, answer in callers.answers} == {1, 2}
    ids = [answer["prediction_ids"][0] for *_, answer in callers.answers]
    assert len(set(ids)) == len(ids)


@pytest.fixture
def paused(real_service: Deployment) -> Iterator[Deployment]:
    yield real_service
    real_service.heal()


def test_predictions_go_on_while_the_tables_are_away(paused: Deployment, tips: Path) -> None:
    client = paused.client(f"ada-{secrets.token_hex(4)}")
    name = make_endpoint(client, tips, 1)
    address = f"http://127.0.0.1:{paused.predictor.port}/api/v1/endpoints/{name}/predict"
    with Callers(address, bearer(client)) as callers:
        callers.wait_for_more()
        paused.tables.pause()
        away_since = time.time()
        # Longer than anything is remembered while they answer, and than a call to them is tried again.
        wait_for(lambda: sum(received > away_since + 5 for _, received, *_ in callers.answers) > 30)
    assert {status for _, _, status, _ in callers.answers} == {200}
