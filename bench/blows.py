"""Blows that fall on a deployment, drawn from a seed, and how soon what they hit runs again."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from random import Random

import psutil

from core.records import Control
from core.states import FINAL, RUNNING
from tests.integration.real.deployment import Deployment, Role

LEAST_PAUSE_S, MOST_PAUSE_S = 0.5, 4.0
LOOK_S = 0.1


class Blows:
    """Kills, one after the other.

    Args:
        controls: where each job stands now, by its id.
    """

    def __init__(self, deployment: Deployment, controls: Callable[[], Mapping[str, Control]], seed: int) -> None:
        self.deployment = deployment
        self.controls = controls
        self.dice = Random(seed)
        self.kinds: Counter[str] = Counter()
        self.pauses_s: list[float] = []
        self.crashed: set[str] = set()
        self.struck: dict[str, tuple[int, float]] = {}
        self.closed = threading.Event()
        self.watching = threading.Thread(target=self._watch, daemon=True)
        self.watching.start()

    @property
    def count(self) -> int:
        return self.kinds.total()

    def strike(self) -> None:
        """Wait a little, then kill something."""
        time.sleep(self.dice.uniform(LEAST_PAUSE_S, MOST_PAUSE_S))
        kinds = [self._worker] * 5 + [self._child] * 3 + [self._api] * 2 + [self._broker]
        self.dice.choice(kinds)()

    def watched(self) -> bool:
        """Whether every job that was hit runs again, or is over."""
        return not self.struck

    def close(self) -> None:
        self.closed.set()
        self.watching.join()

    def _held_by(self, role: Role) -> dict[str, int]:
        """The jobs that the worker in this role holds, with their epochs."""
        assert role.process is not None
        mark = f"-{role.process.pid}-"
        held = {id: each for id, each in self.controls().items() if each.state == RUNNING and mark in each.owner}
        return {id: control.epoch for id, control in held.items()}

    def _worker(self) -> None:
        role = self.dice.choice([self.deployment.train, self.deployment.train_b])
        held = self._held_by(role)
        role.kill()
        self.struck |= {id: (epoch, time.monotonic()) for id, epoch in held.items()}
        role.start()
        self.kinds["workers"] += 1

    def _child(self) -> None:
        """Of a job whose child was not killed before: a training that dies twice by itself is given up."""
        role = self.dice.choice([self.deployment.train, self.deployment.train_b])
        held = self._held_by(role)
        assert role.process is not None
        if not held or held.keys() & self.crashed:
            return
        self.crashed |= held.keys()
        for child in psutil.Process(role.process.pid).children():
            with contextlib.suppress(ProcessLookupError):
                os.kill(child.pid, signal.SIGABRT)
        self.kinds["children"] += 1

    def _api(self) -> None:
        self.deployment.api.kill()
        self.deployment.api.start()
        self.kinds["apis"] += 1

    def _broker(self) -> None:
        self.deployment.broker.kill()
        self.deployment.broker.start()
        self.kinds["brokers"] += 1

    def _watch(self) -> None:
        while not self.closed.wait(LOOK_S):
            if not self.struck:
                continue
            controls = self.controls()
            for id, (epoch, at_s) in list(self.struck.items()):
                control = controls[id]
                if control.state in FINAL or control.epoch > epoch:
                    del self.struck[id]
                    if control.epoch > epoch:
                        self.pauses_s.append(time.monotonic() - at_s)
