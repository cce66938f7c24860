"""Stand-ins for threads, clocks, dice and children, in place for every test here."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Iterator, MutableMapping
from pathlib import Path
from typing import Any, NoReturn

import pytest
import structlog

from core.errors import Unavailable
from tests.simulation.child import PlayedChild
from tests.simulation.threads import Stage, put_in_place

# What the service's own code says only where it is at fault.
BUGS = {"work.bug", "sweeper.failed", "sweeper.not_settled", "run.not_advanced"}


def note_bug(_: object, __: str, event: MutableMapping[str, Any]) -> NoReturn:
    """Says nothing, but remembers what should never be said."""
    error = sys.exc_info()[1]
    if event["event"] in BUGS and error is not None and not isinstance(error, Unavailable):
        Stage.scheduler.failures.append(error)
    raise structlog.DropEvent


@pytest.fixture(scope="module", autouse=True)
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    folder = tmp_path_factory.mktemp("workers")
    numbers = itertools.count()

    def fresh_folder() -> Path:
        made = folder / str(next(numbers))
        made.mkdir()
        return made

    with pytest.MonkeyPatch.context() as patch:
        put_in_place(patch)
        patch.setattr("worker.process_pool.ChildProcess", PlayedChild)
        patch.setattr("worker.worker.create_scratch_dir", fresh_folder)
        before = structlog.get_config()
        structlog.configure(processors=[note_bug])
        yield
        structlog.configure(**before)
