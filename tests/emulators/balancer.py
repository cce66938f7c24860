"""HAProxy in front of the service, set up as in earnest: predictions go to the predictor, the rest to the api."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest
import requests

from tests.emulators.bound import ROOT, bound
from tests.emulators.debian import install
from tests.waiting import wait_for

PACKAGE = "haproxy"

# Bodies and events are passed on as they come, in both directions. The health asked about is that of the process: a
# back end that is away makes every api process unready at once, and the api's own 503 says more than the balancer's.
# A request is sent again where it cannot have been seen, and a GET also where its answer broke off before it began.
CONFIG = """
global
    maxconn 2000

defaults
    mode http
    timeout connect 3s
    timeout check 5s
    timeout http-request 10s
    timeout client 75s
    timeout server 600s
    timeout tunnel 1h
    option forwardfor
    option redispatch 1
    retries 3
    retry-on conn-failure empty-response
    default-server check inter 500ms fall 2 rise 1

frontend front
    bind 127.0.0.1:{port}
    http-request disable-l7-retry unless METH_GET
    use_backend predictor if {{ path_reg ^/api/v1/(models|endpoints)/[^/]+/predict$ }}
    use_backend predictor if {{ path_reg ^/(v2|v1/models)(/|$) ^/serving/ }}
    default_backend api

backend api
    option httpchk GET /healthz
{apis}

backend predictor
    option httpchk GET /healthz
{predictors}

frontend statistics
    bind 127.0.0.1:{statistics_port}
    stats enable
    stats uri /
"""


class Balancer:
    """A running HAProxy at `url`.

    Args:
        folder: for its configuration and its log.
        ports: three of loopback, free: its own, its statistics', and none of `apis` and `predictors`.
        apis: ports of the api processes, those that are yet to be started included.
        predictors: the same of the predictors.
    """

    def __init__(self, folder: Path, ports: Sequence[int], apis: Sequence[int], predictors: Sequence[int]) -> None:
        port, statistics_port = ports
        self.url = f"http://127.0.0.1:{port}"
        self.statistics = f"http://127.0.0.1:{statistics_port}/;csv"
        servers = {"apis": _servers("api", apis), "predictors": _servers("predictor", predictors)}
        config = folder / "haproxy.cfg"
        config.write_text(CONFIG.format(port=port, statistics_port=statistics_port, **servers))
        with open(folder / "haproxy.log", "ab") as log:
            self.process = subprocess.Popen(
                bound([find_haproxy(), "-db", "-f", str(config)]), cwd=ROOT, stdout=log, stderr=log
            )

    def wait_until(self, up: bool, *servers: str) -> None:
        """Return when it sees all these servers (`api-8001`: kind and port) as up, or as down."""
        wait_for(lambda: {self._state(server) for server in servers} == {"UP" if up else "DOWN"})

    def wait_until_busy(self, server: str) -> None:
        """Return when it has handed a request to this server that is not over."""
        wait_for(lambda: int(self._statistic(server, "scur") or 0) > 0)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def _state(self, server: str) -> str:
        return self._statistic(server, "status").split(" ")[0]

    def _statistic(self, server: str, name: str) -> str:
        """Return a column of its statistics; "" where it does not answer or knows no such server."""
        try:
            lines = requests.get(self.statistics, timeout=30).text.splitlines()
        except requests.RequestException:
            return ""
        cells = [line.split(",") for line in lines]
        column = cells[0].index(name)
        return next((row[column] for row in cells if row[1:2] == [server]), "")


def find_haproxy() -> str:
    """The program, installed where that is allowed. Skips the test where it cannot be had."""
    if _program() is None:
        install(PACKAGE)
    if (found := _program()) is None:
        pytest.skip(f"HAProxy is not here and could not be installed: apt-get install {PACKAGE}")
    return found


def _program() -> str | None:
    return shutil.which("haproxy", path=f"{os.environ['PATH']}:/usr/sbin")


def _servers(kind: str, ports: Sequence[int]) -> str:
    return "\n".join(f"    server {kind}-{port} 127.0.0.1:{port}" for port in ports)
