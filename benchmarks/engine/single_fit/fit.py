"""Fit one engine on one table under a wall-clock budget and print one JSON line of what came of it.

    python benchmarks/engine/single_fit/fit.py ENGINE TABLE_FOLDER SECONDS SEED

Run by the Python in which the engine is installed, in a process of its own: this folder needs nothing of ours but, for
`nobrains`, the engine. Every engine gets the CSV as pandas reads it, the same cut, and two threads.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from engines import ENGINES, THREADS

# Before anything that counts processors.
os.environ.setdefault("OMP_NUM_THREADS", str(THREADS))
warnings.filterwarnings("ignore")

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
from scores import bootstrapped, matrix, score  # noqa: E402

SINGLE_ROWS = 20
SINGLE_MAX_S = 10.0
BATCH_ROWS, BATCH_ROUNDS = 10_000, 3


def timed(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def single_rows_ms(predict: Callable[[pd.DataFrame], object], rows: pd.DataFrame) -> float:
    """Return the median milliseconds of a data frame of one row, after a first one."""
    took, until = [], time.perf_counter() + SINGLE_MAX_S
    predict(rows.iloc[:1])
    for number in range(SINGLE_ROWS):
        place = number % len(rows)
        row = rows.iloc[place : place + 1]
        took.append(timed(lambda row=row: predict(row)))  # type: ignore[misc]
        if time.perf_counter() > until:
            break
    return float(np.median(took)) * 1000


def measure(engine: Any, folder: Path, seconds: float, seed: int, work: str) -> dict[str, Any]:
    """Fit, predict, score."""
    meta = json.loads((folder / "meta.json").read_text())
    target, task = meta["target"], meta["task"]
    train, test = pd.read_csv(folder / "train.csv"), pd.read_csv(folder / "test.csv")
    rows, y = test.drop(columns=target), test[target]
    row: dict[str, Any] = {"task": task, "columns": rows.shape[1], "train_rows": len(train), "test_rows": len(test)}
    row["fit_s"] = round(timed(lambda: engine.fit(train, target, task, seconds, seed, work)), 2)
    peak_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    row["peak_rss_mib"] = round(peak_kib / 1024)
    row["predict_s"] = round(timed(lambda: engine.predict(rows)), 3)
    row["predict_one_ms"] = round(single_rows_ms(engine.predict, rows), 1)
    many = pd.concat([rows] * (1 + BATCH_ROWS // len(rows)), ignore_index=True).head(BATCH_ROWS)
    row["predict_10k_s"] = round(
        float(np.median([timed(lambda: engine.predict(many)) for _ in range(BATCH_ROUNDS)])), 3
    )
    if task == "regression":
        truth, answer = y.to_numpy(float), np.asarray(engine.predict(rows), float).ravel()
    else:
        truth, answer = matrix(y.astype(str).to_numpy(), *engine.proba(rows))
    row["score"], row["score_se"] = score(task, truth, answer), bootstrapped(task, truth, answer)
    if getattr(engine, "first_model_s", None) is not None:
        row["first_model_s"] = round(engine.first_model_s, 2)
        row["trials"] = engine.trials
    if reported := getattr(engine.model, "reported_score_", None):
        row["reported"] = reported
        names = ("name", "score", "weight", "folds", "truncated_folds")
        members = [entry for entry in engine.model.leaderboard_ if entry["weight"]]
        row["members"] = [{name: entry[name] for name in names} for entry in members]
    return row


def main() -> None:
    """Print one line on standard output, with an `error` in it if the engine failed."""
    name, folder, seconds, seed = sys.argv[1], Path(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4])
    work, engine = tempfile.mkdtemp(), ENGINES[name]()
    try:
        row = measure(engine, folder, seconds, seed, work)
    except Exception as exc:
        row = {"error": f"{type(exc).__name__}: {exc}"[:300]}
    print("\n" + json.dumps(row), flush=True)
    if hasattr(engine, "close"):
        engine.close()
    shutil.rmtree(work, ignore_errors=True)
    # Engines leave threads behind that would keep the process.
    os._exit(0)


if __name__ == "__main__":
    main()
