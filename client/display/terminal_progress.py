"""Show an upload or a training on a terminal while it runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Self

from ..types.jobs import Event, Job
from .formatting import cell, duration, plural
from .terminal import console, make_table
from .training_state import TrainingState

if TYPE_CHECKING:
    from rich.console import RenderableType

# Number of trials that are listed.
BEST_TRIALS = 8


@contextmanager
def transfer_bar(what: str) -> Iterator[Callable[[int, int | None], None]]:
    """Show a bar on stderr for bytes sent or received; yield the function to call with (bytes so far, total bytes)."""
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=console(stderr=True), transient=True) as progress:
        task = progress.add_task(what, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)


class TrainingView:
    """Show phase, time and best trials of a training; it is updated with events.

    On a terminal it repaints itself on stderr; elsewhere (a log) it prints one line per phase and finished trial.
    """

    def __init__(self, job: Job, metric: str | None = None) -> None:
        """Begin with the job as it is.

        Args:
            job: The job to show.
            metric: The metric that `auto` will become, if that is known before the job says so.
        """
        from rich.live import Live

        self.training = TrainingState(job, metric)
        self._console = console(stderr=True)
        self._live = Live(console=self._console, get_renderable=self._render, refresh_per_second=4, transient=True)

    def __enter__(self) -> Self:
        """Begin to repaint, on a terminal."""
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(self, *exc: object) -> None:
        """End repainting."""
        self._live.stop()

    def update(self, event: Event) -> None:
        """Take in one event."""
        self.training.update(event)
        data = event.data
        if event.kind == "state":
            self._line(self.training.state)
        elif event.kind == "phase":
            self._line(self.training.phase or "")
        elif event.kind == "trial" and data.get("score") is not None:
            self._line(f"trial {data.get('number')} {data.get('model')}: {cell(data['score'])}")
        elif event.kind == "log":
            self._line(cell(self.training.note))

    def _line(self, text: str) -> None:
        if text and not self._console.is_terminal:
            self._console.print(text, markup=False)

    def _render(self) -> RenderableType:
        from rich.console import Group
        from rich.text import Text

        training = self.training
        parts = [f"Job {training.job_id}", training.phase or training.state, plural(len(training.trials), "trial")]
        if training.elapsed_s is not None:
            parts.append(f"{duration(training.elapsed_s)} elapsed")
            if training.remaining_s is not None:
                parts.append(f"{duration(training.remaining_s)} left")
        rows = [
            (trial.get("number"), trial.get("model"), float(trial["score"]), trial.get("fit_s"))
            for trial in training.best_trials()[:BEST_TRIALS]
        ]
        shown: list[RenderableType] = [Text("  ".join(map(cell, parts)), style="bold")]
        if rows:
            shown.append(make_table(("trial", "model", training.metric or "score", "fit time (s)"), rows))
        if training.note:
            shown.append(Text(cell(training.note), style="dim"))
        return Group(*shown)
