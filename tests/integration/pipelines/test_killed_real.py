"""kill -9 of each role, over RabbitMQ, Bigtable and Cloud Storage, at each step of a run: it ends once."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from core.service import Service
from core.settings import Settings
from tests.integration.pipelines.served_pipeline import ServedPipeline
from tests.integration.real.deployment import Deployment

pytestmark = [pytest.mark.integration, pytest.mark.long]


@pytest.fixture
def inside(real_service: Deployment, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    """A look past every api, at the rows themselves."""
    for name, value in real_service.environ.items():
        monkeypatch.setenv(name, value)
    made = Service(real_service.open(), Settings(os.environ))
    yield made
    made.ports.close()
    real_service.heal()


@pytest.mark.parametrize("name", ["train", "profile", "api", "fetcher", "broker"])
def test_a_run_ends_once_whoever_is_killed_at_each_of_its_steps(
    real_service: Deployment, inside: Service, name: str
) -> None:
    pipeline = ServedPipeline(real_service.client(f"owner-{name}"), inside)
    run = pipeline.start("second")
    for _ in pipeline.walk(run):
        victim = getattr(real_service, name)
        victim.kill()
        victim.start()
    pipeline.check_ended_once(run)
