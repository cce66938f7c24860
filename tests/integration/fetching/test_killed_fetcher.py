"""kill -9 of a fetcher at each step of a fetch: another process takes over, and the fetch ends once."""

from __future__ import annotations

import itertools
import json
import multiprocessing
import signal
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from backends.factory import create_backends
from backends.fetch.readers import Readers
from core.domain.sources import READY, Fetch
from core.domain.states import FINAL
from core.ports import FETCH_QUEUE
from core.service import Service
from core.settings import Settings
from core.storage import rows
from tests.integration.fetching import killed_fetcher
from tests.waiting import PATIENCE_S, wait_for
from worker.fetcher.fetcher import Fetcher
from worker.intake import TaskIntake

# Has loaded everything once, and forks: a process for each step is then cheap.
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload([killed_fetcher.__name__])
MAX_STEPS = 40


class Web(ThreadingHTTPServer):
    """A web server with one file."""

    body = b""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/table.csv"


class _Handler(BaseHTTPRequestHandler):
    server: Web

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(self.server.body)))
        self.end_headers()
        self.wfile.write(self.server.body)

    def log_message(self, *_: object) -> None:
        return


@pytest.fixture
def web() -> Iterator[Web]:
    with Web(("127.0.0.1", 0), _Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    settings = Settings({}, data=str(tmp_path / "data"))
    ports = create_backends(settings)
    yield Service(ports, settings)
    ports.close()


def test_a_fetcher_killed_at_any_step_leaves_one_dataset(service: Service, web: Web) -> None:
    user = service.accounts.sign_up("ada", "correct horse").id
    source = service.sources.create(user, {"name": "table", "kind": "http", "url": web.url, "keep": MAX_STEPS})
    expected: dict[int, bytes] = {}
    kills = 0
    for step in itertools.count(1):
        assert step < MAX_STEPS
        web.body = b"a,b\n" + b"%d,x\n" % step * 10
        fetch = service.sources.request_fetch(user, source.id, {"kind": "manual"})
        expected[fetch.number] = web.body
        code = fetch_or_die(service, step)
        if code == 0:
            break
        assert code == -signal.SIGKILL
        kills += 1
        take_over(service, fetch)
    assert kills > 15
    found = service.sources.fetches.page(user, source.id, 100).items
    assert {each.number: each.state for each in found} == dict.fromkeys(expected, READY)
    datasets = {each.number: service.datasets.get(user, str(each.dataset_id)) for each in found}
    assert {number: b"".join(service.ports.blobs.read(each.blob)) for number, each in datasets.items()} == expected
    assert {each.id for each in service.datasets.page(user, 100).items} == {each.id for each in datasets.values()}
    # What a killed one had stored beside is announced, and deleted once it is a day old.
    announced = {json.loads(row.value)["blob"] for row in rows.scan_all(service.ports.tables, "intent#")}
    assert {*service.ports.blobs.names(f"{user}/")} <= {each.blob for each in datasets.values()} | announced


def fetch_or_die(service: Service, step: int) -> int | None:
    """Run a fetcher in a process of its own; return its exit code, minus 9 once it was killed."""
    process = PROCESSES.Process(target=killed_fetcher.main, args=(service.settings.data, step))
    process.start()
    process.join(PATIENCE_S)
    process.kill()
    return process.exitcode


def take_over(service: Service, fetch: Fetch) -> None:
    """Do what the sweeper does once the lease has expired, and what another fetcher does then."""
    raw = service.ports.tables.get(rows.task_state_key(fetch.ref))
    assert raw is not None
    service.work.notify(fetch.ref, silent=rows.digest(raw))
    fetcher = Fetcher(service, Readers(service.settings))
    intake = TaskIntake(service, FETCH_QUEUE, "other", fetcher.over)

    def is_over() -> bool:
        while fetcher.process_one(intake):  # Also what the dead one had not acknowledged.
            pass
        task_state = service.work.state(fetch.ref)
        return task_state is not None and task_state.state in FINAL

    wait_for(is_over)
    service.settler.finalize(fetch.ref)
