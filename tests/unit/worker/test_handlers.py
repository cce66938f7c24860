"""Every kind of task has a handler in the parent and one in the child."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

from backends.factory import create_backends
from core.ports import FETCH_QUEUE
from core.service import Service
from core.settings import Settings
from worker.child import run_task
from worker.handlers import HANDLERS
from worker.messages.to_child import TaskRequest


def test_every_kind_has_its_handlers(tmp_path: Path) -> None:
    settings = Settings({}, data=str(tmp_path))
    ports = create_backends(settings)
    # What speaks to strangers is the fetcher's.
    kinds = {name for name, kind in Service(ports, settings).kinds.items() if kind.queue != FETCH_QUEUE}
    ports.close()
    assert HANDLERS.keys() == kinds
    assert run_task.HANDLERS.keys() == set(get_args(TaskRequest))
    # A conversion is the first step of a profile.
    assert {handler.__name__ for handler in run_task.HANDLERS.values()} == {*kinds, "convert"}
