"""Pauses are told by the wall clock, and survive its being wrong."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from core.accounts.login_throttle import LoginThrottle
from core.errors import TooMany
from core.service import Service

PAUSE_S = 60


@pytest.mark.parametrize("set_s", [-600.0, 600.0])
def test_a_clock_that_is_set_keeps_nobody_out_for_longer_than_a_pause(
    service: Service, monkeypatch: pytest.MonkeyPatch, set_s: float
) -> None:
    now_s = 1_000_000.0
    monkeypatch.setattr("core.accounts.login_throttle.time", SimpleNamespace(time=lambda: now_s))
    throttle = LoginThrottle(service.ports.tables, 1, PAUSE_S)
    throttle.record_failure("ada")
    with pytest.raises(TooMany):
        throttle.check("ada")
    now_s += set_s
    if set_s < 0:
        with pytest.raises(TooMany) as paused:
            throttle.check("ada")
        assert paused.value.retry_after_s == PAUSE_S
    now_s += PAUSE_S
    throttle.check("ada")
