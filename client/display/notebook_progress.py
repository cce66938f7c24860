"""Show an upload or a training in a notebook while it runs, in one output that is repainted."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Self

from ..types.jobs import Event, Job
from .formatting import cell, duration, plural, size
from .html import QUIET, bar, block, element, table, text
from .training_state import TrainingState

# Number of trials that are listed.
BEST_TRIALS = 8
# Seconds between two repaints at least.
REPAINT_S = 0.25


def in_notebook() -> bool:
    """Return whether this is a kernel that shows HTML, without importing IPython."""
    ipython: Any = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return shell is not None and hasattr(shell, "kernel")


class _Output:
    """Repaint one display, not more often than people can see."""

    def __init__(self) -> None:
        self._handle: Any = None
        self._painted = 0.0

    def paint(self, html: str, *, now: bool = False) -> None:
        from IPython.display import HTML, display  # type: ignore[import-not-found, unused-ignore]

        if self._handle is None:
            self._handle = display(HTML(html), display_id=True)  # type: ignore[no-untyped-call, unused-ignore]
        elif now or time.monotonic() - self._painted >= REPAINT_S:
            self._handle.update(HTML(html))  # type: ignore[no-untyped-call, unused-ignore]
        else:
            return
        self._painted = time.monotonic()


@contextmanager
def transfer_bar(what: str) -> Iterator[Callable[[int, int | None], None]]:
    """Show a bar for bytes sent or received; yield the function to call with (bytes so far, total bytes)."""
    output, started = _Output(), time.monotonic()

    def on_progress(done: int, total: int | None) -> None:
        speed = done / max(time.monotonic() - started, 1e-3)
        words = f"{what}: {size(done)}" + (f" of {size(total)}" if total else "") + f", {size(int(speed))}/s"
        output.paint(block(bar(done / total if total else 1.0, "16em"), " ", text(words)), now=done == total)

    yield on_progress


class NotebookView:
    """Show phase, time and best trials of a training; it is updated with events."""

    def __init__(self, job: Job, metric: str | None = None) -> None:
        """Begin with the job as it is.

        Args:
            job: The job to show.
            metric: The metric that `auto` will become, if that is known before the job says so.
        """
        self.training = TrainingState(job, metric)
        self._output = _Output()

    def __enter__(self) -> Self:
        """Show the view."""
        self._output.paint(self.html())
        return self

    def __exit__(self, *exc: object) -> None:
        """Show the view as it is at the end."""
        self._output.paint(self.html(), now=True)

    def update(self, event: Event) -> None:
        """Take in one event and repaint."""
        self.training.update(event)
        self._output.paint(self.html(), now=event.kind in {"phase", "done"})

    def html(self) -> str:
        """Return the current view as HTML."""
        training = self.training
        over = training.state in {"succeeded", "failed", "cancelled"}
        share = 1.0 if over else (training.elapsed_s or 0.0) / (training.budget_s or 1.0)
        words = [
            training.state if over else training.phase or training.state,
            f"{plural(len(training.trials), 'model')} tried",
        ]
        if training.elapsed_s is not None and not over:
            words.append(f"{duration(training.elapsed_s)} elapsed")
            words.append(
                f"at most {duration(training.remaining_s)} left" if training.remaining_s is not None else "finishing"
            )
        rows = [
            (cell(trial.get("number")), text(trial.get("model")), cell(float(trial["score"])), cell(trial.get("fit_s")))
            for trial in training.best_trials()[:BEST_TRIALS]
        ]
        return block(
            element("b", text(f"Predicting {training.target}")),
            element("p", bar(min(share, 0.99) if not over else 1.0, "16em"), " ", text(", ".join(words))),
            table(("trial", "model", training.metric or "score", "fit time (s)"), rows, numbers=(0, 2, 3))
            if rows
            else "",
            element("p", text(training.note), style=QUIET) if training.note and not over else "",
        )
