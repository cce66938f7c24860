"""A small table with a target of each task, and a callback that keeps what it is told."""

from __future__ import annotations

import numpy as np
import pandas as pd

from automl import Trial


def table(n: int = 120, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    x, z = rng.normal(size=n), rng.normal(size=n)
    colour = rng.choice(["red", "green", "blue"], n)
    value = 2 * x + (colour == "red") * 3 + 0.3 * rng.normal(size=n)
    frame = pd.DataFrame({"x": x.round(3), "z": z.round(3), "colour": colour, "value": value.round(3)})
    frame["sign"] = np.where(value > 1, "yes", "no")
    frame["size"] = np.select([value < 0, value < 2], ["S", "M"], "L")
    return frame


class RecordingCallback:
    def __init__(self, stop_after: int = 10**9) -> None:
        self.phases: list[str] = []
        self.started: list[str] = []
        self.finished: list[Trial] = []
        self._stop_after = stop_after

    def phase(self, name: str) -> None:
        self.phases.append(name)

    def prepared(self, task: str, metric: str, greater_is_better: bool) -> None:
        self.metric = metric

    def trial_started(self, trial: Trial) -> None:
        assert trial.state == "running"
        self.started.append(trial.name)

    def trial_finished(self, trial: Trial) -> None:
        assert trial.state != "running"
        self.finished.append(trial)

    def log(self, text: str) -> None: ...

    def should_stop(self) -> bool:
        return len(self.finished) >= self._stop_after
