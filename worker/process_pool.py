"""Keeps one child ready, so that work never waits for imports."""

from __future__ import annotations

import threading

from worker.child_process import Child

# A child that ran this many short tasks makes way for a fresh one, whatever it has leaked.
TASKS_A_CHILD = 50


class Nursery:
    """Gives out a warm child; what comes back unharmed is given out again."""

    def __init__(self, threads: int) -> None:
        self.threads = threads
        self.ready: Child | None = Child(threads)
        self.uses: dict[Child, int] = {}
        self.lock = threading.Lock()

    def take(self) -> Child:
        """A child that lives."""
        with self.lock:
            child, self.ready = self.ready, None
        if child is not None and child.alive:
            return child
        if child is not None:
            child.kill()
        return Child(self.threads)

    def give_back(self, child: Child, *, again: bool) -> None:
        """After a task: `again` for a child that is as good as new."""
        uses = self.uses.pop(child, 0) + 1
        if not again or uses >= TASKS_A_CHILD:
            child.kill()
            child, uses = Child(self.threads), 0
        with self.lock:
            self.ready, spare = child, self.ready
            self.uses[child] = uses
        if spare is not None:
            spare.kill()

    def close(self) -> None:
        """No child outlives its worker."""
        with self.lock:
            if self.ready is not None:
                self.ready.kill()
                self.ready = None
