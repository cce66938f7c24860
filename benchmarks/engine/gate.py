"""Measures the gate: planted challengers that are better than the champion, equal to it, worse; how many are promoted.

    python -m benchmarks.engine.gate [--tables 10] [--rows 3000] [--seconds 5] [--write docs/gate.md]

Each table is drawn from a process that is known. The champion is trained on it, the challenger on the same table after
a tenth of new rows has come; both hold the same rows out. One that is worse may not read a column that matters. Two
trainings alike are never quite equal: how far they truly are apart is measured on many further rows of the process.
As trainings take long, many answers of models that are known to be equal are put to the same judgement, too.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from automl import AutoML
from automl._typing import Array
from automl.gate.challenge import Contender, challenge
from automl.gate.decision import GateSettings
from automl.gate.draw_holdout import Roles, draw_holdout
from automl.metrics import METRICS
from automl.model_evaluation.comparison.candidates import Candidate
from automl.model_evaluation.comparison.comparison import measure
from automl.model_evaluation.comparison.paired_bootstrap import resample_scores
from automl.reference.row_digests import RowDigests
from benchmarks.markdown_section import grid, provenance, put_section

SHARE = 0.2
GROWN = 1.1
MATTERS = "x1"
KINDS = ("better", "equal", "worse")
REACH = {"better": "at least 9 of 10", "equal": "at most 2 of 10", "worse": "0"}
CONFIDENCE = 0.95
FURTHER_ROWS = 20_000


@dataclass(frozen=True)
class Trained:
    """A model, and whether it may read the column that matters."""

    contender: Contender
    reads_all: bool


def draw_table(n: int, seed: int) -> pd.DataFrame:
    """Draw n rows: five numbers and a label, of two classes with an even seed and a number with an odd one."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 5))
    town = rng.choice(["north", "south", "east"], n)
    score = x[:, 0] + 0.7 * x[:, 1] + 0.5 * x[:, 2] * (town == "north") + 0.4 * (x[:, 3] > 0)
    noisy = score + rng.normal(size=n)
    frame = pd.DataFrame(x.round(5), columns=[f"x{i}" for i in range(5)]).assign(town=town)
    y = np.where(noisy > 0.3, "yes", "no") if seed % 2 == 0 else (10 * noisy).round(3)
    return frame.assign(y=y).astype(str)


def train(frame: pd.DataFrame, folder: Path, *, reads_all: bool, seconds: float, seed: int) -> Trained:
    """Train as a pipeline's run does: some rows are held out, digests of the others kept."""
    excluded = [] if reads_all else [MATTERS]
    holdout = draw_holdout(frame, Roles("y", excluded=excluded), "benchmark", SHARE, columns=list(frame.columns[:-1]))
    held = holdout.find(frame)
    assert held is not None
    engine = AutoML(time_budget=seconds, seed=seed, models=["linear", "lightgbm"], exclude_columns=excluded)
    engine.fit(frame[~held], "y")
    name = f"{len(frame)}-{reads_all}"
    engine.row_digests_.save(folder / f"{name}.npz")
    summary = {**engine.summary_, "holdout": holdout.to_json()}
    model = engine.model_
    candidate = Candidate(name, summary, lambda: model, load_digests=lambda: RowDigests.load(folder / f"{name}.npz"))
    return Trained(Contender(candidate, holdout), reads_all)


def judge(champion: Trained, challenger: Trained, frame: pd.DataFrame, further: pd.DataFrame) -> Mapping[str, Any]:
    """Return what the gate says of the two, and the `true_gain` on further rows."""
    gate = challenge(champion.contender, challenger.contender, frame, GateSettings(confidence=CONFIDENCE))["gate"]
    both = [champion.contender.model, challenger.contender.model]
    measured = measure(both, further, metric=gate["metric"])
    true = measured.resampled.difference(1, 0, 0).value
    return {**gate, "true_gain": true if gate["greater_is_better"] else -true}


