"""What all parts of one worker share."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path

from core.service import Service
from worker.process_pool import ProcessPool


@dataclass(frozen=True)
class WorkerContext:
    """What all parts of one worker share.

    Attributes:
        name: the worker's, unlike any other.
        engine: version of the engine that its children run.
        scratch_dir: holds a folder for each task while it is being done.
        shutting_down: set once no more work is to be taken, and what is held is to be handed back.
        memory_bytes: how much a child may hold.
    """

    service: Service
    name: str
    engine: str
    pool: ProcessPool
    scratch_dir: Path
    shutting_down: threading.Event
    memory_bytes: int
