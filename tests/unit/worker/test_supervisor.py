"""What stands against going on, with a real child, and writes that outlast a short outage."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from backends.factory import open_ports
from core.domain import states
from core.domain.records import WorkRef
from core.errors import LeaseLost, Unavailable
from core.service import Service
from core.settings import Settings
from core.storage import rows
from core.tasks.messages import Doorbell
from worker.child_process import Child
from worker.lease_keeper import Lease
from worker.supervisor import Cancelled, Conduct, Stalled

REF = WorkRef("train", "user", "job")


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    settings = Settings({}, data=str(tmp_path / "data"), stall_s=3.0)
    ports = open_ports(settings)
    yield Service(ports, settings)
    ports.close()


@pytest.fixture
def conduct(service: Service, tmp_path: Path) -> Iterator[Conduct]:
    service.work.begin(REF)
    held = service.work.claim(Doorbell(REF), "worker")
    assert held is not None
    child = Child(1)
    with Lease(service.work, held, service.settings, child.strike) as lease:
        yield Conduct(service, lease, child, tmp_path, threading.Event(), 1 << 40)
    child.kill()


def check_for(seconds: float, conduct: Conduct) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        conduct.check()
        time.sleep(0.05)


def test_a_child_that_hangs_is_noticed_although_it_is_asked_to_stop(conduct: Conduct) -> None:
    message = conduct.child.receive(30)
    assert message is not None
    conduct.service.ports.tables.put(rows.request_key(REF), states.STOP.encode())
    os.kill(conduct.child.process.pid, signal.SIGSTOP)
    with pytest.raises(Stalled):
        check_for(30.0, conduct)


def test_a_write_outlasts_an_outage_that_the_lease_outlasts(conduct: Conduct) -> None:
    answers = [Unavailable("no tables"), Unavailable("no tables"), None]

    def write() -> str:
        if answer := answers.pop(0):
            raise answer
        return "written"

    assert conduct.insist(write) == "written"


def test_a_write_is_given_up_with_the_lease(conduct: Conduct) -> None:
    def write() -> None:
        raise Unavailable("no tables")

    conduct.lease.lost.set()
    with pytest.raises(LeaseLost):
        conduct.insist(write)


def test_a_file_whose_upload_landed_without_an_answer_is_there(
    conduct: Conduct, monkeypatch: pytest.MonkeyPatch
) -> None:
    blobs = conduct.service.ports.blobs
    (conduct.folder / "model.nb").write_bytes(b"bundle")
    write = blobs.write

    def lost(*args: object, **kwargs: object) -> None:
        monkeypatch.setattr(blobs, "write", write)
        write(*args, **kwargs)  # type: ignore[arg-type]
        raise Unavailable("no answer")

    monkeypatch.setattr(blobs, "write", lost)
    assert conduct.upload("user/models/one", conduct.folder / "model.nb").size_bytes == 6


def test_a_cancellation_stops_an_upload(conduct: Conduct) -> None:
    (conduct.folder / "model.nb").write_bytes(b"bundle")
    conduct.service.ports.tables.put(rows.request_key(REF), states.CANCEL.encode())
    with pytest.raises(Cancelled):
        conduct.upload("user/models/one", conduct.folder / "model.nb")
    assert conduct.service.ports.blobs.stat("user/models/one") is None
