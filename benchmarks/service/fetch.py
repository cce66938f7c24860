"""A source of 1 GiB over loopback: how fast, and with how much memory, beside curl.

    python -m benchmarks.service.fetch                       1 GiB, three rounds
    python -m benchmarks.service.fetch --mib 256 --rounds 1

A web server sends zeros and ones from memory. Measured are: curl into a file, and into nothing; the connector alone,
which reads and hands on; and a fetcher of the service that takes the task off its queue, stores the blob under its
SHA-256, durably, and records it; by how much the process grows in that is told. Run it while nothing else does.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from backends.factory import create_backends
from backends.fetch.http_source import HttpSource
from backends.fetch.readers import Readers
from core.limits.outgoing import OutgoingPolicy
from core.ports import FETCH_QUEUE
from core.process import die_with_parent
from core.service import Service
from core.settings import Settings
from core.source_ports import FetchLimits
from worker.fetcher.fetcher import Fetcher
from worker.intake import TaskIntake

MIB = 1 << 20
LINE = b"0.123456,1,0,red,42\n"
BLOCK = b"a,b,c,d,e\n" + LINE * (MIB // len(LINE))


def serve(mib: int) -> int:
    """Serve a file of that size at any path, from a process of its own; return its port."""
    listening = socket.create_server(("127.0.0.1", 0))
    port = int(listening.getsockname()[1])
    if os.fork() == 0:
        die_with_parent()
        body = BLOCK[:MIB].ljust(MIB, b"\n")
        while True:
            connection, _ = listening.accept()
            threading.Thread(target=_send, args=(connection, body, mib), daemon=True).start()
    listening.close()
    return port


def _send(connection: socket.socket, body: bytes, mib: int) -> None:
    with connection:
        connection.recv(65536)
        connection.sendall(f"HTTP/1.1 200 OK\r\nContent-Length: {mib * MIB}\r\nConnection: close\r\n\r\n".encode())
        for _ in range(mib):
            connection.sendall(body)


def curl(url: str, target: str) -> float:
    """Return the seconds that curl takes."""
    began = time.monotonic()
    subprocess.run(["curl", "-sS", "-o", target, url], check=True)
    return time.monotonic() - began


def connector(url: str) -> float:
    """Return the seconds in which the connector reads all of it."""
    reader = HttpSource(OutgoingPolicy("public", loopback=True), FetchLimits(1 << 40, 10, 3600.0))
    began = time.monotonic()
    opened = reader.open({"url": url}, {})
    assert opened is not None
    with closing(opened):
        size = sum(map(len, opened.chunks))
    assert size % MIB == 0
    return time.monotonic() - began


def fetcher(url: str, folder: Path) -> tuple[float, float]:
    """Return the seconds of a whole fetch, and by how many MiB the process has grown in it at the most."""
    shutil.rmtree(folder, ignore_errors=True)
    settings = Settings({}, data=str(folder), max_upload_bytes=1 << 40, max_stored_bytes=1 << 40)
    ports = create_backends(settings)
    try:
        service = Service(ports, settings)
        user = service.accounts.sign_up("ada", "correct horse")
        source = service.sources.create(user.id, {"name": "big", "kind": "http", "url": url})
        fetch = service.sources.request_fetch(user.id, source.id, {"kind": "manual"})
        made = Fetcher(service, Readers(settings))
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        began = time.monotonic()
        made.process_one(TaskIntake(service, FETCH_QUEUE, "bench", made.over))
        seconds = time.monotonic() - began
        done = service.sources.fetch_of(user.id, source.id, fetch.number)
        assert done is not None
        assert done.state == "ready", done.error
        return seconds, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    finally:
        ports.close()
        shutil.rmtree(folder, ignore_errors=True)


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--mib", type=int, default=1024)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", type=Path, default=None, help="where files are written; default: the system's own")
    given = parser.parse_args()
    port = serve(given.mib)
    url = f"http://127.0.0.1:{port}/big.csv"
    with tempfile.TemporaryDirectory(dir=given.folder) as name:
        grown: list[float] = []

        def whole() -> float:
            seconds, mib = fetcher(url, Path(name) / "data")
            grown.append(mib)
            return seconds

        runs: dict[str, Callable[[], float]] = {
            "curl, into nothing": lambda: curl(url, "/dev/null"),
            "curl, into a file": lambda: curl(url, str(Path(name) / "curl.csv")),
            "the connector": lambda: connector(url),
            "a fetch, stored": whole,
        }
        taken: dict[str, list[float]] = {label: [] for label in runs}
        for _ in range(given.rounds):
            for label, run in runs.items():
                taken[label].append(run())
    for label, seconds in taken.items():
        median = statistics.median(seconds)
        print(f"{label:20} {median:6.2f} s  {given.mib / median:8,.0f} MiB/s")
    print(f"a fetch's memory grew by {max(grown):.0f} MiB at the most ({sys.platform})")


if __name__ == "__main__":
    main()
