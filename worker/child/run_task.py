"""Do one task in its folder and report how it ended."""

from __future__ import annotations

import errno
import os
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import structlog

from automl.errors import AutoMLError
from core.observability.logging import configure_logs
from worker.child.pipe import Pipe
from worker.child.short_tasks import SHORT_TASKS
from worker.child.train import train
from worker.messages.from_child import DiskFull, MemoryExhausted, Result, TaskError
from worker.messages.to_child import RunTask, TrainRequest

log = structlog.get_logger()

HANDLERS: Mapping[type[Any], Callable[[Any, Path, Pipe], Result]] = {TrainRequest: train, **SHORT_TASKS}


def run_task(task: RunTask, pipe: Pipe) -> None:
    """Do the task; report a failure with a reason instead of raising."""
    handler = HANDLERS[type(task.request)]
    configure_logs(task.log_format)
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(**task.log_names)
    log.info("child.began", task=handler.__name__)
    folder = Path(task.folder)
    os.chdir(folder)
    os.environ["HOME"] = os.environ["TMPDIR"] = tempfile.tempdir = str(folder)
    try:
        pipe.send(handler(task.request, folder, pipe))
    except AutoMLError as exc:
        pipe.send(TaskError(exc.reason, exc.detail, exc.hint, exc.line, exc.column))
    except MemoryError:
        pipe.send(MemoryExhausted())
    except Exception as exc:
        if not isinstance(exc, OSError) or exc.errno not in (errno.ENOSPC, errno.EDQUOT):
            log.exception("child.bug", task=handler.__name__)
            sys.exit(1)
        pipe.send(DiskFull(f"{folder}: {exc.strerror}"))
    finally:
        os.chdir("/")
    log.info("child.ended", task=handler.__name__)
