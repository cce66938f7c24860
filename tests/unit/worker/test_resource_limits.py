from __future__ import annotations

import pytest

from core.settings import MIB, Settings
from worker import resource_limits


@pytest.fixture(autouse=True)
def _container(monkeypatch: pytest.MonkeyPatch) -> None:
    """1,000 MiB and three processors."""
    monkeypatch.setattr(resource_limits, "memory_limit_bytes", lambda: 1000 * MIB)
    monkeypatch.setattr(resource_limits, "usable_cpus", lambda: 3)


@pytest.mark.parametrize(("setting_mib", "mib"), [(0, 800), (300, 300), (5000, 1000)])
def test_memory_is_the_setting_within_the_container(setting_mib: int, mib: int) -> None:
    assert resource_limits.child_memory_bytes(Settings({}, memory_limit_mib=setting_mib)) == mib * MIB


@pytest.mark.parametrize(("setting", "threads"), [(2, 2), (16, 3)])
def test_threads_are_the_setting_within_the_container(setting: int, threads: int) -> None:
    assert resource_limits.child_threads(Settings({}, threads=setting)) == threads
