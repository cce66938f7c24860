"""The wall clock is set ten minutes forward and back: no lease is lost, nothing runs twice, tokens stay sensible."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import plotly.data
import pytest

from nobrains_client import Unauthorized
from tests.integration.clocks import WallClock
from tests.integration.polling import trials_done
from tests.waiting import PATIENCE_S, wait_for

if TYPE_CHECKING:
    from tests.integration.conftest import Server

pytestmark = [pytest.mark.integration, pytest.mark.long]

FAR_S = 600


def test_a_clock_that_is_set_disturbs_no_training(
    make_server: Callable[..., Server], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = WallClock(tmp_path)
    for name, value in clock.environ.items():
        monkeypatch.setenv(name, value)
    server = make_server(lease_s="3", renew_s="1", token_ttl_s="300")
    for name in clock.environ:
        monkeypatch.delenv(name)
    client = server.client()
    tips = plotly.data.tips(return_type="pandas")
    dataset = client.wait_ready(client.upload(tips, name="tips.csv"))
    job = client.train(dataset, "smoker", 600, models=["linear", "lightgbm"])
    for off_s in (0, FAR_S, -FAR_S, 0):
        clock.set(off_s)
        if off_s > 0:  # A token of five minutes is over by its own clock.
            with pytest.raises(Unauthorized):
                client.me()
            client = server.client(sign_up=False)
        known = trials_done(client, job)
        wait_for(lambda client=client, known=known: trials_done(client, job) > known + 2)  # type: ignore[misc]
    client.stop(job)
    done = client.wait(job, timeout_s=PATIENCE_S)
    assert (done.state, done.attempt) == ("succeeded", 1)
    assert {trial.number for trial in client.trials(job)} == set(range(len(list(client.trials(job)))))
    for event in ("lease.lost", "lease.not_renewed", "work.failure", "work.lost"):
        assert event not in server.log()
