"""The context that all parts of one worker share."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path

from core.service import Service
from worker.process_pool import ProcessPool


@dataclass(frozen=True)
class WorkerContext:
    """The context that all parts of one worker share.

    Attributes:
        name: the worker's unique name.
        engine: version of the engine that its children run.
        scratch_dir: holds a folder for each task while it is being done.
        shutting_down: set once no more work is to be taken, and held work is to be requeued.
        memory_bytes: maximum memory of a child.
    """

    service: Service
    name: str
    engine: str
    pool: ProcessPool
    scratch_dir: Path
    shutting_down: threading.Event
    memory_bytes: int
