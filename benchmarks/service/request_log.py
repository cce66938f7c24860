"""Measure the log of an endpoint's requests: what a killed predictor loses, and what keeping requests costs.

    python -m benchmarks.service.request_log [--seconds 60] [--per-second 200] [--rounds 3] [--write docs/requests.md]

Requests come at a steady pace to two processes, of which one is killed with SIGKILL half-way; then the log is read and
compared with the answers. The same with `durable`. Throughput is that of wrk with one process, log on and off in turns.
Run it while nothing else does.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

import orjson
import requests

from benchmarks.markdown_section import grid, provenance, put_section
from benchmarks.service.deployments import UNHINDERED, Embedded
from benchmarks.service.http_load import Call, find_wrk, keep_pace, saturate
from benchmarks.service.serving import ENDPOINT, call_of, generate, ours, train
from core.domain.prediction_ids import time_ms
from nobrains_client import Client

SETTLE_S = 8.0
"""Seconds until everything that was answered is written."""
PROCESS = slice(10, 14)
"""Where an id says which process has made it, a few bits short."""


def patch(client: Client, log: dict[str, object]) -> None:
    """Set what is kept, and wait until every process knows."""
    headers = {"Authorization": f"Bearer {client.token}"}
    url = f"{client.url}/api/v1/endpoints/{ENDPOINT}"
    requests.patch(url, json={"log": log}, headers=headers, timeout=60).raise_for_status()
    time.sleep(2.5)


def ids_in(body: bytes) -> list[str]:
    """Return the ids of an answer."""
    found: list[str] = orjson.loads(body)["prediction_ids"]
    return found


def kept_ids(client: Client) -> Counter[str]:
    """Return the ids that are listed, and how often each is."""
    found: Counter[str] = Counter()
    headers, token = {"Authorization": f"Bearer {client.token}"}, None
    while True:
        query = {"page_size": "200", **({"page_token": token} if token else {})}
        url = f"{client.url}/api/v1/endpoints/{ENDPOINT}/requests"
        page = requests.get(url, params=query, headers=headers, timeout=60).json()
        found.update(each["id"] for each in page["items"])
        if (token := page["next_page_token"]) is None:
            return found


def kill_one(service: Embedded, client: Client, call: Call, per_s: int, seconds: int) -> list[str]:
    """Keep a pace, kill one of the processes half-way; return a line of the table."""
    answered: list[str] = []
    killed: list[float] = []

    def kill() -> None:
        victim = service.apis()[0]
        killed.append(time.time())
        victim.kill()

    timer = threading.Timer(seconds / 2, kill)
    timer.start()
    pace = keep_pace(call, per_s, seconds, lambda body: answered.extend(ids_in(body)))
    timer.join()
    time.sleep(SETTLE_S)
    found = kept_ids(client)
    lost = [id for id in answered if id not in found]
    age_s = max((killed[0] - time_ms(id) / 1000 for id in lost), default=0.0)
    of_one = len({id[PROCESS] for id in lost}) <= 1
    failed = sum(count for status, count in pace.statuses.items() if status != "200")
    return [
        f"{len(answered):,}", str(failed), str(len(lost)), f"{age_s:.1f}", "yes" if of_one else "no",
        str(sum(count > 1 for count in found.values())), f"{pace.p50_ms:.1f}", f"{pace.p99_ms:.1f}",
    ]  # fmt: skip


def cost(client: Client, call: Call, service: Embedded, rounds: int, seconds: int) -> list[str]:
    """Return sentences on requests a second and CPU with the log on and off."""
    wrk = find_wrk()
    per_s: dict[bool, list[float]] = {True: [], False: []}
    cpu_ms: dict[bool, list[float]] = {True: [], False: []}
    saturate(wrk, call, 8, 3, service.apis())
    for _ in range(rounds):
        for on in (True, False):
            patch(client, {"sample": 1.0 if on else 0.0})
            load = saturate(wrk, call, 8, seconds, service.apis())
            per_s[on].append(load.per_s)
            cpu_ms[on].append(load.cpu_ms)
    rate = {on: statistics.median(found) for on, found in per_s.items()}
    spent = {on: statistics.median(found) for on, found in cpu_ms.items()}
    return [
        f"Requests a second at 8 connections, one process: {rate[True]:,.0f} with the log, {rate[False]:,.0f} without "
        f"({rate[True] / rate[False] - 1:+.1%}); CPU a request {spent[True]:.3f} and {spent[False]:.3f} ms."
    ]


def measure(chosen: argparse.Namespace, folder: Path) -> str:
    """Measure everything in a folder; return the section's text."""
    table = generate()
    row = json.loads(table.drop(columns="income").dropna().iloc[[0]].to_json(orient="records"))[0]
    with ours(folder, **UNHINDERED, api_processes="2") as (service, client):
        path = train(client, table, "income", chosen.budget)
        call = call_of(client, path, row)
        keep_pace(call, chosen.per_second, 3)
        lines = {"as by default": kill_one(service, client, call, chosen.per_second, chosen.seconds)}
        patch(client, {"durable": True})
        lines["durable"] = kill_one(service, client, call, chosen.per_second, chosen.seconds)
        patch(client, {"durable": False})
        newest: list[str] = []
        keep_pace(call, chosen.per_second, 3, lambda body: newest.extend(ids_in(body)))
    with ours(folder, **UNHINDERED, api_processes="1") as (service, client):
        found = kept_ids(client)
        missing = sum(id not in found for id in newest)
        sentences = [f"Of {len(newest):,} requests in the 3 s before SIGTERM, {missing} were lost."]
        sentences += cost(client, call_of(client, path, row), service, chosen.rounds, chosen.wrk_seconds)
    titles = [
        "answered", "failed", "lost", "oldest lost, s before the kill", "of one process", "twice", "p50, ms", "p99, ms"
    ]  # fmt: skip
    measured = (
        f"Measured on {provenance()}; {chosen.per_second} requests a second for {chosen.seconds} s, two processes, one "
    )
    measured += "killed with SIGKILL half-way; the requests it was answering fail."
    return "\n\n".join([measured, grid("log", titles, lines), *sentences])


def main() -> None:
    """Measure, print the table, and with --write put it into the page's section."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--budget", type=int, default=20, help="seconds to train")
    parser.add_argument("--seconds", type=int, default=60, help="seconds of the steady pace")
    parser.add_argument("--per-second", type=int, default=200, help="requests a second")
    parser.add_argument("--rounds", type=int, default=3, help="measurements with the log on, and off")
    parser.add_argument("--wrk-seconds", type=int, default=10, help="seconds of each of them")
    parser.add_argument("--write", type=Path, help="page to put the table into")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="nobrains-request-log-") as folder:
        text = measure(chosen, Path(folder))
    print(text)
    if chosen.write:
        put_section(chosen.write, "request log", text)


if __name__ == "__main__":
    main()
