"""The child process: read a task from the pipe, do it in its folder, report over the pipe.

Run as `python -m worker.child.main READ_FD WRITE_FD`. It ends when its parent does: the pipe closes then.
"""

from __future__ import annotations

import sys
import threading
import time

from core.process import die_with_parent
from worker.child.pipe import Pipe
from worker.messages.from_child import Heartbeat, Ready

HEARTBEAT_S = 1.0


def preload() -> None:
    """Import what nearly every task needs, before there is one."""
    import worker.child.run_task  # noqa: F401


def main() -> None:
    """Serve tasks until the pipe closes."""
    die_with_parent()
    pipe = Pipe(int(sys.argv[1]), int(sys.argv[2]))

    def beat() -> None:
        while True:
            pipe.send(Heartbeat())
            time.sleep(HEARTBEAT_S)

    threading.Thread(target=beat, name="heartbeat", daemon=True).start()
    # The engine takes seconds to import, on a busy machine many: the parent has to see that the process lives.
    preload()
    from worker.child.run_task import run_task

    pipe.send(Ready())
    for task in pipe.tasks():
        run_task(task, pipe)


if __name__ == "__main__":
    main()
