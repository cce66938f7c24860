"""Endpoints of a running service are served through promotions, rollbacks and outages of the tables."""

from __future__ import annotations

import re
import secrets
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import plotly.data
import pytest
import requests

from nobrains_client import Client, Dataset
from tests.integration.end_to_end.conftest import bearer, url
from tests.integration.hanging import hanging
from tests.waiting import wait_for

if TYPE_CHECKING:
    from tests.integration.conftest import Server
    from tests.integration.real.deployment import Deployment

pytestmark = pytest.mark.integration

ROW = {"total_bill": 20.5, "tip": 3.0, "sex": "Male", "day": "Sun", "time": "Dinner", "size": 2}


class Callers:
    """Threads that ask an endpoint again and again, and what each of them was answered, and when."""

    def __init__(self, address: str, headers: dict[str, str], threads: int = 3) -> None:
        self.address, self.headers = address, headers
        self.over = threading.Event()
        self.answers: list[tuple[float, float, int, Any]] = []
        self.versions: dict[int, list[int]] = defaultdict(list)
        """By thread those that have answered it, one after the other, without repetitions."""
        self.threads = [threading.Thread(target=self._go_on) for _ in range(threads)]

    def _go_on(self) -> None:
        with requests.Session() as session:
            session.headers.update(self.headers)
            while not self.over.is_set():
                sent = time.time()
                answer = session.post(self.address, json={"instances": [ROW]}, timeout=60)
                self.answers.append((sent, time.time(), answer.status_code, body := answer.json()))
                versions = self.versions[threading.get_ident()]
                if (version := body.get("version")) not in versions[-1:]:
                    versions.append(version)

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
    champions = [change["aliases"]["champion"] for change in changes]
    assert champions == [1, 2, 1, 2]
    # The process's threads know one state: no caller is answered by a version that was replaced for it before.
    assert list(callers.versions.values()) == [champions] * 3
    ids = [answer["prediction_ids"][0] for *_, answer in callers.answers]
    assert len(set(ids)) == len(ids)


def skipped(address: str) -> float:
    """Rows that shadows should have predicted, and had no room for."""
    text = requests.get(f"{address}/metrics", timeout=60).text
    found = re.search(r"^nobrains_shadow_skipped_total (\S+)$", text, re.MULTILINE)
    return float(found[1]) if found else 0.0


def test_a_shadow_that_hangs_keeps_nobody_waiting(server: Server, tips: Path) -> None:
    client = server.client("shadowed")
    path = f"/endpoints/{make_endpoint(client, tips, 3)}"
    shadow, next_one = (call(client, "GET", f"{path}/versions/{number}")["model_id"] for number in (2, 3))
    assert shadow != next_one
    call(client, "PUT", f"{path}/aliases/candidate", {"version": 2})
    before = skipped(server.url)
    with hanging(server.folder / "data", shadow), Callers(url(client, f"{path}/predict"), bearer(client)) as callers:
        callers.wait_for_more()
        call(client, "PUT", f"{path}/traffic", {"shadow": ["candidate"]})
        wait_for(lambda: skipped(server.url) > before)  # Each of its threads hangs, and its queue is full.
        callers.wait_for_more(count=100)
        call(client, "PUT", f"{path}/aliases/champion", {"version": 3})
        callers.wait_for_more(lambda answer: answer.get("version") == 3)
    assert {status for _, _, status, _ in callers.answers} == {200}
    assert list(callers.versions.values()) == [[1, 3]] * 3


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
