"""Load on an HTTP server: as much as some connections carry (wrk), or so many requests a second, come what may."""

from __future__ import annotations

import http.client
import json
import shutil
import subprocess
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

import psutil

SCRIPT = """
local request = {request}
wrk.method, wrk.body = "POST", request.body
for name, value in pairs(request.headers) do wrk.headers[name] = value end
function done(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format(
    '\\nfigures {{"requests": %d, "seconds": %.6f, "failed": %d, "p50_ms": %.4f, "p99_ms": %.4f}}\\n',
    summary.requests, summary.duration / 1e6,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3))
end
"""
CLIENTS = 32
TIMEOUT_S = 30.0


@dataclass(frozen=True)
class Call:
    """One request, made again and again."""

    url: str
    body: str
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Load:
    """What came of a closed loop: a connection asks again as soon as it is answered."""

    per_s: float
    p50_ms: float
    p99_ms: float
    cpu_ms: float
    """CPU of the server's processes a request."""
    failed: int


@dataclass(frozen=True)
class Pace:
    """What came of an open loop: requests begin at their time, whether or not those before are answered."""

    statuses: dict[str, int]
    p50_ms: float
    p99_ms: float


def find_wrk() -> str:
    """Return the path of wrk; raise SystemExit if it is not installed."""
    found = shutil.which("wrk")
    if found is None:
        raise SystemExit("There is no wrk here: apt-get install wrk")
    return found


def saturate(wrk: str, call: Call, connections: int, seconds: int, processes: list[psutil.Process]) -> Load:
    """Have so many connections ask all the time; CPU is counted of the processes and their children."""
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        headers = "{" + ", ".join(f"[ {_lua(name)} ] = {_lua(value)}" for name, value in call.headers.items()) + "}"
        script.write(SCRIPT.format(request=f"{{body = {_lua(call.body)}, headers = {headers}}}"))
        script.flush()
        command = [wrk, "-t1", f"-c{connections}", f"-d{seconds}", f"--timeout={TIMEOUT_S:.0f}", "-s", script.name]
        before_s = _cpu_s(processes)
        output = subprocess.run([*command, call.url], capture_output=True, text=True, check=True)
        spent_s = _cpu_s(processes) - before_s
    figures = output.stdout.partition("\nfigures ")[2]
    if not figures:
        raise RuntimeError(f"wrk tells no figures: {output.stderr or output.stdout}")
    found = json.loads(figures.splitlines()[0])
    answered = max(1, found["requests"])
    return Load(
        found["requests"] / found["seconds"], found["p50_ms"], found["p99_ms"], spent_s * 1000 / answered,
        found["failed"],
    )  # fmt: skip


def keep_pace(call: Call, per_s: int, seconds: int, answered: Callable[[bytes], None] | None = None) -> Pace:
    """Begin `per_s` requests each second. Latency counts from when a request was due, also if no client was free.

    `answered` is called with the body of each 200.
    """
    total, latencies_ms, statuses = per_s * seconds, [0.0] * (per_s * seconds), Counter[str]()
    numbers, lock = iter(range(total)), threading.Lock()
    began_s = time.perf_counter() + 0.1

    def ask_on() -> None:
        address = urlsplit(call.url)
        connection = http.client.HTTPConnection(address.netloc, timeout=TIMEOUT_S)
        while True:
            with lock:
                number = next(numbers, None)
            if number is None:
                break
            due_s = began_s + number / per_s
            time.sleep(max(0.0, due_s - time.perf_counter()))
            try:
                connection.request("POST", address.path, call.body, dict(call.headers))
                answer = connection.getresponse()
                body = answer.read()
                status = str(answer.status)
                if answered is not None and answer.status == 200:
                    answered(body)
            except (OSError, http.client.HTTPException) as exc:
                connection.close()
                status = type(exc).__name__
            latencies_ms[number] = (time.perf_counter() - due_s) * 1000
            with lock:
                statuses[status] += 1
        connection.close()

    clients = [threading.Thread(target=ask_on) for _ in range(CLIENTS)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    ordered = sorted(latencies_ms)
    return Pace(dict(statuses), ordered[total // 2], ordered[min(total - 1, total * 99 // 100)])


def _cpu_s(processes: list[psutil.Process]) -> float:
    family = {each.pid: each for process in processes for each in [process, *process.children(recursive=True)]}
    return sum(each.cpu_times().user + each.cpu_times().system for each in family.values())


def _lua(text: str) -> str:
    return "[==[" + text + "]==]"
