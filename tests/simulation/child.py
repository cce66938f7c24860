"""A child process that plays a part instead of training: the parent's code around it is the real one."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator
from math import inf
from pathlib import Path
from typing import Any

from tests.simulation.threads import Stage
from worker.child import ChildDied, Message

# What becomes of a task, and how often. Whoever dies does so in the middle.
ENDS = {"well": 12, "crashed": 2, "killed": 1, "memory": 1, "hung": 1, "refused": 1}


class Fate:
    """How tasks end, how many drew which end, and who all does them."""

    def __init__(self, ends: dict[str, int]) -> None:
        self.ends = ends
        self.drawn: dict[str, Counter[str]] = {}
        self.children: list[PlayedChild] = []

    def draw(self, task: Message) -> str:
        """How this task is to end."""
        end = Stage.scheduler.random.choices(list(self.ends), list(self.ends.values()))[0]
        if task["type"] != "train":
            return "well"
        self.of(task["spec"]["tag"])[end] += 1
        return end

    def of(self, tag: str) -> Counter[str]:
        """The ends that were drawn for the training with that tag."""
        return self.drawn.setdefault(tag, Counter())


class PlayedChild:
    """The interface of `worker.child.Child`. Messages come at their times, whether or not anybody listens."""

    fate: Fate

    def __init__(self, threads: int) -> None:
        self.script: deque[tuple[float, Message]] = deque()
        self.end = "well"
        self.alive = True
        self.heard_at_s = self.now_s
        self.memory_bytes = 1
        self.task: Message = {}
        self.process = Stage.scheduler.current.process
        self.fate.children.append(self)

    @property
    def now_s(self) -> float:
        return Stage.scheduler.now_s

    @property
    def silent_s(self) -> float:
        return self.now_s - self.heard_at_s if self.end == "hung" and not self.script else 0.0

    def send(self, message: Message) -> None:
        if message["type"] == "stop":
            if self.end == "well" and self.script:
                last = self.script[-1][1]
                self.script = deque([(self.now_s + 0.5, last)])
            return
        self.task = message
        self.end = self.fate.draw(message)
        at_s = self.now_s
        for pause_s, told in _story(message, Stage.scheduler.random):
            at_s += pause_s
            self.script.append((at_s, told))
        if self.end != "well":
            while len(self.script) > 1 and Stage.scheduler.random.random() < 0.7:
                self.script.pop()
            if self.script[-1][1]["type"] == "result":
                self.script.pop()

    def receive(self, timeout_s: float) -> Message | None:
        if not self.alive:
            raise ChildDied(-9)
        due_s = self.script[0][0] if self.script else (self.now_s if self.task and self.end != "hung" else inf)
        if due_s > self.now_s + timeout_s:
            Stage.scheduler.sleep(timeout_s)
            return None
        Stage.scheduler.sleep(max(0.0, due_s - self.now_s))
        if not self.alive:
            raise ChildDied(-9)
        self.heard_at_s = self.now_s
        if self.script:
            return self._tell(self.script.popleft()[1])
        return self._die()

    def strike(self) -> None:
        self.alive = False

    def kill(self) -> None:
        self.alive = False

    def _tell(self, message: Message) -> Message:
        folder = Path(self.task["folder"])
        if message["type"] == "trial_finished":
            (folder / f"trial-{message['trial']['number']}.npz").write_bytes(b"predictions")
        elif message["type"] == "result":
            for made in ("bundle", "file", "report"):
                (folder / message[made]).write_bytes(made.encode())
        return message

    def _die(self) -> Message:
        """What comes instead of a result."""
        if self.end == "refused":
            return {"type": "error", "reason": "REFUSED", "detail": "It cannot be learned from.", "hint": "",
                    "line": None, "column": None}  # fmt: skip
        if self.end == "memory":
            return {"type": "memory"}
        self.alive = False
        raise ChildDied({"crashed": -6, "killed": -9}[self.end])


def _story(task: Message, dice: Any) -> Iterator[tuple[float, Message]]:
    """Pauses in seconds, and what is told after them."""
    columns = [{"name": "a"}, {"name": "y"}]
    result = {
        "type": "result", "bundle": "model.nb", "file": "predictions.csv", "report": "report.html", "checks": {},
        "task": "binary", "metric": "auc", "summary": {"features": []},
        "profile": {"rows": 1, "columns": columns, "warnings": []},
    }  # fmt: skip
    if task["type"] == "train":
        yield dice.random(), {"type": "fitting"}
        yield 0.1, {"type": "task", "task": "binary", "metric": "auc", "greater_is_better": True}
        yield 0.1, {"type": "phase", "phase": "searching"}
        first = len(task["history"])
        for number in range(first, first + 2):
            trial = {"number": number, "model": "linear", "state": "running", "started_at": "", "score": None,
                     "fit_s": None, "params": {}, "reason": ""}  # fmt: skip
            yield 0.1, {"type": "trial_started", "trial": trial}
            ended = {**trial, "state": "complete", "score": dice.random(), "fit_s": 1.0}
            yield dice.random() * 3, {"type": "trial_finished", "trial": ended}
    yield dice.random(), result
