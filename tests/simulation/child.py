"""A child process that plays a part instead of training: the parent's code around it is the real one."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator
from math import inf
from pathlib import Path
from typing import Any

from tests.simulation.threads import Stage
from worker.child_process import ChildDied, Message

# What becomes of a task, and how often. Whoever dies does so in the middle.
SHARED_TRIALS = 3
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
        if task.get("leads", True):  # What becomes of those that help is no reason for any end.
            self.of(task["spec"]["tag"])[end] += 1
        return end

    def of(self, tag: str) -> Counter[str]:
        """The ends that were drawn for the training with that tag."""
        return self.drawn.setdefault(tag, Counter())


class PlayedChild:
    """The interface of `worker.child_process.Child`. Messages come at their times, whether or not anybody listens."""

    fate: Fate

    def __init__(self, threads: int) -> None:
        self.script: deque[tuple[float, Message]] = deque()
        self.end = "well"
        self.alive = True
        self.heard_at_s = self.now_s
        self.memory_bytes = 1
        self.task: Message = {}
        self.search: PlayedSearch | None = None
        self.process = Stage.scheduler.current.process
        self.fate.children.append(self)

    @property
    def at_work(self) -> bool:
        """Whether it does what nobody else may do meanwhile."""
        leads = self.search is None or self.search.leads
        return leads and bool(self.script or (self.search is not None and self.search.asked))

    @property
    def now_s(self) -> float:
        return Stage.scheduler.now_s

    @property
    def silent_s(self) -> float:
        return self.now_s - self.heard_at_s if self.end == "hung" and not self.script else 0.0

    def send(self, message: Message) -> None:
        if message["type"] == "answer":
            self._go_on(message)
            return
        if message["type"] == "stop":
            if self.search is not None:
                self.search.stopping = True
            elif self.end == "well" and self.script:
                last = self.script[-1][1]
                self.script = deque([(self.now_s + 0.5, last)])
            return
        self.task = message
        self.end = self.fate.draw(message)
        if "leads" in message:
            self.search = PlayedSearch(message["leads"])
            self.script.append((self.now_s + Stage.scheduler.random.random(), {"type": "fitting"}))
            self.script.append((self.now_s + 1.0, self.search.ask("news", last=False)))
            return
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
        waits = not self.task or self.end == "hung" or (self.search is not None and self.search.asked)
        due_s = self.script[0][0] if self.script else (inf if waits else self.now_s)
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

    def _go_on(self, answer: Message) -> None:
        """With a search that is shared: what is done next depends on what others do."""
        assert self.search is not None
        at_s, dice = self.now_s, Stage.scheduler.random
        steps = list(self.search.go_on(answer, dice))
        if self.end != "well" and (dice.random() < 0.3 or steps[-1][1]["type"] == "result"):
            self.search.asked = ""
            return
        for pause_s, told in steps:
            at_s += pause_s
            self.script.append((at_s, told))

    def _tell(self, message: Message) -> Message:
        folder = Path(self.task["folder"])
        if message["type"] == "trial_finished":
            (folder / f"trial-{message['trial']['number']}.npz").write_bytes(b"predictions")
        elif message["type"] == "result":
            for made in {"bundle", "file", "report", "evaluation"} & message.keys():
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


class PlayedSearch:
    """What a process does in a search that several share: a few trials, each reserved first."""

    def __init__(self, leads: bool) -> None:
        self.leads = leads
        self.asked = ""
        self.stopping = False
        self.ran = 0
        self.states: dict[int, str] = {}
        self.trial: Message = {}

    def ask(self, type: str, **data: Any) -> Message:
        self.asked = type
        return {"type": type, **data}

    def go_on(self, answer: Message, dice: Any) -> Iterator[tuple[float, Message]]:
        """Pauses in seconds, and what is told after them."""
        if "trials" in answer:
            self.states |= {trial["number"]: trial["state"] for trial in answer["trials"]}
            yield from self._heard(dice)
        elif answer["reserved"]:
            number = self.trial["number"]
            self.states[number] = "complete"
            self.ran += 1
            ended = {**self.trial, "state": "complete", "score": dice.random(), "fit_s": 1.0}
            yield dice.random() * 3, {"type": "trial_finished", "trial": ended}
            yield 0.1, self.ask("news", last=False)
        else:
            yield 0.1, self.ask("news", last=False)

    def _heard(self, dice: Any) -> Iterator[tuple[float, Message]]:
        if self.asked == "last":
            self.asked = ""
            yield dice.random(), RESULT if self.leads else {"type": "result"}
        elif self.stopping or self.ran == SHARED_TRIALS:
            last = self.ask("news", last=True)
            self.asked = "last"
            yield 0.1, last
        else:
            number = max(self.states, default=-1) + 1
            assert sorted(self.states) == list(range(number)), "numbers have a gap"
            self.trial = {"number": number, "model": "linear", "state": "running", "started_at": "", "score": None,
                          "fit_s": None, "params": {}, "reason": ""}  # fmt: skip
            yield 0.1, self.ask("reserve", trial=self.trial)


RESULT = {
    "type": "result", "bundle": "model.nb", "file": "predictions.csv", "report": "report.html",
    "evaluation": "evaluation.json", "checks": {},
    "task": "binary", "metric": "auc", "summary": {"features": []},
    "profile": {"rows": 1, "columns": [{"name": "a"}, {"name": "y"}], "warnings": []},
}  # fmt: skip


def _story(task: Message, dice: Any) -> Iterator[tuple[float, Message]]:
    """Pauses in seconds, and what is told after them."""
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
    yield dice.random(), RESULT
