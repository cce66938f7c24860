"""kill -9 of each process of `nobrains serve` at each step of a run: it ends as if nothing had been, once."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from typing import TYPE_CHECKING

import psutil
import pytest

from backends.factory import create_backends
from core.service import Service
from core.settings import Settings
from tests.integration.pipelines.served_pipeline import ServedPipeline
from tests.waiting import PATIENCE_S, wait_for

if TYPE_CHECKING:
    from tests.integration.conftest import Server

pytestmark = [pytest.mark.integration, pytest.mark.long]
EVERYTHING = "everything"


def kill(server: Server, role: str) -> None:
    """Kill a process, and return when another one has taken its place."""
    if role == EVERYTHING:
        left = server.processes()
        server.kill()
        psutil.wait_procs(left, timeout=PATIENCE_S)
        server.start()
        return
    wait_for(lambda: server.started_as(role))
    (victim,) = server.started_as(role)
    os.kill(victim.pid, signal.SIGKILL)
    wait_for(lambda: set(server.started_as(role)) - {victim})


@pytest.mark.parametrize("role", [EVERYTHING, "--queue train", "--queue profile", "api --host", "fetcher"])
def test_a_run_ends_once_whoever_is_killed_at_each_of_its_steps(make_server: Callable[..., Server], role: str) -> None:
    server = make_server(lease_s="3", renew_s="0.5")
    settings = Settings({}, data=str(server.folder / "data"))
    inside = Service(create_backends(settings), settings)
    try:
        pipeline = ServedPipeline(server.client(), inside)
        run = pipeline.start("second")
        for _ in pipeline.walk(run):
            kill(server, role)
        pipeline.check_ended_once(run)
    finally:
        inside.ports.close()
