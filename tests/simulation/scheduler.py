"""One thread at a time, in virtual time: which one is next follows from the seed alone.

A task is a thread that runs only while it holds the baton. It passes it on wherever real code would wait (a port call,
a sleep, an event, a lock), saying until when; the baton goes to whoever is due first, and the clock jumps there. So a
minute of the service takes milliseconds, and the same seed gives the same minute.
"""

from __future__ import annotations

import _thread
import random
from collections.abc import Callable
from math import inf


class Killed(BaseException):
    """Unwinds the threads of a process that was killed. No code catches it, and its clean-up reaches nothing."""


class Process:
    """What is killed, or stopped for a while, as a whole."""

    def __init__(self, name: str, clock_offset_s: float = 0.0) -> None:
        self.name = name
        # Monotonic clocks of different machines have nothing in common.
        self.clock_offset_s = clock_offset_s
        # Nor need their wall clocks be right, or stay as they are.
        self.wall_offset_s = 0.0
        self.alive = True
        self.stopped_until_s = 0.0


class Task:
    """One thread of one process."""

    def __init__(self, process: Process, number: int, wake_at_s: float) -> None:
        self.process = process
        self.number = number
        self.wake_at_s = wake_at_s
        self.done = False
        self.waiters: list[Task] = []
        self.thread_id = 0
        self.baton = _thread.allocate_lock()
        self.baton.acquire()

    @property
    def due_s(self) -> float:
        """When it may go on: the threads of a stopped process wait until it is continued."""
        return max(self.wake_at_s, self.process.stopped_until_s) if self.process.alive else 0.0


class Scheduler:
    """The tasks, the clock and the dice. Whoever makes it is its first task."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.now_s = 0.0
        self.count = 0
        self.current = Task(Process("outside"), 0, 0.0)
        self.current.thread_id = _thread.get_ident()
        self.tasks = [self.current]
        self.failures: list[BaseException] = []

    def runs_here(self) -> bool:
        """Return whether the calling thread is the one whose turn it is, not one that other tests have left behind."""
        return self.current.thread_id == _thread.get_ident()

    def spawn(self, process: Process, run: Callable[[], object]) -> Task:
        """A new thread of the process; it begins when the baton comes to it."""
        self.count += 1
        task = Task(process, self.count, self.now_s)
        self.tasks.append(task)
        _thread.start_new_thread(self._run, (task, run))
        return task

    def sleep(self, seconds: float) -> None:
        """Have others run for so long."""
        self.wait_until(self.now_s + seconds)

    def wait_until(self, when_s: float = inf) -> None:
        """The same until a time, or until somebody calls `wake`."""
        task = self.current
        task.wake_at_s = when_s
        self._pass_on(task)
        if not task.process.alive:
            raise Killed

    def wake(self, task: Task) -> None:
        task.wake_at_s = min(task.wake_at_s, self.now_s)

    def join(self, task: Task, patience_s: float = inf) -> None:
        """Return when the task is over, or patience is."""
        until_s = self.now_s + patience_s
        while not task.done and self.now_s < until_s:
            task.waiters.append(self.current)
            self.wait_until(until_s)

    def kill(self, process: Process) -> None:
        """SIGKILL: whatever its threads were about to do is not done."""
        process.alive = False
        if self.current.process is process:
            raise Killed

    def _run(self, task: Task, run: Callable[[], object]) -> None:
        task.baton.acquire()
        task.thread_id = _thread.get_ident()
        try:
            if task.process.alive:
                run()
        except Killed:
            pass
        except BaseException as exc:
            self.failures.append(exc)
        task.done = True
        self.tasks.remove(task)
        for waiter in task.waiters:
            self.wake(waiter)
        self._pass_on(task)

    def _pass_on(self, task: Task) -> None:
        following = min(self.tasks, key=lambda each: (each.due_s, each.number))
        self.now_s = max(self.now_s, following.due_s)
        self.current = following
        if following is not task:
            following.baton.release()
            if not task.done:
                task.baton.acquire()
