"""Show records and progress, on a terminal or in a notebook."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ..http.request_bodies import SendProgress
from ..types.jobs import Job

if TYPE_CHECKING:
    from .notebook_progress import NotebookView
    from .terminal_progress import TrainingView


def training_view(job: Job) -> TrainingView | NotebookView:
    """Return a view of a training, to be updated with events: for a notebook or for a terminal."""
    from . import notebook_progress, terminal_progress

    if notebook_progress.in_notebook():
        return notebook_progress.NotebookView(job)
    return terminal_progress.TrainingView(job)


@contextmanager
def progress_callback(progress: SendProgress | bool | None, what: str) -> Iterator[SendProgress | None]:
    """Yield the function to call with bytes: one that moves a bar for True, the caller's own, or None."""
    if progress is not True:
        yield progress or None
        return
    from . import notebook_progress, terminal_progress

    bar = notebook_progress.transfer_bar if notebook_progress.in_notebook() else terminal_progress.transfer_bar
    with bar(what) as on_progress:
        yield on_progress
