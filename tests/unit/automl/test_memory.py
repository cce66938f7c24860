from __future__ import annotations

import psutil
import pytest

from automl import memory
from automl.memory import Memory


def test_a_limit_below_what_is_in_use_is_short() -> None:
    assert Memory(1).is_short()
    assert not Memory(1).fits(0)


def test_without_a_limit_the_machine_decides() -> None:
    found = Memory(None)
    assert not found.is_short()
    assert found.limit_bytes <= psutil.virtual_memory().total


def test_a_containers_limit_holds_whatever_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "memory_limit_bytes", lambda: 1000)
    assert Memory(None).limit_bytes == Memory(10**15).limit_bytes == 1000
    assert Memory(10).limit_bytes == 10


def test_what_fits_is_counted_on_top_of_what_is_in_use() -> None:
    found = Memory(None)
    assert found.fits(1_000_000)
    assert not found.fits(found.limit_bytes)
