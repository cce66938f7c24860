"""Measure predictions of one row over HTTP: beside other model servers, and at a steady pace under default settings.

    python -m benchmarks.service.serving [--peers mlflow mlserver] [--data FILE --target NAME] [--seconds 10]
                                         [--write docs/benchmarks.md]

One process each, in turns, over loopback with kept connections, by wrk (Debian: apt-get install wrk). The table is
generated, of 14 columns, unless a CSV is named. Peers get environments of their own, made when they are first needed.
Run it while nothing else does.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import psutil
import requests

from benchmarks.engine.peer_environments import NoEnvironment
from benchmarks.markdown_section import grid, provenance, put_section
from benchmarks.service.deployments import UNHINDERED, Embedded
from benchmarks.service.http_load import Call, Load, Pace, find_wrk, keep_pace, saturate
from benchmarks.service.report import spread
from benchmarks.service.serving_peers import PEERS, serving
from core.settings import SETTINGS
from nobrains_client import Client

CONNECTIONS = (1, 8, 32)
WARM_S = 2
PACE_PER_S = 200
PAIR = ("bench", "correct horse")
ENDPOINT = "bench"

Server = tuple[Call, list[psutil.Process]]


def generate(n_rows: int = 20_000) -> pd.DataFrame:
    """Generate people: six numbers, eight categories of 2 to 42 levels with gaps, and whether they earn much."""
    random = np.random.default_rng(0)
    table = pd.DataFrame(
        {
            "age": random.integers(17, 90, n_rows),
            "weight": random.integers(12_000, 1_500_000, n_rows),
            "years_of_school": random.integers(1, 17, n_rows),
            "gain": np.where(random.random(n_rows) < 0.08, random.integers(100, 99_999, n_rows), 0),
            "loss": np.where(random.random(n_rows) < 0.05, random.integers(100, 4_356, n_rows), 0),
            "hours_a_week": random.integers(1, 99, n_rows),
        }
    )
    signal = 0.04 * table["age"] + 0.3 * table["years_of_school"] + 0.03 * table["hours_a_week"]
    for name, levels in {
        "employer": 8, "school": 16, "marital_status": 7, "occupation": 14, "relationship": 6, "origin": 5, "sex": 2,
        "country": 42,
    }.items():  # fmt: skip
        codes = random.integers(0, levels, n_rows)
        signal = signal + random.normal(0, 0.5, levels)[codes]
        words = np.char.add(f"{name}-", codes.astype(str)).astype(object)
        table[name] = np.where(random.random(n_rows) < 0.02, None, words)
    earns = signal + random.logistic(size=n_rows) > np.quantile(signal, 0.75)
    return table.assign(income=np.where(earns, ">50K", "<=50K"))


def train(client: Client, table: pd.DataFrame, target: str, budget_s: int) -> str:
    """Train a model with everything at its default; return the path below /api/v1 of its predictions."""
    dataset = client.wait_ready(client.upload(table, name="serving.csv"))
    job = client.wait(client.train(dataset, target, budget_s))
    if job.model_id is None:
        raise SystemExit(f"the training ended without a model: {job.error}")
    body, headers = {"name": ENDPOINT, "model_id": job.model_id}, {"Authorization": f"Bearer {client.token}"}
    made = requests.post(f"{client.url}/api/v1/endpoints", json=body, headers=headers, timeout=60)
    return f"/endpoints/{ENDPOINT}/predict" if made.status_code == 201 else f"/models/{job.model_id}/predict"


@contextmanager
def ours(folder: Path, **settings: str) -> Iterator[tuple[Embedded, Client]]:
    """Run the service on the folder; yield it and a client of its user."""
    service = Embedded(folder, **settings)
    try:
        client = Client(service.url)
        if not (folder / "account").exists():
            client.sign_up(*PAIR)
            (folder / "account").touch()
        yield service, client.sign_in(*PAIR)
    finally:
        service.stop()


def call_of(client: Client, path: str, row: dict[str, Any]) -> Call:
    """Return the call that predicts the row; raise SystemExit if it does not work."""
    headers = {"Authorization": f"Bearer {client.token}", "Content-Type": "application/json"}
    call = Call(f"{client.url}/api/v1{path}", json.dumps({"instances": [row]}), headers)
    answer = requests.post(call.url, data=call.body, headers=dict(headers), timeout=120)
    if answer.status_code != 200:
        raise SystemExit(f"{path} does not predict: {answer.status_code} {answer.text[:500]}")
    return call


def compare(wrk: str, servers: dict[str, Server], rounds: int, seconds: int) -> dict[tuple[str, int], list[Load]]:
    """Measure the servers in turns; return a load a round for each server and number of connections."""
    found: dict[tuple[str, int], list[Load]] = {}
    for call, processes in servers.values():
        saturate(wrk, call, max(CONNECTIONS), WARM_S, processes)
    for _ in range(rounds):
        for connections in CONNECTIONS:
            for name, (call, processes) in servers.items():
                load = saturate(wrk, call, connections, seconds, processes)
                found.setdefault((name, connections), []).append(load)
    return found


def table_of(loads: dict[tuple[str, int], list[Load]]) -> str:
    """Return the comparison as a table: medians of rounds with their range."""
    lines = {
        f"{name} | {connections}": [
            spread([each.per_s for each in rounds]),
            spread([each.p50_ms for each in rounds]),
            spread([each.p99_ms for each in rounds]),
            spread([each.cpu_ms for each in rounds]),
            str(sum(each.failed for each in rounds)),
        ]
        for (name, connections), rounds in sorted(loads.items(), key=lambda item: item[0][1])
    }
    titles = ["requests/s", "p50, ms", "p99, ms", "CPU of the server a request, ms", "failed"]
    return grid("server | connections", titles, lines)


def ratios_of(loads: dict[tuple[str, int], list[Load]], peers: Sequence[str]) -> list[str]:
    """Return a sentence for each peer: how many times its requests a second ours are."""
    sentences = []
    for peer in peers:
        times = [_median(loads["nobrains", each]) / _median(loads[peer, each]) for each in CONNECTIONS]
        listed = ", ".join(f"{ratio:.1f} at {each}" for each, ratio in zip(CONNECTIONS, times, strict=True))
        sentences.append(f"Requests a second, times those of {peer}: {listed} connections.")
    return sentences


def _median(rounds: list[Load]) -> float:
    return statistics.median(each.per_s for each in rounds)


def sentence_of(pace: Pace, seconds: int) -> str:
    """Return what came of the steady pace, as a sentence."""
    statuses = ", ".join(f"{count:,} × {status}" for status, count in sorted(pace.statuses.items()))
    return (
        f"{PACE_PER_S} requests a second for {seconds} s under default settings, each begun at its time: answers "
        f"{statuses}; p50 {pace.p50_ms:.1f} ms, p99 {pace.p99_ms:.1f} ms."
    )


def measure(chosen: argparse.Namespace, folder: Path) -> str:
    """Measure everything in a folder; return the section's text."""
    wrk = find_wrk()
    table = pd.read_csv(chosen.data) if chosen.data else generate()
    target = chosen.target or str(table.columns[-1])
    file = folder / "table.csv"
    table.to_csv(file, index=False)
    row = json.loads(table.drop(columns=target).dropna().iloc[[0]].to_json(orient="records"))[0]
    (folder / "ours").mkdir()
    with ExitStack() as opened:
        service, client = opened.enter_context(ours(folder / "ours", **UNHINDERED, api_processes="1"))
        path = train(client, table, target, chosen.budget)
        servers: dict[str, Server] = {"nobrains": (call_of(client, path, row), service.apis())}
        for peer in chosen.peers:
            try:
                servers[peer] = opened.enter_context(serving(peer, file, target, row, folder / peer))
            except NoEnvironment as exc:
                raise SystemExit(str(exc)) from exc
        loads = compare(wrk, servers, chosen.rounds, chosen.seconds)
    defaults = {setting.name: str(setting.default) for setting in SETTINGS if setting.name in UNHINDERED}
    with ours(folder / "ours", **defaults) as (_, client):
        pace = keep_pace(call_of(client, path, row), PACE_PER_S, chosen.pace_seconds)
    sentences = [*ratios_of(loads, chosen.peers), sentence_of(pace, chosen.pace_seconds)]
    measured = f"Measured on {provenance()}; POST `{path.replace(path.split('/')[2], '…')}`, a row of "
    measured += f"{len(row)} columns, one process each; medians of {chosen.rounds} rounds with their range."
    return "\n\n".join([measured, table_of(loads), *sentences])


def main() -> None:
    """Measure, print the table, and with --write put it into the page's section."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peers", nargs="*", choices=PEERS, default=[], help="other servers, side by side")
    parser.add_argument("--data", type=Path, help="a CSV to train on, instead of the generated table")
    parser.add_argument("--target", help="its column to predict; default: the last one")
    parser.add_argument("--budget", type=int, default=20, help="seconds to train")
    parser.add_argument("--seconds", type=int, default=10, help="seconds of each measurement")
    parser.add_argument("--rounds", type=int, default=3, help="measurements of each server and number of connections")
    parser.add_argument("--pace-seconds", type=int, default=60, help="seconds of the steady pace")
    parser.add_argument("--write", type=Path, help="page to put the table into")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="nobrains-serving-") as folder:
        text = measure(chosen, Path(folder))
    print(text)
    if chosen.write:
        put_section(chosen.write, "serving", text)


if __name__ == "__main__":
    main()
