"""Live views: an upload's bar, and a training while it runs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Self

from .records import LOWER_IS_BETTER, Event, Job
from .terminal import cell, console, duration, make_table

if TYPE_CHECKING:
    from rich.console import RenderableType

BEST_TRIALS = 8


@contextmanager
def transfer_bar(what: str) -> Iterator[Callable[[int, int | None], None]]:
    """A bar on stderr for bytes sent or received; yields what to call with (bytes so far, bytes in all)."""
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=console(stderr=True), transient=True) as progress:
        task = progress.add_task(what, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)


class TrainingView:
    """What a training is doing: phase, time, the best trials so far. Feed it with events.

    On a terminal it repaints itself on stderr; elsewhere (a log) it prints one line per phase and finished
    trial.
    """

    def __init__(self, job: Job, metric: str | None = None) -> None:
        """`metric`: what `auto` will turn out to be, where that is known before the job says so."""
        from rich.live import Live

        self._job_id = job.id
        self._metric = job.metric if job.metric not in {None, "auto"} else metric
        self._budget_s = job.time_budget_s
        self._state = job.state
        self._phase = job.phase
        self._trials: dict[Any, dict[str, Any]] = {}
        self._note = ""
        self._started = time.monotonic() - (job.progress.elapsed_s or 0.0) if job.state != "queued" else None
        self._console = console(stderr=True)
        self._live = Live(console=self._console, get_renderable=self._render, refresh_per_second=4, transient=True)

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._live.stop()

    def update(self, event: Event) -> None:
        """Take one event in."""
        data = event.data
        self._metric = data.get("metric") or self._metric
        if event.kind == "state":
            self._state = str(data.get("state") or self._state)
            if self._state == "running" and self._started is None:
                self._started = time.monotonic()
            self._line(self._state)
        elif event.kind == "phase":
            self._phase = str(data.get("phase") or "")
            self._line(self._phase)
        elif event.kind == "trial":
            self._trials[data.get("number")] = data
            if data.get("score") is not None:
                self._line(f"trial {data.get('number')} {data.get('model')}: {cell(data['score'])}")
        elif event.kind == "log":
            self._note = cell(data.get("text") or data.get("message"))
            self._line(self._note)

    def best_trials(self) -> list[dict[str, Any]]:
        """The scored trials, best first; newest first as long as nobody knows which way is better."""
        scored = [trial for trial in self._trials.values() if isinstance(trial.get("score"), int | float)]
        if self._metric is None:
            return scored[::-1]
        return sorted(scored, key=lambda trial: float(trial["score"]), reverse=self._metric not in LOWER_IS_BETTER)

    def _line(self, text: str) -> None:
        if text and not self._console.is_terminal:
            self._console.print(text, markup=False)

    def _render(self) -> RenderableType:
        from rich.console import Group
        from rich.text import Text

        elapsed_s = None if self._started is None else time.monotonic() - self._started
        parts = [f"Job {self._job_id}", self._phase or self._state, f"{len(self._trials)} trials"]
        if elapsed_s is not None:
            parts.append(f"{duration(elapsed_s)} elapsed")
            if self._budget_s is not None and elapsed_s < self._budget_s:
                parts.append(f"{duration(self._budget_s - elapsed_s)} left")
        rows = [
            (trial.get("number"), trial.get("model"), float(trial["score"]), trial.get("fit_s"))
            for trial in self.best_trials()[:BEST_TRIALS]
        ]
        shown: list[RenderableType] = [Text("  ".join(map(cell, parts)), style="bold")]
        if rows:
            shown.append(make_table(("trial", "model", self._metric or "score", "fit s"), rows))
        if self._note:
            shown.append(Text(self._note, style="dim"))
        return Group(*shown)
