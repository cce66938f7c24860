"""Whatever the OpenAPI document allows, and whatever it does not, is answered without a fault of the server's own."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error

from api.app import MODULES, PROTOCOLS
from core.domain.evaluations import NewEvaluation
from core.domain.records import TaskRef
from core.errors import Conflict
from tests.bad_input.conftest import Asker
from tests.unit.api import trained

bounded = settings(
    max_examples=5, database=None, phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
"""So many probes of each call, the same ones each time."""

NAME, PASSWORD = "prober", "correct horse"
BLUEPRINTS = [module.blueprint.name for module in (*MODULES["all"], *PROTOCOLS)]


class Prober:
    """An administrator with one of everything, made anew where a probe has deleted it."""

    def __init__(self, ask: Asker) -> None:
        self.ask = ask
        self.service = ask.service
        self.ids: dict[str, str] = {}

    def headers(self) -> dict[str, str]:
        """Of a token that works, whatever was done to the others."""
        user = self.service.accounts.find_by_username(NAME)
        if user is None or user.role != "admin" or user.locked:
            if user is not None:
                self.service.eraser.account(user.id)
            user = self.service.accounts.sign_up(NAME, PASSWORD, "admin")
        self.user = user
        return {"Authorization": f"Bearer {self.service.accounts.credentials.issue(user, 'token').secret}"}

    def own_ids(self) -> dict[str, str]:
        """Of things that are there, by the names of path parameters."""
        service, user_id = self.service, self.user.id
        if service.datasets.find(user_id, self.ids.get("dataset_id", "")) is None:
            made = service.datasets.create(user_id, "t", iter([b"size,colour,answer\n1,red,yes\n2,green,01\n"]))
            self.ids["dataset_id"] = made.id
        if service.models.find(user_id, self.ids.get("model_id", "")) is None:
            self.ids["model_id"] = trained.store(service, user_id).id
        if service.predictions.find(user_id, self.ids.get("prediction_id", "")) is None:
            stored = service.predictions.submit(user_id, self.ids["model_id"], self.ids["dataset_id"])
            self.ids["prediction_id"] = stored.prediction.id
        if service.evaluations.find(user_id, self.ids.get("evaluation_id", "")) is None:
            new = NewEvaluation(self.ids["dataset_id"], self.ids["model_id"])
            self.ids["evaluation_id"] = service.evaluations.submit(user_id, new).record.id
        if service.jobs.find(user_id, self.ids.get("job_id", "")) is None:
            spec = {"dataset_id": self.ids["dataset_id"], "target": "answer", "name": None, "exclude_columns": []}
            spec |= {"task": "auto", "metric": "auto", "time_budget_s": 1, "parallelism": 1, "seed": 0, "models": None}
            self.ids["job_id"] = service.jobs.submit(user_id, spec).job.id
            service.jobs.request_stop(user_id, self.ids["job_id"], "cancel")  # Its stream ends.
        if (endpoint := service.endpoints.find(user_id, "prober")) is None:
            model = trained.store(service, user_id)
            endpoint = service.endpoints.create(user_id, "prober", f"user/{user_id}", model_id=model.id)
        self.ids |= {"name": endpoint.name, "alias": "champion", "version": "champion"}
        keys = service.accounts.keys(user_id) or [service.accounts.create_key(self.user, "k")[0]]
        return {**self.ids, "key_id": keys[0].id, "user_id": user_id}

    def cancel_all(self) -> None:
        """No training that a probe began goes on."""
        for view in self.service.jobs.page(self.user.id, 1000).items:
            if view.state in ("queued", "running"):
                with suppress(Conflict):  # It has just ended by itself.
                    self.service.jobs.request_stop(self.user.id, view.job.id, "cancel")
                self.service.work.wait(TaskRef("train", self.user.id, view.job.id), 30)


@pytest.fixture(scope="module")
def prober(ask: Asker) -> Prober:
    return Prober(ask)


@pytest.fixture(scope="module")
def operations(ask: Asker) -> dict[str, list[Any]]:
    """Every call of the document, by the blueprint that it belongs to."""
    found: dict[str, list[Any]] = {}
    for operation in schemathesis.openapi.from_wsgi("/api/v1/openapi.json", ask.app).get_all_operations():
        found.setdefault(operation.ok().tags[0], []).append(operation.ok())
    return found


def test_every_call_is_probed(operations: dict[str, list[Any]]) -> None:
    assert operations.keys() == set(BLUEPRINTS)


@pytest.mark.parametrize("blueprint", BLUEPRINTS)
@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
def test_no_fault_of_the_server(
    operations: dict[str, list[Any]], prober: Prober, mode: GenerationMode, blueprint: str
) -> None:
    statuses: Counter[int] = Counter()

    def probe(case: Any, real: bool) -> None:
        headers = prober.headers()
        ids = prober.own_ids()
        if real:  # What is made up is nowhere: every other probe goes to something that is there.
            case.path_parameters.update({name: ids[name] for name in case.path_parameters or {} if name in ids})
            if isinstance(case.body, dict):
                case.body.update({name: ids[name] for name in ("dataset_id", "model_id") if name in case.body})
        response = case.call(headers=headers)
        case.validate_response(response, checks=[not_a_server_error])
        statuses[response.status_code] += 1
        if response.status_code == 202:
            prober.cancel_all()

    for operation in operations[blueprint]:
        with suppress(Unsatisfiable):  # Nothing can be wrong with a call that takes nothing.
            bounded(given(operation.as_strategy(generation_mode=mode), st.booleans())(probe))()
    assert statuses or mode is GenerationMode.NEGATIVE
