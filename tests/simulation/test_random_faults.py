"""Many storms, each by its seed. NOBRAINS_TEST_STORMS says how many."""

from __future__ import annotations

import os
from collections import deque
from pathlib import Path
from threading import Event, Thread

import pytest

from core.domain.ids import new_id
from tests.simulation.random_faults import Storm

STORMS = int(os.environ.get("NOBRAINS_TEST_STORMS", "300"))
TOGETHER = 25
QUICK = 100
"""Storms of `make test`; the others come with `make test-all`."""


@pytest.mark.parametrize(
    "first", [pytest.param(n, marks=[pytest.mark.long] if n >= QUICK else []) for n in range(0, STORMS, TOGETHER)]
)
def test_nothing_is_lost(first: int, tmp_path: Path) -> None:
    for seed in range(first, first + TOGETHER):
        try:
            Storm(seed, tmp_path).run()
        except AssertionError as exc:
            raise AssertionError(f"storm {seed}: {exc}") from exc


def test_the_same_seed_gives_the_same_storm(tmp_path: Path) -> None:
    over, ids = Event(), deque[str](maxlen=1)
    # As a sweeper that another test has left running.
    bystander = Thread(target=lambda: [ids.append(new_id()) for _ in iter(lambda: over.wait(0.001), True)])
    bystander.start()
    ends = []
    try:
        for _ in range(2):
            storm = Storm(2, tmp_path)
            storm.run()
            ends.append(storm.world.tables.rows)
    finally:
        over.set()
        bystander.join()
    assert ids
    assert ends[0] == ends[1]
