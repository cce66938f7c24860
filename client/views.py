"""Which live view suits where we are: a notebook's, or a terminal's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from .bodies import SendProgress
from .records import Job

if TYPE_CHECKING:
    from .notebook_live import NotebookView
    from .progress import TrainingView


def training_view(job: Job) -> TrainingView | NotebookView:
    """The view of a training, to be fed with its events."""
    from . import notebook_live, progress

    return notebook_live.NotebookView(job) if notebook_live.in_notebook() else progress.TrainingView(job)


@contextmanager
def reporting(progress: SendProgress | bool | None, what: str) -> Iterator[SendProgress | None]:
    """Whom to tell of bytes: a bar of our own for True, the caller's function, or nobody."""
    if progress is not True:
        yield progress or None
        return
    from . import notebook_live
    from . import progress as terminal_progress

    bar = notebook_live.transfer_bar if notebook_live.in_notebook() else terminal_progress.transfer_bar
    with bar(what) as tell:
        yield tell
