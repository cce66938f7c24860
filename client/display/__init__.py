"""What a terminal or a notebook shows, and which of the two suits where we are."""

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
    """The view of a training, to be fed with its events."""
    from . import notebook_progress, terminal_progress

    if notebook_progress.in_notebook():
        return notebook_progress.NotebookView(job)
    return terminal_progress.TrainingView(job)


@contextmanager
def progress_callback(progress: SendProgress | bool | None, what: str) -> Iterator[SendProgress | None]:
    """Whom to tell of bytes: a bar of our own for True, the caller's function, or nobody."""
    if progress is not True:
        yield progress or None
        return
    from . import notebook_progress, terminal_progress

    bar = notebook_progress.transfer_bar if notebook_progress.in_notebook() else terminal_progress.transfer_bar
    with bar(what) as on_progress:
        yield on_progress
