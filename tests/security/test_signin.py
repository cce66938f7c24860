"""Signing in tells nobody who has an account: not by its answers, and not by its time."""

from __future__ import annotations

import random
import time
from typing import Any

import numpy as np
import pytest
from flask.testing import FlaskClient
from scipy.stats import mannwhitneyu

from api.app import create_app
from core.service import Service
from core.settings import Settings

PASSWORD = "correct horse"
TIMED = 200
SMALLEST_P = 0.001
TRIES = 3
"""Of a sound sign-in, one of a thousand rounds looks guilty by chance; three in a row, one of a billion."""


@pytest.fixture
def unlimited(service: Service) -> FlaskClient:
    """A client that may guess as often as it likes, and the account `ada`."""
    free = {"signin_failures": 10**9, "anonymous_requests_per_minute": 0}
    loose = Service(service.ports, Settings({}, **{**service.settings.values, **free}))
    loose.accounts.sign_up("ada", PASSWORD)
    return create_app(loose).test_client()


def guess(client: FlaskClient, username: str, path: str = "/tokens") -> Any:
    return client.post(f"/api/v1{path}", json={"username": username, "password": "wrong horse"})


def times_s(client: FlaskClient) -> tuple[list[float], list[float]]:
    """Seconds of so many guesses for a known and for an unknown name each, in random order."""
    taken: dict[str, list[float]] = {"ada": [], "eve": []}
    names = list(taken) * TIMED
    random.shuffle(names)
    for name in names:
        begun = time.perf_counter()
        guess(client, name)
        taken[name].append(time.perf_counter() - begun)
    return taken["ada"], taken["eve"]


@pytest.mark.parametrize("path", ["/tokens", "/sessions"])
@pytest.mark.parametrize("stranger", ["eve", "Ada Lovelace", "ÄDA", "a", "x" * 256, "ada#"])
def test_the_answer_is_the_same(unlimited: FlaskClient, path: str, stranger: str) -> None:
    known, unknown = guess(unlimited, "ada", path), guess(unlimited, stranger, path)
    assert (known.status_code, unknown.status_code) == (401, 401)
    for answer in (known, unknown):
        answer.get_json().pop("request_id")
    assert {**known.get_json(), "request_id": ""} == {**unknown.get_json(), "request_id": ""}
    assert set(known.headers.keys()) == set(unknown.headers.keys())
    assert known.content_length == unknown.content_length


def test_the_pause_is_the_same(client: FlaskClient) -> None:
    client.post("/api/v1/users", json={"username": "ada", "password": PASSWORD})
    statuses = {name: [guess(client, name).status_code for _ in range(7)] for name in ("ada", "eve")}
    assert statuses["ada"] == statuses["eve"] == [401] * 5 + [429] * 2


def test_the_time_is_the_same(unlimited: FlaskClient) -> None:
    guess(unlimited, "ada"), guess(unlimited, "eve")
    for _ in range(TRIES):
        known_s, unknown_s = times_s(unlimited)
        if mannwhitneyu(known_s, unknown_s).pvalue >= SMALLEST_P:
            return
    pytest.fail(f"known {np.median(known_s) * 1000:.2f} ms, unknown {np.median(unknown_s) * 1000:.2f} ms, by median")
