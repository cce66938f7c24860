"""What several tests ask of a service."""

from __future__ import annotations

import requests

from nobrains_client import Client, Job


def answers(url: str) -> bool:
    """Whether somebody answers there, and well."""
    try:
        return requests.get(url, timeout=60).ok
    except requests.RequestException:
        return False


def trials_done(client: Client, job: Job) -> int:
    return sum(trial.state == "complete" for trial in client.trials(job))


def user(url: str, name: str, *, sign_up: bool = True) -> Client:
    """A client that is signed in."""
    client = Client(url)
    if sign_up:
        client.sign_up(name, "correct horse")
    return client.sign_in(name, "correct horse")
