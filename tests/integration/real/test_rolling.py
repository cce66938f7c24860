"""Two apis follow one another behind the balancer while everything is asked of them: nobody gets a 5xx, nothing breaks
off, and no event is heard twice or not at all."""

from __future__ import annotations

import json
import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests

from nobrains_client import Client, Dataset, Job, Model
from tests.integration.real.deployment import Deployment
from tests.waiting import wait_for

pytestmark = [pytest.mark.integration, pytest.mark.long]

# Between two requests of one thread: together they stay below what one user may ask for in a minute.
PAUSE_S = 0.02
ROUNDS = 2
BUSY = ("read", "list", "download", "upload", "job", "predict")
LEAST_OF_EACH = 10


class Load:
    """Threads that ask again and again, and what they were answered."""

    def __init__(self, service: Deployment, grace: Client) -> None:
        self.base = f"{service.url}/api/v1"
        self.headers = {"Authorization": f"Bearer {grace.token}"}
        self.over = threading.Event()
        self.answers: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self.threads: list[threading.Thread] = []

    def keep(self, name: str, ask: Callable[[requests.Session], requests.Response]) -> None:
        """Have it asked by a thread of its own: every other time over a connection that is kept."""

        def go_on() -> None:
            kept = requests.Session()
            while not self.over.wait(PAUSE_S):
                for session in (kept, requests.Session()):
                    session.headers.update(self.headers)
                    self.note(name, lambda session=session: ask(session))  # type: ignore[misc]

        self.threads.append(threading.Thread(target=go_on, name=name))

    def note(self, name: str, ask: Callable[[], requests.Response]) -> requests.Response | None:
        try:
            answer = ask()
        except requests.RequestException as exc:
            self.answers[name][f"broke off: {exc!r}"] += 1
            return None
        self.answers[name][str(answer.status_code)] += 1
        return answer

    def __enter__(self) -> Load:
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        for thread in self.threads:
            thread.join()

    def count(self, name: str) -> int:
        """How often this was asked."""
        return sum(self.answers[name].values())


class Listener:
    """Listens to a training's events, and comes again where it left off."""

    def __init__(self, load: Load, job: Job) -> None:
        self.load = load
        self.address = f"{load.base}/jobs/{job.id}/events"
        self.received: list[int] = []
        self.comings = 0
        load.threads.append(threading.Thread(target=self.listen, name="stream"))

    def listen(self) -> None:
        while not self.load.over.is_set():
            headers = {**self.load.headers, "Last-Event-ID": str(self.received[-1] if self.received else 0)}
            answer = self.load.note(
                "stream",
                lambda headers=headers: requests.get(self.address, headers=headers, stream=True, timeout=60),  # type: ignore[misc]
            )
            if answer is not None and answer.status_code == 200:
                self.comings += 1
                self.hear(answer)
                answer.close()

    def hear(self, answer: requests.Response) -> None:
        try:
            for line in answer.iter_lines():
                if line.startswith(b"id: "):
                    self.received.append(int(line[4:]))
                if self.load.over.is_set():
                    return
        except requests.RequestException as exc:
            self.load.answers["stream"][f"broke off: {exc!r}"] += 1


def slowly(data: bytes) -> Iterator[bytes]:
    """A body that takes a while: some are under way whenever an api is told to go."""
    for start in range(0, len(data), 2000):
        yield data[start : start + 2000]
        threading.Event().wait(PAUSE_S)


def test_nobody_notices_that_one_api_follows_another(
    service: Deployment, grace: Client, dataset: Dataset, model: Model, training: Job, tips: Path
) -> None:
    load = Load(service, grace)
    base, csv, job = load.base, tips.read_bytes(), {"dataset_id": dataset.id, "target": "smoker", "time_budget_s": 5}
    instance = {"total_bill": 20, "tip": 3, "sex": "Male", "day": "Sun", "time": "Dinner", "size": 2}
    row = json.dumps({"instances": [instance]})
    as_json, as_csv = {"Content-Type": "application/json"}, {"Content-Type": "text/csv"}

    def upload_and_delete(session: requests.Session) -> requests.Response:
        made = session.post(f"{base}/datasets", data=slowly(csv), headers=as_csv, timeout=60)
        if made.ok:
            grace.wait_ready(made.json()["id"])
            load.note("delete", lambda: session.delete(f"{base}/datasets/{made.json()['id']}", timeout=60))
        return made

    def submit_and_cancel(session: requests.Session) -> requests.Response:
        made = session.post(f"{base}/jobs", json=job, timeout=60)
        if made.ok:
            load.note("cancel", lambda: session.post(f"{base}/jobs/{made.json()['id']}/cancel", timeout=60))
        return made

    def predict(session: requests.Session) -> requests.Response:
        return session.post(f"{base}/models/{model.id}/predict", data=row, headers=as_json, timeout=60)

    load.keep("read", lambda session: session.get(f"{base}/datasets/{dataset.id}", timeout=60))
    load.keep("list", lambda session: session.get(f"{base}/jobs", timeout=60))
    load.keep("download", lambda session: session.get(f"{base}/datasets/{dataset.id}/content", timeout=60))
    load.keep("upload", upload_and_delete)
    load.keep("job", submit_and_cancel)
    load.keep("predict", predict)
    listeners = [Listener(load, training) for _ in range(3)]
    service.api_b.start().wait_ready()
    with load:
        service.balancer.wait_until(True, f"api-{service.api_b.port}")
        for _ in range(ROUNDS):
            for role, other in ((service.api, service.api_b), (service.api_b, service.api)):
                before = {name: load.count(name) for name in BUSY}
                wait_for(lambda before=before: all(load.count(name) > before[name] for name in BUSY))  # type: ignore[misc]
                assert role.stop() == 0
                role.start().wait_ready()
                service.balancer.wait_until(True, f"api-{role.port}", f"api-{other.port}")
        wait_for(lambda: all(load.count(name) >= LEAST_OF_EACH for name in BUSY))
        known = max(listener.received[-1] for listener in listeners)
        wait_for(lambda: all(listener.received[-1] > known for listener in listeners))
    service.api_b.stop()
    wanted = {"upload": "201", "job": "202", "cancel": "202", "delete": "204"}
    wrong = {name: dict(counts) for name, counts in load.answers.items() if set(counts) - {wanted.get(name, "200")}}
    assert wrong == {}
    for listener in listeners:
        assert listener.comings > 1, "no api ended under it: this shows nothing"
        assert listener.received == list(range(1, len(listener.received) + 1))
