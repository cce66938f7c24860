"""Replace predictors one after another behind a balancer while predictions keep a pace: how many answers fail?

    python -m benchmarks.service.rolling_update [--per-s 100] [--seconds 60] [--write docs/benchmarks.md]

Two predictors take turns, each started before the other is told to go, as in a Deployment with maxUnavailable 0: the
new one is ready and known to the balancer, then the old one gets SIGTERM. Over the real RabbitMQ, and emulators of
Bigtable and Cloud Storage. Run it while nothing else does.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks.markdown_section import provenance, put_section
from benchmarks.service.deployments import UNHINDERED
from benchmarks.service.http_load import Call, Pace, keep_pace
from benchmarks.service.serving import PAIR, generate
from nobrains_client import Client
from tests.integration.real.deployment import Deployment

LEAVING_S = 2.0
"""Seconds that a predictor goes on answering once the other one is there: 10 of a pod, whose balancer is slower."""
ENDPOINT = "rolling"


def replace_until(service: Deployment, is_over: Callable[[], bool]) -> int:
    """Have predictors follow one another, and return how many were replaced.

    In the main thread: a process ends with the thread that has started it.
    """
    old, new, count = service.predictor, service.predictor_b, 0
    while not is_over():
        new.start().wait_ready()
        service.balancer.wait_until(True, f"predictor-{new.port}")
        time.sleep(LEAVING_S)
        if code := old.stop():
            raise RuntimeError(f"A predictor that was told to stop ended with {code}.")
        service.balancer.wait_until(False, f"predictor-{old.port}")
        count += 1
        old, new = new, old
    return count


def prepare(client: Client, folder: Path, versions: int = 1) -> Call:
    """Make an endpoint of so many models of a generated table, and return the call of the table's first row."""
    path = folder / "people.csv"
    table = generate(5_000)
    table.to_csv(path, index=False)
    target = str(table.columns[-1])
    dataset = client.wait_ready(client.upload(path))
    models = [str(client.wait(client.train(dataset, target, 20)).model_id) for _ in range(versions)]
    endpoint = client.create_endpoint(ENDPOINT, model=models[0])
    for model in models[1:]:
        endpoint.register(model)
    row = json.loads(table.drop(columns=target).iloc[:1].to_json(orient="records"))
    return Call(
        f"{client.url}/api/v1/endpoints/{ENDPOINT}/predict",
        json.dumps({"instances": row}),
        {"Authorization": f"Bearer {client.token}", "Content-Type": "application/json"},
    )


def measure(per_s: int, seconds: int, folder: Path) -> tuple[Pace, int]:
    """Return what came of the load, and how many predictors were replaced meanwhile."""
    with Deployment(folder, **UNHINDERED) as service:
        client = Client(service.url)
        client.sign_up(*PAIR)
        call = prepare(client.sign_in(*PAIR), folder)
        keep_pace(call, per_s, 3)  # Models are loaded, connections made.
        with ThreadPoolExecutor(1) as pool:
            load = pool.submit(keep_pace, call, per_s, seconds)
            replaced = replace_until(service, load.done)
            return load.result(), replaced


def main() -> None:
    """Measure, print a sentence, and with --write put it into the page's section."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--per-s", type=int, default=100, help="predictions a second")
    parser.add_argument("--seconds", type=int, default=60, help="seconds of the load")
    parser.add_argument("--write", type=Path, help="page to put the sentence into")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="nobrains-rolling-") as folder:
        pace, replaced = measure(chosen.per_s, chosen.seconds, Path(folder))
    answered = sum(pace.statuses.values())
    failed = answered - pace.statuses.get("200", 0)
    text = (
        f"Measured on {provenance()}: {answered:,} predictions at {chosen.per_s} a second while {replaced} predictors "
        f"were replaced: {failed} failed; p50 {pace.p50_ms:.1f} ms, p99 {pace.p99_ms:.0f} ms."
    )
    print(text)
    if chosen.write:
        put_section(chosen.write, "rolling", text)


if __name__ == "__main__":
    main()
