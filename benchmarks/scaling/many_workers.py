"""Run many light workers on one machine: real ones, whose children know the two families of `fixed_cost_models`.

    python -m benchmarks.scaling.many_workers COUNT SLEEP_S

Everything is imported once, here, and shared: each worker is a fork of this process and has its child forked beside it
before it begins. They start one after the other and end with this process.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from dataclasses import dataclass
from importlib import import_module
from typing import Any

# Before anything counts the machine's processors: threads would not survive the forks, nor fit in.
os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}

import backends.blobs.files
import backends.queue.rabbitmq
import backends.tables.bigtable  # noqa: F401
import worker.child.main
import worker.process_pool
from benchmarks.scaling.fixed_cost_models import make_choosable
from core.observability.logging import configure_logs
from core.process import die_with_parent
from core.settings import Settings
from nobrains.worker_process import run_worker
from worker.child_process import ChildProcess

PAUSE_S = 0.05
# One child to work with, and one that is ready when that has ended.
CHILDREN = 2


@dataclass
class Forked:
    """The part of `subprocess.Popen` that a worker uses of its child."""

    pid: int
    code: int | None = None

    def poll(self) -> int | None:
        if self.code is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            self.code = os.waitstatus_to_exitcode(status) if pid else None
        return self.code

    def wait(self) -> int:
        while self.poll() is None:
            time.sleep(0.01)
        assert self.code is not None
        return self.code


class ForkedChild(ChildProcess):
    """A child that is a fork of its worker."""

    def _start(self, to_child: int, from_child: int, threads: int) -> Any:
        if pid := os.fork():
            return Forked(pid)
        os.setsid()
        sys.argv[1:] = [str(to_child), str(from_child)]
        worker.child.main.main()
        os._exit(0)


def work(settings: Settings) -> None:
    """Run one of the workers."""
    die_with_parent()
    ready = [ForkedChild(1) for _ in range(CHILDREN)]
    worker.process_pool.ChildProcess = lambda threads: ready.pop() if ready else ChildProcess(threads)  # type: ignore[assignment,misc]
    configure_logs(settings.log_format)
    run_worker(settings, "train")


def main() -> None:
    """Start the workers, then wait for the signal to end."""
    count, sleep_s = int(sys.argv[1]), float(sys.argv[2])
    settings = Settings(os.environ)
    make_choosable(sleep_s)
    worker.child.main.preload()
    for heavy in ("lightgbm", "automl.search.run", "automl.report"):
        import_module(heavy)

    print("ready", flush=True)
    for _ in range(count):
        if not os.fork():
            work(settings)
            os._exit(0)
        time.sleep(PAUSE_S)
    signal.pause()


if __name__ == "__main__":
    main()
