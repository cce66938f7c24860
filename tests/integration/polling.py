"""What several tests look at, and how long they look."""

from __future__ import annotations

import time
from collections.abc import Callable

from nobrains_client import Client, Job

PATIENCE_S = 60.0


def wait_for(look: Callable[[], object], patience_s: float = PATIENCE_S) -> None:
    """Look until it is true."""
    deadline = time.monotonic() + patience_s
    while not look():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def trials_done(client: Client, job: Job) -> int:
    return sum(trial.state == "complete" for trial in client.trials(job))


def user(url: str, name: str, *, sign_up: bool = True) -> Client:
    """A client that is signed in."""
    client = Client(url)
    if sign_up:
        client.sign_up(name, "correct horse")
    return client.sign_in(name, "correct horse")
