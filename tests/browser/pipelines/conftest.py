"""Somebody with a model, at the page and by the client, and pipelines that are theirs."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from nobrains_client import Client
from tests.browser.conftest import BUDGET_S
from tests.browser.page_object import PASSWORD, Person
from tests.browser.trained import train_churn
from tests.integration.conftest import Server


@pytest.fixture(scope="module")
def owner(request: pytest.FixtureRequest) -> str:
    """Whose all that is that a module's tests make."""
    return request.module.__name__.rpartition(".")[2].replace("_", "-")  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def client(served: Server, owner: str) -> Client:
    """A client of theirs."""
    client = Client(served.url)
    client.sign_up(owner, PASSWORD)
    return client.sign_in(owner, PASSWORD)


@pytest.fixture(scope="module")
def model(client: Client, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A model of `churned`."""
    return train_churn(client, tmp_path_factory.mktemp("tables"))


@pytest.fixture
def planner(meet: Callable[..., Person], model: str, owner: str) -> Person:
    """Their owner, signed in, somewhere in Italy."""
    person = meet(timezone_id="Europe/Rome")
    person.username = owner
    person.sign_in()
    expect(person.page).to_have_url(re.compile("/datasets$"))
    return person


def ask(person: Person, path: str) -> Any:
    """What the API answers to the person's own browser."""
    answer = person.context.request.get(f"/api/v1{path}")
    assert answer.ok, answer.text()
    return answer.json()


def make(person: Person, model: str, endpoint: str, client: Client, **said: Any) -> str:
    """An endpoint that serves the model, and a pipeline for it; returns the id of that."""
    client.create_endpoint(endpoint, model)
    job = {"target": "churned", "time_budget_s": BUDGET_S, "exclude_columns": ["cancelled_on"], "models": ["linear"]}
    data = {"dataset_id": client.model(model).dataset_id}
    body = {"name": f"{endpoint} by hand", "endpoint": endpoint, "data": data, "job": job, **said}
    token = ask(person, "/sessions")["csrf_token"]
    answer = person.context.request.post("/api/v1/pipelines", data=body, headers={"X-CSRF-Token": token})
    assert answer.ok, answer.text()
    return str(answer.json()["id"])
