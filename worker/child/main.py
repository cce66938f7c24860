"""The child process: reads a task from its pipe, does it in its folder, tells of it over the pipe.

Run as `python -m worker.child.main READ_FD WRITE_FD`. It ends when its parent does: the pipe closes then.
"""

from __future__ import annotations

import errno
import os
import queue
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import orjson
import structlog

from core.observability.logging import configure_logs
from core.process import die_with_parent

log = structlog.get_logger()

ALIVE_EVERY_S = 1.0


class Pipe:
    """The child's end of the pipe. `tell` may be called from any thread."""

    def __init__(self, read_fd: int, write_fd: int) -> None:
        self.incoming = os.fdopen(read_fd, "rb")
        self.outgoing = os.fdopen(write_fd, "wb")
        self.lock = threading.Lock()
        self.stop = threading.Event()
        self.answers: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()

    def tell(self, type: str, **data: Any) -> None:
        """Send one message; the child ends when nobody listens any more."""
        line = orjson.dumps({"type": type, **data}, option=orjson.OPT_SERIALIZE_NUMPY) + b"\n"
        try:
            with self.lock:
                self.outgoing.write(line)
                self.outgoing.flush()
        except BrokenPipeError:
            os._exit(1)

    def ask(self, type: str, **data: Any) -> dict[str, Any]:
        """Send one message and wait for the answer to it."""
        self.tell(type, **data)
        return self.answers.get()

    def tasks(self) -> Any:
        """Tasks as they come; meanwhile `stop` is set by a message of that type, and answers are given to who asked."""
        waiting: list[dict[str, Any]] = []
        ready = threading.Condition()

        def listen() -> None:
            for line in self.incoming:
                message = orjson.loads(line)
                if message["type"] == "stop":
                    self.stop.set()
                elif message["type"] == "answer":
                    self.answers.put(message)
                else:
                    with ready:
                        waiting.append(message)
                        ready.notify()
            os._exit(0)  # The parent is gone, and whatever is being done is for nobody.

        threading.Thread(target=listen, name="pipe", daemon=True).start()
        while True:
            with ready:
                ready.wait_for(lambda: bool(waiting))
                task = waiting.pop(0)
            yield task


def perform(task: dict[str, Any], pipe: Pipe) -> None:
    """Do the task; whatever is wrong with it is told, with a reason, rather than raised."""
    from automl.errors import AutoMLError
    from worker.child import short_tasks, train

    work = {"train": train.train, **short_tasks.SHORT_TASKS}
    configure_logs(task["log"]["format"])
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(**task["log"]["names"])
    log.info("child.began", task=task["type"])
    folder = Path(task["folder"])
    os.chdir(folder)
    os.environ["HOME"] = os.environ["TMPDIR"] = tempfile.tempdir = str(folder)
    try:
        pipe.tell("result", **work[task["type"]](task, folder, pipe))
    except AutoMLError as exc:
        where = {"line": exc.line, "column": exc.column}
        pipe.tell("error", reason=exc.reason, detail=exc.detail, hint=exc.hint, **where)
    except MemoryError:
        pipe.tell("memory")
    except Exception as exc:
        if not isinstance(exc, OSError) or exc.errno not in (errno.ENOSPC, errno.EDQUOT):
            log.exception("child.bug", task=task["type"])
            sys.exit(1)
        pipe.tell("full", detail=f"{folder}: {exc.strerror}")
    finally:
        os.chdir("/")
    log.info("child.ended", task=task["type"])


def warm() -> None:
    """Import what nearly every task needs, before there is one."""

    import worker.child.short_tasks
    import worker.child.train  # noqa: F401


def main() -> None:
    """Serve tasks until the pipe closes."""
    die_with_parent()
    pipe = Pipe(int(sys.argv[1]), int(sys.argv[2]))

    def beat() -> None:
        while True:
            pipe.tell("alive")
            time.sleep(ALIVE_EVERY_S)

    threading.Thread(target=beat, name="alive", daemon=True).start()
    warm()
    pipe.tell("ready")
    for task in pipe.tasks():
        perform(task, pipe)


if __name__ == "__main__":
    main()
