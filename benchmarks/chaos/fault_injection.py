"""Faults injected into a deployment, drawn from a seed, and how soon the killed processes' jobs run again."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from collections import Counter
from dataclasses import dataclass
from random import Random

import psutil

from benchmarks.chaos.accepted_jobs import LOOK_S, AcceptedJobs
from core.domain.states import FINAL, RUNNING
from tests.integration.real.deployment import Deployment
from tests.integration.real.role import Role

MIN_PAUSE_S, MAX_PAUSE_S = 0.5, 4.0


@dataclass(frozen=True)
class Pause:
    """The time from the kill of a worker to its job running again, and the processes killed meanwhile."""

    seconds: float
    meanwhile: list[str]


class FaultInjector:
    """Kill processes, one after the other, while a thread watches the jobs that they held."""

    def __init__(self, deployment: Deployment, accepted: AcceptedJobs, seed: int) -> None:
        self.deployment = deployment
        self.accepted = accepted
        self.dice = Random(seed)
        self.kinds: Counter[str] = Counter()
        self.fell: list[tuple[float, str]] = []
        self.pauses: list[Pause] = []
        self.crashed: set[str] = set()
        self.struck: dict[str, tuple[int, float]] = {}
        self.closed = threading.Event()
        self.watching = threading.Thread(target=self._watch, daemon=True)
        self.watching.start()

    @property
    def count(self) -> int:
        return self.kinds.total()

    def inject(self) -> None:
        """Wait a little, then kill something."""
        time.sleep(self.dice.uniform(MIN_PAUSE_S, MAX_PAUSE_S))
        kinds = [self._worker] * 5 + [self._child] * 3 + [self._api] * 2 + [self._broker]
        self.dice.choice(kinds)()

    def _falls(self, kind: str) -> None:
        self.kinds[kind] += 1
        self.fell.append((time.monotonic(), kind))

    def close(self) -> None:
        """Stop watching. Every job that was hit is over by then."""
        self.closed.set()
        self.watching.join()

    def _held_by(self, role: Role) -> dict[str, int]:
        """Return the jobs that the worker in this role holds, with their epochs."""
        assert role.process is not None
        mark = f"-{role.process.pid}-"
        begun = self.accepted.begun().items()
        return {id: each.epoch for id, each in begun if each.state == RUNNING and mark in each.owner}

    def _worker(self) -> None:
        role = self.dice.choice([self.deployment.train, self.deployment.train_b])
        held = self._held_by(role)
        self._falls("workers")
        role.kill()
        self.struck |= {id: (epoch, time.monotonic()) for id, epoch in held.items()}
        role.start()

    def _child(self) -> None:
        """Kill the child of a job, if not killed before: a training that dies twice by itself is given up."""
        role = self.dice.choice([self.deployment.train, self.deployment.train_b])
        held = self._held_by(role)
        assert role.process is not None
        if not held or held.keys() & self.crashed:
            return
        self.crashed |= held.keys()
        for child in psutil.Process(role.process.pid).children():
            with contextlib.suppress(ProcessLookupError):
                os.kill(child.pid, signal.SIGABRT)
        self._falls("children")

    def _api(self) -> None:
        self._falls("apis")
        self.deployment.api.kill()
        self.deployment.api.start()

    def _broker(self) -> None:
        self._falls("brokers")
        self.deployment.broker.kill()
        self.deployment.broker.start()

    def _watch(self) -> None:
        while not self.closed.wait(LOOK_S):
            if not self.struck:
                continue
            struck = list(self.struck.items())
            task_states = self.accepted.task_states(id for id, _ in struck)
            for id, (epoch, at_s) in struck:
                task_state = task_states[id]
                if task_state.state in FINAL or task_state.epoch > epoch:
                    del self.struck[id]
                    if task_state.epoch > epoch:
                        meanwhile = [kind for fell_s, kind in self.fell if fell_s > at_s]
                        self.pauses.append(Pause(time.monotonic() - at_s, meanwhile))
