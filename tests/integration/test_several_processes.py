"""Several processes behind one port: what one of them is told holds in all."""

from __future__ import annotations

import http.client
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import psutil
import pytest

from backends.factory import create_backends
from core.service import Service
from core.settings import Settings
from tests.emulators.bound import ROOT, bound
from tests.emulators.ports import reserve_ports
from tests.integration.polling import answers
from tests.waiting import PATIENCE_S, wait_for

pytestmark = pytest.mark.integration

PATH = "/api/v1/models/unknown/predict"
MAX_CONNECTIONS = 200


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def service(data: Path) -> Iterator[Service]:
    settings = Settings({}, data=str(data))
    ports = create_backends(settings)
    yield Service(ports, settings)
    ports.close()


@pytest.fixture
def predictor(data: Path, service: Service, tmp_path: Path) -> Iterator[tuple[int, set[int]]]:
    """A port and the ids of the two processes that answer there."""
    (port,) = reserve_ports(1)
    command = [sys.executable, "-m", "nobrains", "predictor", "--processes", "2", "--port", str(port)]
    with open(tmp_path / "predictor.log", "wb") as log:
        environ = {**os.environ, "NOBRAINS_DATA": str(data)}
        master = subprocess.Popen(bound(command), cwd=ROOT, env=environ, stdout=log, stderr=log)
    try:
        wait_for(lambda: answers(f"http://127.0.0.1:{port}/healthz"))
        wait_for(lambda: len(psutil.Process(master.pid).children()) == 2)
        yield port, {each.pid for each in psutil.Process(master.pid).children()}
    finally:
        master.terminate()
        assert master.wait(PATIENCE_S) == 0, (tmp_path / "predictor.log").read_text()


def status_of(connection: http.client.HTTPConnection, secret: str) -> int:
    headers = {"Authorization": f"Bearer {secret}", "Content-Type": "application/json"}
    connection.request("POST", PATH, b'{"instances": [{}]}', headers)
    answer = connection.getresponse()
    answer.read()
    return answer.status


def connections_to(port: int, pids: set[int], opened: ExitStack, secret: str) -> list[http.client.HTTPConnection]:
    """A kept connection to each of the processes, whichever the kernel gives one to."""
    found: dict[int, http.client.HTTPConnection] = {}
    for _ in range(MAX_CONNECTIONS):
        connection = opened.enter_context(closing(http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)))
        assert status_of(connection, secret) == 404
        mine = connection.sock.getsockname()[1]
        for pid in pids - set(found):
            ends = psutil.Process(pid).net_connections("tcp")
            if any(end.raddr and end.raddr.port == mine for end in ends):
                found[pid] = connection
        if set(found) == pids:
            return list(found.values())
    raise AssertionError("one of the processes got none of the connections")


def test_a_revoked_key_is_soon_refused_by_each_of_them(service: Service, predictor: tuple[int, set[int]]) -> None:
    user = service.accounts.sign_up("ada", "correct horse")
    key, secret = service.accounts.create_key(user, "device")
    _, other = service.accounts.create_key(user, "another device")
    with ExitStack() as opened:
        each = connections_to(*predictor, opened, secret)
        assert [status_of(connection, other) for connection in each] == [404, 404]
        service.accounts.revoke_key(user.id, key.id)
        for connection in each:
            wait_for(lambda connection=connection: status_of(connection, secret) == 401)  # type: ignore[misc]
        assert [status_of(connection, other) for connection in each] == [404, 404]
        service.administration.lock(user.id, by="an administrator")
        for connection in each:
            wait_for(lambda connection=connection: status_of(connection, other) == 401)  # type: ignore[misc]
