"""A search in a process of its own that writes its trials down as a worker does, and kills itself at a given moment.

python -m tests.unit.automl.search.killed_search FOLDER between|inside NUMBER
"""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from automl import AutoML, Trial
from automl.search.callbacks import NullCallback

SETTINGS: dict[str, Any] = {"models": ["linear", "lightgbm", "extra_trees"], "seed": 7}
BUDGET_S = 120.0
ROWS = 300


def table() -> pd.DataFrame:
    """Two classes that several families learn something of."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(ROWS, 3)).round(3), columns=list("abc"))
    frame["colour"] = rng.choice(["red", "green", "blue"], ROWS)
    score = frame["a"] + frame["b"] ** 2 + (frame["colour"] == "red") + rng.normal(size=ROWS) * 0.5
    frame["answer"] = np.where(score > 1, "yes", "no")
    return frame


class Diary(NullCallback):
    """Keeps each trial as JSON, from the moment it begins.

    Args:
        folder: of `<number>.json`.
        kill: where the process ends itself: between the fits of a trial and the next one, or inside the fits of one.
        number: of that trial, the least; without `kill`, the search stops in good order soon after it is finished.
    """

    def __init__(self, folder: Path, kill: str | None, number: int) -> None:
        self.folder, self.kill, self.number = folder, kill, number
        self.running: int | None = None
        self.done = False
        self.logged: list[str] = []

    def trial_started(self, trial: Trial) -> None:
        self._write(trial)
        self.running = trial.number

    def trial_finished(self, trial: Trial) -> None:
        self._write(trial)
        self.running = None
        if trial.number >= self.number:
            self.done = self.kill is None
            if self.kill == "between":
                os.kill(os.getpid(), signal.SIGKILL)

    def should_stop(self) -> bool:
        # Asked some times a second, in the midst of fits too: these run in threads of their own.
        if self.kill == "inside" and self.running is not None and self.running >= self.number:
            os.kill(os.getpid(), signal.SIGKILL)
        return self.done

    def log(self, text: str) -> None:
        self.logged.append(text)

    def _write(self, trial: Trial) -> None:
        (self.folder / f"{trial.number}.json").write_text(json.dumps(trial.to_json()))


def fit(folder: Path, diary: Diary, history: list[Trial]) -> AutoML:
    """The search on the table, its predictions kept in the folder too."""
    engine = AutoML(time_budget=BUDGET_S, **SETTINGS)
    return engine.fit(table(), "answer", callback=diary, history=history, folder=folder)


if __name__ == "__main__":
    place = Path(sys.argv[1])
    fit(place, Diary(place, sys.argv[2], int(sys.argv[3])), [])
