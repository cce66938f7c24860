"""Measures how often the 95 % intervals of an evaluation hold the score on all rows of that kind.

    python -m benchmarks.engine.evaluation_intervals [--tables 200] [--rows 100 300] [--write docs/evaluations.md]

Each table is drawn from a process that is known, so that the score on all its rows is: it is that on a million of
them. Counted is in how many tables the interval of each metric holds it.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from automl._typing import Array
from automl.errors import SpecError
from automl.evaluation.intervals import score_interval
from automl.metrics import METRICS, check_computable
from benchmarks.markdown_section import grid, provenance, put_section
from vocabulary import METRICS_BY_TASK

POPULATION = 1_000_000


class Process(NamedTuple):
    """A process that draws n rows: their truth, and what a model answers."""

    name: str
    task: str
    draw: Callable[[np.random.Generator, int], tuple[Array, Array]]


def _binary(share: float) -> Callable[[np.random.Generator, int], tuple[Array, Array]]:
    def draw(rng: np.random.Generator, n: int) -> tuple[Array, Array]:
        y = (rng.random(n) < share).astype(np.int64)
        # Overconfident by a third, as models are on rows that have drifted.
        score = 1.3 * (1.5 * y - 0.75 + rng.normal(size=n) + np.log(share / (1 - share)))
        positive = 1 / (1 + np.exp(-score))
        return y, np.column_stack([1 - positive, positive])

    return draw


def _multiclass(rng: np.random.Generator, n: int) -> tuple[Array, Array]:
    y = rng.choice(4, n, p=[0.4, 0.3, 0.2, 0.1])
    score = rng.normal(size=(n, 4)) + 1.5 * np.eye(4)[y]
    weights = np.exp(score)
    return y, weights / weights.sum(axis=1, keepdims=True)


def _values(rng: np.random.Generator, n: int) -> tuple[Array, Array]:
    truth = np.exp(0.5 * rng.normal(size=n))
    return truth, truth * np.exp(0.3 * rng.normal(size=n))


PROCESSES = (
    Process("two classes, equally many", "binary", _binary(0.5)),
    Process("two classes, one of ten", "binary", _binary(0.1)),
    Process("four classes", "multiclass", _multiclass),
    Process("skewed values, larger errors of larger ones", "regression", _values),
)


def coverage(process: Process, n: int, n_tables: int, *, n_resamples: int = 1_000, seed: int = 0) -> dict[str, float]:
    """Return the share of tables of n rows whose interval holds the score on all rows, by metric."""
    rng = np.random.default_rng(seed)
    population = process.draw(rng, POPULATION)
    true = {name: METRICS[name].score(*_as_scored(name, process, *population)) for name in _metrics(process)}
    held = dict.fromkeys(true, 0)
    for table in range(n_tables):
        y, output = process.draw(rng, n)
        for name, value in true.items():
            rows = _as_scored(name, process, y, output)
            interval = score_interval(METRICS[name], *rows, n_resamples=n_resamples, seed=table)
            held[name] += interval.low is not None and interval.low <= value <= (interval.high or 0.0)
    return {name: count / n_tables for name, count in held.items()}


def _metrics(process: Process) -> list[str]:
    y, _ = process.draw(np.random.default_rng(0), 100)
    found = []
    for name in METRICS_BY_TASK[process.task]:
        try:
            check_computable(name, y)
        except SpecError:
            continue
        found.append(name)
    return found


def _as_scored(name: str, process: Process, y: Array, output: Array) -> tuple[Array, Array]:
    return y, output if process.task == "regression" or METRICS[name].needs_proba else output.argmax(axis=1)


def main() -> None:
    """Print the table, or write it into a page."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--tables", type=int, default=200)
    options.add_argument("--rows", type=int, nargs="*", default=[100, 300])
    options.add_argument("--write", type=Path, help="page whose section is replaced")
    chosen = options.parse_args()
    held = {
        f"{process.name} | {name}": share
        for process in PROCESSES
        for name, share in _held(process, chosen.rows, chosen.tables).items()
    }
    titles = [f"{n:,} rows" for n in chosen.rows]
    table = grid(
        "process | metric", titles, {name: [f"{each:.1%}" for each in shares] for name, shares in held.items()}
    )
    text = f"{provenance()}; {chosen.tables} tables each.\n\n{table}"
    if chosen.write:
        put_section(chosen.write, "evaluation-intervals", f"Measured on {text}")
    else:
        print(text)


def _held(process: Process, rows: Sequence[int], n_tables: int) -> dict[str, list[float]]:
    """Return the shares for each number of rows, by metric."""
    found = [coverage(process, n, n_tables) for n in rows]
    return {name: [each[name] for each in found] for name in found[0]}


if __name__ == "__main__":
    main()
