"""The kernel kills a training that takes more memory than its container has: the worker lives, and says so."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.domain import states
from tests.emulators.bound import ROOT, bound
from tests.integration.worker.bench import Bench, table, wait
from tests.integration.worker.cgroups import MemoryGroup, memory_group
from tests.waiting import PATIENCE_S

pytestmark = [pytest.mark.integration, pytest.mark.long]

__all__ = ["memory_group"]

MIB = 1024 * 1024
PLENTY_BYTES = 16 * 1024 * MIB


@pytest.fixture
def worker(bench: Bench, memory_group: MemoryGroup, tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A training worker with its children in the group, over the bench's data."""
    environ = {**os.environ, **bench.settings.environ(), "NOBRAINS_MEMORY_LIMIT_MIB": "4096"}
    command = bound([sys.executable, "-m", "nobrains", "worker", "--queue", "train"])
    with open(tmp_path / "worker.log", "ab") as log:
        running = subprocess.Popen(memory_group.entered(command), cwd=ROOT, env=environ, stdout=log, stderr=log)
    yield running
    running.terminate()
    assert running.wait(PATIENCE_S) == 0, (tmp_path / "worker.log").read_text()[-4000:]


def squeeze(group: MemoryGroup) -> None:
    """Leave no room to grow, until the kernel has killed; then there is plenty again."""
    before = group.kills()
    deadline = time.monotonic() + PATIENCE_S
    while group.kills() == before:
        assert time.monotonic() < deadline
        with contextlib.suppress(OSError):  # It has grown meanwhile.
            group.limit(group.used_bytes() + MIB)
    group.limit(PLENTY_BYTES)


def test_the_kernels_verdict_is_tried_once_smaller_then_said(
    bench: Bench, memory_group: MemoryGroup, worker: subprocess.Popen[bytes]
) -> None:
    dataset = bench.dataset(table(5000))
    job = bench.submit(dataset, time_budget_s=600, models=["linear", "lightgbm"])
    for epoch in (1, 2):
        wait(
            lambda: bench.trials(job),
            lambda trials, epoch=epoch: any((each.epoch, each.state) == (epoch, "running") for each in trials),
        )
        squeeze(memory_group)
    view = bench.wait(job, *states.FINAL)
    assert view.state == states.FAILED
    assert view.task_state.error is not None
    assert view.task_state.error["reason"] == "OUT_OF_MEMORY"
    assert (view.task_state.attempt, view.task_state.memory_scale) == (2, 0.5)
    # The same worker goes on to the next.
    assert worker.poll() is None
    after = bench.wait(bench.submit(dataset, time_budget_s=3, models=["linear"]), *states.FINAL)
    assert (after.state, after.task_state.attempt) == (states.SUCCEEDED, 1)
