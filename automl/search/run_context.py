"""What one run works with, as one value: its time, its memory, and its callback."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from automl.resources import Memory
from automl.search.callbacks import Callback, NullCallback
from automl.search.coordination import Coordinator, SingleProcess
from automl.search.trial import Trial
from automl.time_budget import TimeBudget


@dataclass(frozen=True)
class RunContext:
    """Hold what the phases of a run share, beside the table and the settings.

    Attributes:
        budget: time of the whole run; the search leaves enough of it for what follows.
        memory: ends the search when it is short.
        callback: receives the progress; may end the search.
        history: trials of an earlier run on the same table with the same settings, to continue after.
        folder: where each complete trial's predictions are kept, and where those of `history` are found; or None.
        coordinator: of the processes that search together.
    """

    budget: TimeBudget
    memory: Memory
    callback: Callback = field(default_factory=NullCallback)
    history: Sequence[Trial] = ()
    folder: Path | None = None
    coordinator: Coordinator = field(default_factory=SingleProcess)
