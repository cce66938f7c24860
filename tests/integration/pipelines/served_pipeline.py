"""A pipeline of a real service: asked for over HTTP, and looked at, past every api, through the rows themselves."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pandas as pd
import requests

from core.domain.pipelines import STEPS, Run
from core.jobs.jobs import train_ref
from core.service import Service
from core.storage import rows
from nobrains_client import Client
from tests.waiting import PATIENCE_S, wait_for

ENDPOINT = "income"
LOOK_S = 0.005
"""Steps at which a run does not wait for anybody are over within milliseconds."""


def draw_table(n: int, seed: int) -> pd.DataFrame:
    """Draw rows of a label that follows from two of three numbers."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 3)).round(4)
    noisy = x[:, 0] + 0.5 * x[:, 1] + rng.normal(size=n)
    return pd.DataFrame(x, columns=["a", "b", "c"]).assign(y=np.where(noisy > 0, "yes", "no"))


class ServedPipeline:
    """One that asks before it promotes; its first run was promoted, so that there is a champion."""

    def __init__(self, client: Client, inside: Service) -> None:
        self.client = client
        self.inside = inside
        self.user_id = client.me().id
        dataset = client.upload(draw_table(2000, 1), name="first.csv")
        job = {"target": "y", "time_budget_s": 5, "models": ["linear"]}
        said = {"name": "Weekly", "endpoint": ENDPOINT, "data": {"dataset_id": dataset.id}, "job": job}
        self.id = self._post("pipelines", said, "weekly")["id"]
        first = self.start("first")
        wait_for(lambda: self.read(first).state == "asking" or self.read(first).is_over)
        self.approve(first)
        wait_for(lambda: self.read(first).is_over)
        assert self.read(first).state == "promoted", self.read(first)

    def start(self, key: str) -> Run:
        """Start a run on rows that were not there before."""
        dataset = self.client.upload(draw_table(2500, 2), name=f"{key}.csv")
        self._send("PATCH", f"pipelines/{self.id}", {"data": {"dataset_id": dataset.id}})
        number = self._post(f"pipelines/{self.id}/runs", {"unless_unchanged": False}, key)["number"]
        return self.inside.runs.get(self.user_id, self.id, number)

    def read(self, run: Run) -> Run:
        """Return the run as it is by now."""
        found = self.inside.runs.rows.read(self.user_id, self.id, run.key)[1]
        assert found is not None, "the run is lost"
        return found

    def approve(self, run: Run) -> None:
        """Answer the run, again until that is heard."""
        while self.read(run).decision is None:
            self._send("POST", f"pipelines/{self.id}/runs/{run.number}/approve", {"why": "good"}, allowed={409})

    def walk(self, run: Run) -> Iterator[str]:
        """Yield each step, as soon as the run is at it or beyond; approve it once it asks."""
        with ThreadPoolExecutor(1) as pool:
            answered = None
            for index, step in enumerate(STEPS):
                deadline = time.monotonic() + PATIENCE_S
                while len((found := self.read(run)).steps) <= index and not found.is_over:
                    if found.state == "asking" and answered is None:
                        answered = pool.submit(self.approve, run)
                    assert time.monotonic() < deadline, f"it hangs at {found.steps[-1:]}: {found.why}"
                    time.sleep(LOOK_S)
                yield step
        if answered is not None:
            answered.result()

    def check_ended_once(self, run: Run) -> None:
        """Raise AssertionError unless it ended as if nothing had been, once, and nothing is left of it."""
        wait_for(lambda: self.read(run).is_over)
        found = self.read(run)
        assert (found.state, found.error) == ("promoted", None), found
        assert [step["name"] for step in found.steps] == list(STEPS)
        jobs = rows.scan_all(self.inside.ports.tables, rows.prefix("job", self.user_id))
        ended = self.inside.work.states([train_ref(self.user_id, row.key.rpartition("#")[2]) for row in jobs])
        assert [each.state for each in ended.values()] == ["succeeded"] * found.number
        endpoint = self.inside.endpoints.get(self.user_id, ENDPOINT)
        versions = [each.run for each in self.inside.versions.all_of(endpoint)]
        assert versions.count(found.ref) == 1
        assert len(versions) == found.number
        changes = [each.run for each in self.inside.endpoints.changes(self.user_id, ENDPOINT, 100).items]
        assert changes.count(found.ref) == 1
        assert endpoint.aliases["champion"] == found.facts["version"]
        told = {
            each.id for each in self.inside.notifications.log.read(self.user_id, 0)
            if each.type == "run.promoted" and each.data["run"] == found.number
        }  # fmt: skip
        assert len(told) == 1
        compared = [row.key for row in rows.scan_all(self.inside.ports.tables, f"comparison#{self.user_id}#")]
        assert len(compared) == found.number - 1
        wait_for(lambda: not self._left())

    def _left(self) -> list[str]:
        """Return rows by which the sweeper would go on with something."""
        kinds = ("activerun#", "active#", "running#", "outbox#")
        found = [row.key for kind in kinds for row in rows.scan_all(self.inside.ports.tables, kind)]
        return [key for key in found if self.user_id in key.split("#")]

    def _post(self, path: str, body: dict[str, Any], key: str) -> Any:
        return self._send("POST", path, body, headers={"Idempotency-Key": key})

    def _send(
        self, method: str, path: str, body: dict[str, Any], *, allowed: set[int] = frozenset(), headers: Any = None
    ) -> Any:  # fmt: skip
        """Send it until it is answered: whoever would answer may have been killed."""
        headers = {"Authorization": f"Bearer {self.client.token}", **(headers or {})}

        def send() -> requests.Response | None:
            try:
                answer = requests.request(
                    method, f"{self.client.url}/api/v1/{path}", json=body, headers=headers, timeout=60
                )
            except requests.RequestException:
                return None
            return None if answer.status_code >= 500 else answer

        answer = until_there(send)
        assert answer.ok or answer.status_code in allowed, answer.text
        return answer.json()


def until_there(look: Callable[[], requests.Response | None]) -> requests.Response:
    """Ask until somebody answers."""
    deadline = time.monotonic() + PATIENCE_S
    while (found := look()) is None:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return found
