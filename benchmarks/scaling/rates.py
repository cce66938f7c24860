"""Scenarios of a number of workers on one search, the rate of their trials, and the table of it."""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from core.domain.trainings import TrialRow


@dataclass(frozen=True)
class Scenario:
    """A number of workers on one job.

    Attributes:
        sleep_s: seconds of a trial that sleeps; 0 where models are fitted.
        budget_s: of the job.
        baseline: the scene that it is compared with.
    """

    workers: int
    sleep_s: int
    budget_s: int
    baseline: str


SCENARIOS = {
    "real-1": Scenario(1, 0, 35, "real-1"),
    "real-2": Scenario(2, 0, 35, "real-1"),
    "sleep-2-1": Scenario(1, 2, 20, "sleep-2-1"),
    "sleep-2-16": Scenario(16, 2, 30, "sleep-2-1"),
    "sleep-20-1": Scenario(1, 20, 50, "sleep-20-1"),
    "sleep-20-64": Scenario(64, 20, 80, "sleep-20-1"),
}


@dataclass(frozen=True)
class Rate:
    """The result of one round: trials an hour of all workers together, and their share of time outside fitting."""

    trials_an_hour: float
    outside: float


def rate_of(trials: Sequence[TrialRow]) -> Rate:
    """Return the rate, from the times at which each worker began its trials, one after the other.

    The time between two beginnings counts; the time before the first and after the last does not, for that depends on
    when the budget ends.
    """
    begun: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for trial in trials:
        if trial.model != "constant" and trial.state != "stopped":
            fitting_s = (trial.fit_s or 0.0) + trial.payload["predict_s"]
            begun[trial.helper_id].append((datetime.fromisoformat(trial.started_at).timestamp(), fitting_s))
    an_hour, fitted_s, spanned_s = 0.0, 0.0, 0.0
    for starts in begun.values():
        if len(starts) > 1:
            span_s = starts[-1][0] - starts[0][0]
            an_hour += 3600 * (len(starts) - 1) / span_s
            fitted_s += sum(fitting_s for _, fitting_s in starts[:-1])
            spanned_s += span_s
    return Rate(an_hour, 1 - fitted_s / spanned_s)


def table(measured: dict[str, list[Rate]]) -> str:
    """Return the table of each scenario's rounds."""
    lines = ["| workers | a trial | trials an hour | times one worker | outside fitting |", "|---|---|---|---|---|"]
    for name, scene in SCENARIOS.items():
        if name not in measured:
            continue
        what = f"sleeps {scene.sleep_s} s" if scene.sleep_s else "fits LightGBM"
        rates = [rate.trials_an_hour for rate in measured[name]]
        outside = statistics.median(rate.outside for rate in measured[name])
        alone = [rate.trials_an_hour for rate in measured.get(scene.baseline, [])]
        times = f"{statistics.median(rates) / statistics.median(alone):.2f}" if alone else ""
        hourly = f"{statistics.median(rates):,.0f} ({min(rates):,.0f}-{max(rates):,.0f})"
        lines.append(f"| {scene.workers} | {what} | {hourly} | {times} | {100 * outside:.1f} % |")
    return "\n".join(lines)
