"""Users who do not give up: a request that was not answered is sent again, with the same key."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

from core.domain import states
from core.domain.records import Dataset, Json
from core.errors import RequestError, Unavailable
from core.service import Service
from tests.simulation.played_search import CSV
from tests.simulation.world import World

WORKBOOK = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
STOP_REQUESTS = (states.STOP, states.CANCEL)
PATIENCE_S = 60.0


@dataclass
class User:
    """One user, and what the service has promised him."""

    world: World
    id: str
    datasets: dict[str, Dataset] = field(default_factory=dict)
    jobs: dict[str, str] = field(default_factory=dict)
    """Ids by the keys of their requests; likewise `datasets`."""
    predictions: list[str] = field(default_factory=list)
    stop_requests: dict[str, set[str]] = field(default_factory=dict)
    deleted: set[str] = field(default_factory=set)
    """Ids of what was deleted, or was perhaps."""

    # -- requests --

    def retry(self, request: Callable[[Service], Any]) -> Any:
        """Ask until it is answered. Raises Refused."""
        while True:
            answer = self.world.ask(request)
            if answer.error is not None and not isinstance(answer.error, Unavailable):
                raise answer.error
            if answer.came and answer.error is None:
                return answer.value
            self.world.scheduler.sleep(0.5)

    def until_heard(self, request: Callable[[Service], Any]) -> bool:
        """Ask until it is done, by an earlier try perhaps, unheard; whether it is, for a dataset may be in use."""
        try:
            self.retry(request)
        except RequestError as exc:
            return exc.reason != "DATASET_IN_USE"
        return True

    def upload(self, key: str, file: bytes = CSV) -> Dataset:
        dataset: Dataset = self.retry(lambda service: service.datasets.create(self.id, "t.csv", iter([file]), key))
        self.datasets[key] = dataset
        return dataset

    def choose_sheet(self, dataset: Dataset, sheet: str) -> None:
        self.retry(lambda service: service.datasets.update(self.id, dataset.id, {"sheet": sheet}))

    def train(self, dataset: Dataset, key: str, parallelism: int = 1) -> str:
        spec: Json = {"dataset_id": dataset.id, "target": "y", "time_budget_s": 20, "tag": f"{self.id} {key}",
                      "parallelism": parallelism}  # fmt: skip
        id: str = self.retry(lambda service: service.jobs.submit(self.id, spec, key)).job.id
        self.jobs[key] = id
        return id

    def request_stop(self, id: str, stop_request: str) -> None:
        """Stop or cancel."""
        self.stop_requests.setdefault(id, set()).add(stop_request)
        self.retry(lambda service: service.jobs.request_stop(self.id, id, stop_request))

    def delete_job(self, id: str) -> None:
        self.deleted.add(id)
        try:
            self.retry(lambda service: service.jobs.delete(self.id, id))
        except RequestError as exc:
            if exc.reason == "JOB_NOT_OVER":
                self.deleted.discard(id)
            raise

    def wait_for_model(self, id: str) -> str | None:
        """The model that the job has made, None where there is none in time."""
        scheduler = self.world.scheduler
        deadline_s = scheduler.now_s + PATIENCE_S
        while scheduler.now_s < deadline_s:
            task_state = self.retry(lambda service: service.jobs.view(service.jobs.get(self.id, id))).task_state
            if task_state.state in states.FINAL:
                return task_state.result and str(task_state.result["model_id"])
            scheduler.sleep(2.0)
        return None

    def predict(self, model: str, dataset: Dataset) -> str:
        view = self.retry(lambda service: service.predictions.submit(self.id, model, dataset.id))
        self.predictions.append(view.prediction.id)
        return str(view.prediction.id)

    def delete_prediction(self, id: str) -> None:
        self.deleted.add(id)
        self.retry(lambda service: service.eraser.prediction(self.id, id))

    def delete_model(self, id: str) -> None:
        self.deleted.add(id)
        self.retry(lambda service: service.eraser.model(self.id, id))

    def delete_dataset(self, key: str) -> None:
        id = self.datasets[key].id
        self.retry(lambda service: service.eraser.dataset(self.id, id))

    # -- a life --

    def live(self, dice: Random) -> None:
        """Upload, train, and change one's mind in any way."""
        dataset = self.upload("first")
        for number in range(dice.choice([1, 2, 3, 4])):
            self.world.scheduler.sleep(dice.random() * dice.choice([0.5, 4.0]))
            try:
                self._job(dataset, f"job-{number}", dice)
            except RequestError:  # Too late, or too early.
                continue

    def _job(self, dataset: Dataset, key: str, dice: Random) -> None:
        sleep = self.world.scheduler.sleep
        id = self.train(dataset, key, dice.choice([1, 1, 2, 3]))
        if dice.random() < 0.3:
            sleep(dice.random() * 6)
            self.request_stop(id, dice.choice(STOP_REQUESTS))
        if dice.random() < 0.2:
            sleep(dice.random() * 6)
            self.delete_job(id)
        elif dice.random() < 0.3 and (model := self.wait_for_model(id)):
            prediction = self.predict(model, dataset)
            sleep(dice.random() * 6)
            if dice.random() < 0.4:
                self.delete_prediction(prediction)
            if dice.random() < 0.4:
                self.delete_model(model)
        if dice.random() < 0.1:
            self.delete_dataset("first")
