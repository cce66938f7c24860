"""Many storms, each by its seed. NOBRAINS_TEST_STORMS says how many."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.simulation.random_faults import Storm

STORMS = int(os.environ.get("NOBRAINS_TEST_STORMS", "300"))
TOGETHER = 25


@pytest.mark.parametrize("first", range(0, STORMS, TOGETHER))
def test_nothing_is_lost(first: int, tmp_path: Path) -> None:
    for seed in range(first, first + TOGETHER):
        try:
            Storm(seed, tmp_path).run()
        except AssertionError as exc:
            raise AssertionError(f"storm {seed}: {exc}") from exc


def test_the_same_seed_gives_the_same_storm(tmp_path: Path) -> None:
    ends = []
    for _ in range(2):
        storm = Storm(2, tmp_path)
        storm.run()
        ends.append(storm.world.tables.rows)
    assert ends[0] == ends[1]
