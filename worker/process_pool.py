"""Keep one child process ready, so that work never waits for imports."""

from __future__ import annotations

import threading

from worker.child_process import ChildProcess

# Number of short tasks after which a child makes way for a fresh one, whatever it has leaked.
MAX_TASKS_PER_CHILD = 50


class ProcessPool:
    """Give out a warm child process; one that comes back unharmed is given out again."""

    def __init__(self, threads: int) -> None:
        self.threads = threads
        self.ready: ChildProcess | None = ChildProcess(threads)
        self.uses: dict[ChildProcess, int] = {}
        self.lock = threading.Lock()

    def acquire(self) -> ChildProcess:
        """Return a child process that is alive."""
        with self.lock:
            child, self.ready = self.ready, None
        if child is not None and child.alive:
            return child
        if child is not None:
            child.kill()
        return ChildProcess(self.threads)

    def release(self, child: ChildProcess, *, reusable: bool) -> None:
        """Take a child back after a task; `reusable` if it is as good as new."""
        uses = self.uses.pop(child, 0) + 1
        if not reusable or uses >= MAX_TASKS_PER_CHILD:
            child.kill()
            child, uses = ChildProcess(self.threads), 0
        with self.lock:
            self.ready, spare = child, self.ready
            self.uses[child] = uses
        if spare is not None:
            spare.kill()

    def close(self) -> None:
        """Kill the idle child: none outlives its worker."""
        with self.lock:
            if self.ready is not None:
                self.ready.kill()
                self.ready = None
