"""A user, a table and a model of the deployed service, and its health between tests that make it ill."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import plotly.data
import pytest

from nobrains_client import Client, Conflict, Dataset, Job, Model
from tests.integration.polling import trials_done
from tests.integration.real.deployment import Deployment
from tests.waiting import wait_for


@pytest.fixture
def service(real_service: Deployment, grace: Client) -> Iterator[Deployment]:
    """Well when the test begins, and well and idle again when it is over, whatever came of it."""
    yield real_service
    real_service.heal()
    for state in ("queued", "running"):
        for job in grace.jobs(state=state):
            with suppress(Conflict):  # It has ended by now.
                grace.cancel(job)


@pytest.fixture
def training(service: Deployment, grace: Client, dataset: Dataset) -> Job:
    """In the middle of its work, with much more before it. Its trials are quick."""
    job = grace.train(dataset, "smoker", 600, models=["linear", "lightgbm"])
    wait_for(lambda: trials_done(grace, job) >= 3)
    return job


@pytest.fixture(scope="session")
def grace(real_service: Deployment) -> Client:
    """A user, through the balancer."""
    return real_service.client("grace")


@pytest.fixture(scope="session")
def tips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """244 rows; `smoker` is one of two labels."""
    path = tmp_path_factory.mktemp("tips") / "tips.csv"
    plotly.data.tips(return_type="pandas").to_csv(path, index=False)
    return path


@pytest.fixture(scope="session")
def dataset(grace: Client, tips: Path) -> Dataset:
    return grace.wait_ready(grace.upload(tips))


@pytest.fixture(scope="session")
def model(grace: Client, dataset: Dataset) -> Model:
    job = grace.train(dataset, "smoker", 5, models=["linear"], wait=True)
    return grace.model(str(job.model_id))
