"""Many clients promote at the same time, and processes are killed meanwhile: the log of changes stays whole."""

from __future__ import annotations

import itertools
import os
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
import requests

from backends.factory import create_backends
from core.domain.endpoints import NewVersion
from core.domain.ids import new_id, now
from core.domain.records import Model
from core.domain.users import User
from core.service import Service
from core.settings import Settings
from core.storage import rows
from tests.emulators.bound import ROOT, bound
from tests.emulators.ports import reserve_ports
from tests.integration.polling import answers
from tests.unit.core.endpoints.consistency import check_endpoint
from tests.waiting import PATIENCE_S, wait_for

pytestmark = pytest.mark.integration

CLIENTS = 8
PROCESSES = 3
VERSIONS = 5


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    settings = Settings({}, data=str(tmp_path / "data"))
    ports = create_backends(settings)
    yield Service(ports, settings)
    ports.close()


@pytest.fixture
def user(service: Service) -> User:
    """Has an endpoint of some versions; nobody has to train the models."""
    user = service.accounts.sign_up("ada", "correct horse")
    summary = {"task": "binary", "target": "t", "features": []}
    for number in range(VERSIONS):
        id = new_id()
        model = Model(id, user.id, "job", "data", now(), f"{user.id}/models/{id}", 1, "", summary, committed=True)
        service.ports.tables.put(rows.key("model", user.id, id), rows.dump(model))
        if number == 0:
            service.endpoints.create(user.id, "income", "user/ada", model_id=id)
        else:
            service.versions.register(user.id, "income", NewVersion(id, "user/ada"))
    return user


@pytest.fixture
def api(service: Service, tmp_path: Path) -> Iterator[tuple[str, Callable[[], None]]]:
    """The address of processes that answer behind one port, and what kills one of them; another follows it."""
    (port,) = reserve_ports(1)
    command = [sys.executable, "-m", "nobrains", "api", "--no-predict", "--processes", str(PROCESSES)]
    environ = {**os.environ, "NOBRAINS_DATA": str(tmp_path / "data"), "NOBRAINS_REQUESTS_PER_MINUTE": "0"}
    with open(tmp_path / "api.log", "wb") as log:
        master = subprocess.Popen(bound([*command, "--port", str(port)]), cwd=ROOT, env=environ, stdout=log, stderr=log)

    def kill_one() -> None:
        with suppress(psutil.Error, ProcessLookupError):
            children = psutil.Process(master.pid).children()
            os.kill(random.choice(children).pid, signal.SIGKILL)

    try:
        wait_for(lambda: answers(f"http://127.0.0.1:{port}/healthz"))
        yield f"http://127.0.0.1:{port}/api/v1/endpoints/income", kill_one
    finally:
        master.terminate()
        master.wait(PATIENCE_S)  # Its code tells nothing: the last that follows a killed one may still be starting.


@pytest.mark.parametrize(("promotions", "kill_every"), [(64, 15), pytest.param(1000, 40, marks=pytest.mark.long)])
def test_the_log_has_no_gap_and_its_last_line_is_the_state(
    service: Service, user: User, api: tuple[str, Callable[[], None]], promotions: int, kill_every: int
) -> None:
    url, kill_one = api
    headers = {"Authorization": f"Bearer {service.accounts.credentials.issue(user, 'token').secret}"}
    tokens = itertools.count(1)
    answered: list[str] = []
    lost: list[str] = []
    lock = threading.Lock()

    def promote() -> None:
        with requests.Session() as session:
            session.headers.update(headers)
            while (number := next(tokens)) <= promotions:
                token = f"promotion {number}"
                body = {"version": 1 + number % VERSIONS, "why": token}
                try:
                    answer = session.put(f"{url}/aliases/champion", json=body, timeout=PATIENCE_S)
                except (
                    requests.ConnectionError,
                    requests.exceptions.ChunkedEncodingError,
                ):  # Its process was killed, before it wrote or after.
                    lost.append(token)
                    continue
                assert answer.status_code == 200, answer.text
                assert answer.json()["newest_change"]["seq"] >= 2
                with lock:
                    answered.append(token)
                    if len(answered) % kill_every == 0:
                        kill_one()

    with ThreadPoolExecutor(CLIENTS) as pool:
        for done in [pool.submit(promote) for _ in range(CLIENTS)]:
            done.result()
    lines = check_endpoint(service.ports.tables, user.id, "income")
    said = [line.why for line in lines[1:]]
    assert len(set(said)) == len(said)
    assert set(answered) <= set(said) <= {*answered, *lost}
    shown = requests.get(url, headers=headers, timeout=PATIENCE_S).json()
    assert shown["aliases"] == lines[-1].aliases
    assert shown["newest_change"]["seq"] == len(lines)