def one_table(n: int, seconds: float, seed: int, folder: Path) -> dict[str, Mapping[str, Any]]:
    """Return what the gate says of a challenger of each kind."""
    grown = draw_table(round(n * GROWN), seed)
    before, further = grown.iloc[:n], draw_table(FURTHER_ROWS, seed + 1000)
    old_full, old_weak, new_full, new_weak = (
        train(frame, folder, reads_all=reads_all, seconds=seconds, seed=number)
        for number, (frame, reads_all) in enumerate(
            [(before, True), (before, False), (grown, True), (grown, False)], start=10 * seed
        )
    )
    return {
        "better": judge(old_weak, new_full, grown, further),
        "equal": judge(old_full, new_full, grown, further),
        "worse": judge(old_full, new_weak, grown, further),
    }


def false_promotions(metric: str, n: int, times: int, *, lead: float = 0.0, seed: int = 0) -> float:
    """Return how often a challenger passes that reads the same signal through as much noise, or less by `lead`."""
    rng, passed = np.random.default_rng(seed), 0
    goal = METRICS[metric]
    for _ in range(times):
        signal = rng.normal(size=n)
        y = (rng.random(n) < 1 / (1 + np.exp(-2 * signal))).astype(np.int64)
        models = [{metric: _answer(metric, signal, skill, rng)} for skill in (0.7, 0.7 + lead)]
        found = resample_scores([goal], y, models, seed=int(rng.integers(2**31)), n_resamples=300)
        difference = found.difference(1, 0, 0, level=2 * CONFIDENCE - 1)
        passed += (difference.low > 0) if goal.greater_is_better else (difference.high < 0)
    return passed / times


def _answer(metric: str, signal: Array, skill: float, rng: np.random.Generator) -> Array:
    p = 1 / (1 + np.exp(-2 * (skill * signal + (1 - skill) * rng.normal(size=len(signal)))))
    output = np.column_stack([1 - p, p])
    return output if METRICS[metric].needs_proba else np.asarray(output.argmax(axis=1))


def main() -> None:
    """Print the tables, or write them into a page."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--tables", type=int, default=10)
    options.add_argument("--rows", type=int, default=3000)
    options.add_argument("--seconds", type=float, default=5.0)
    options.add_argument("--times", type=int, default=1000, help="pairs of answers of equal models")
    options.add_argument("--write", type=Path, help="page whose section is replaced")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = [one_table(chosen.rows, chosen.seconds, seed, Path(folder)) for seed in range(chosen.tables)]
    text = f"{provenance()}.\n\n{_promoted(found)}\n\n{_simulated(chosen.times, false_promotions)}"
    if chosen.write:
        put_section(chosen.write, "gate", f"Measured on {text}")
    else:
        print(text)


def _promoted(found: list[dict[str, Mapping[str, Any]]]) -> str:
    lines = {}
    for kind in KINDS:
        gates = [each[kind] for each in found]
        passed = [each for each in gates if each["outcome"] == "better"]
        truly = sum(each["true_gain"] > 0 for each in passed)
        shares = [each["gain"]["value"] / abs(each["champion"]["value"]) for each in gates]
        rows = [int(each["rows"]) for each in gates]
        lines[kind] = [
            f"{len(passed)} of {len(gates)}", REACH[kind], f"{truly} of {len(passed)}", f"{np.median(shares):+.1%}",
            f"{min(rows)} to {max(rows)}",
        ]  # fmt: skip
    titles = [
        "promoted", "reach", "of these truly better, on 20,000 further rows",
        "gain, share of the champion's score (median)", "rows that neither has seen",
    ]  # fmt: skip
    return grid("challenger", titles, lines)


def _simulated(times: int, measure: Callable[..., float]) -> str:
    lines = {
        f"{metric} | {n}": [
            f"{measure(metric, n, times):.1%}",
            f"{measure(metric, n, max(times // 5, 1), lead=0.2):.0%}",
        ]
        for metric in ("auc", "accuracy", "log_loss")
        for n in (100, 500)
    }
    head = f"Of {times:,} equal models each, and of models that read the signal more clearly:\n\n"
    return head + grid("metric | rows", [f"equal: promoted (at most {1 - CONFIDENCE:.0%})", "better: promoted"], lines)


if __name__ == "__main__":
    main()
