"""Measure an evaluation through the worker: seconds from the request to the result, and the child's memory meanwhile.

    python -m benchmarks.service.evaluations [--rows 100000] [--write docs/evaluations.md]

A model of 20 columns, trained on other rows, on a labelled table whose most important number has drifted: all metrics
with their intervals, groups of rows by two columns, drift of every column, and which rows stood in the training table.
"""

from __future__ import annotations

import secrets
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.service.deployments import running
from benchmarks.service.formats import peak_memory_mib
from benchmarks.service.report import Figures, options, publish, spread
from nobrains_client import Client

TRAINING_ROWS, TRAINING_S, ROUNDS = 20_000, 20, 3
NUMBERS, CATEGORIES = 15, 5
TARGET, SLICES = "left", ["c0", "c1"]


def make_table(n_rows: int, seed: int, drift: float = 0.0) -> pd.DataFrame:
    """Return numbers, categories, and a target of two classes that follows from them and from chance."""
    chance = np.random.default_rng(seed)
    numbers = chance.normal(size=(n_rows, NUMBERS))
    numbers[:, 0] += drift
    codes = chance.integers(0, 12, size=(n_rows, CATEGORIES))
    logit = numbers[:, :5] @ np.array([1.5, 1.0, 0.8, 0.5, 0.3]) + 0.3 * (codes[:, 0] % 3 - 1)
    frame = pd.DataFrame(numbers, columns=[f"n{number}" for number in range(NUMBERS)])
    for number in range(CATEGORIES):
        frame[f"c{number}"] = [f"kind {code}" for code in codes[:, number]]
    frame[TARGET] = np.where(chance.random(n_rows) < 1 / (1 + np.exp(-logit)), "yes", "no")
    return frame


def measure(back_ends: str, n_rows: int) -> Figures:
    """Return the seconds and the memory."""
    seconds: list[float] = []
    memory_mib: list[float] = []
    with running(back_ends) as (service, _), tempfile.TemporaryDirectory() as folder:
        client = Client(service.url).sign_in("examiner", secrets.token_urlsafe(12), sign_up=True)
        ids = []
        for name, frame in (
            ("training", make_table(TRAINING_ROWS, 0)),
            ("new", make_table(n_rows, 1, drift=0.5)),
        ):
            frame.to_csv(path := Path(folder, f"{name}.csv"), index=False)
            ids.append(client.wait_ready(client.upload(path)))
        model = client.train(ids[0], TARGET, TRAINING_S, wait=True).model_id
        for _ in range(ROUNDS):
            began_s = time.monotonic()
            with peak_memory_mib(memory_mib):
                found = client.evaluate(str(model), ids[1], slices=SLICES)
            seconds.append(time.monotonic() - began_s)
            assert (found.headline or {}).get("drifted") is not None, found.error
    columns = NUMBERS + CATEGORIES
    return {
        f"{n_rows:,} rows of {columns} columns: request to result, s": spread(seconds),
        "the child's peak, MiB": spread(memory_mib),
    }


def main() -> None:
    """Measure and print the table."""
    parser = options(__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    chosen = parser.parse_args()
    figures = {back_ends: measure(back_ends, chosen.rows) for back_ends in chosen.back_ends}
    publish(figures, "evaluations", chosen.write)


if __name__ == "__main__":
    main()
