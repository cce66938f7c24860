"""A child process that plays a part instead of training: the parent's code around it is the real one."""

from __future__ import annotations

from collections import Counter, deque
from math import inf
from pathlib import Path

from core.domain.records import MODEL_DOCUMENTS
from tests.simulation.played_search import CSV, CSV_FILE, PlayedSearch, script
from tests.simulation.threads import Stage
from worker.child_process import ChildDied
from worker.messages.from_child import (
    FitStarted,
    FromChild,
    MemoryExhausted,
    PollUpdates,
    Result,
    TaskError,
    TrialFinished,
)
from worker.messages.to_child import Reply, RunTask, Stop, TaskRequest, ToChild, TrainRequest

# What becomes of a task, and how often. Whoever dies does so in the middle.
ENDS = {"well": 12, "crashed": 2, "killed": 1, "memory": 1, "hung": 1, "refused": 1}


class ChildEnds:
    """How tasks end, how many drew which end, and who all does them."""

    def __init__(self, ends: dict[str, int]) -> None:
        self.ends = ends
        self.drawn: dict[str, Counter[str]] = {}
        self.children: list[PlayedChild] = []

    def draw(self, request: TaskRequest) -> str:
        """How this task is to end."""
        end = Stage.scheduler.random.choices(list(self.ends), list(self.ends.values()))[0]
        if not isinstance(request, TrainRequest):
            return "well"
        if request.role != "helper":  # What becomes of those that help is no reason for any end.
            self.of(request.spec["tag"])[end] += 1
        return end

    def of(self, tag: str) -> Counter[str]:
        """The ends that were drawn for the training with that tag."""
        return self.drawn.setdefault(tag, Counter())


class PlayedChild:
    """The interface of `worker.child_process.ChildProcess`.

    Messages come at their times, whether or not anybody listens.
    """

    ends: ChildEnds

    def __init__(self, threads: int) -> None:
        self.script: deque[tuple[float, FromChild]] = deque()
        self.end = "well"
        self.alive = True
        self.heard_at_s = self.now_s
        self.memory_bytes = 1
        self.task: RunTask | None = None
        self.search: PlayedSearch | None = None
        self.process = Stage.scheduler.current.process
        self.ends.children.append(self)

    @property
    def tag(self) -> str:
        """That of the training that it does or did last, empty for another task."""
        request = self.task.request if self.task else None
        return str(request.spec["tag"]) if isinstance(request, TrainRequest) else ""

    @property
    def at_work(self) -> bool:
        """Whether it does what nobody else may do meanwhile."""
        leads = self.search is None or self.search.leads
        return leads and bool(self.script or (self.search is not None and self.search.question))

    @property
    def now_s(self) -> float:
        return Stage.scheduler.now_s

    @property
    def seconds_since_message(self) -> float:
        return self.now_s - self.heard_at_s if self.end == "hung" and not self.script else 0.0

    def send(self, message: ToChild) -> None:
        if isinstance(message, RunTask):
            self._begin(message)
        elif not isinstance(message, Stop):
            self._go_on(message)
        elif self.search is not None:
            self.search.stopping = True
        elif self.end == "well" and self.script:
            last = self.script[-1][1]
            self.script = deque([(self.now_s + 0.5, last)])

    def _begin(self, task: RunTask) -> None:
        self.task, request = task, task.request
        self.end = self.ends.draw(request)
        if isinstance(request, TrainRequest) and request.role != "single":
            self.search = PlayedSearch(leads=request.role == "leader")
            self.script.append((self.now_s + Stage.scheduler.random.random(), FitStarted()))
            self.script.append((self.now_s + 1.0, self.search.ask(PollUpdates(last=False))))
            return
        at_s = self.now_s
        for pause_s, message in script(request, Path(task.folder), Stage.scheduler.random):
            at_s += pause_s
            self.script.append((at_s, message))
        if self.end != "well":
            while len(self.script) > 1 and Stage.scheduler.random.random() < 0.7:
                self.script.pop()
            if isinstance(self.script[-1][1], Result):
                self.script.pop()

    def receive(self, timeout_s: float) -> FromChild | None:
        if not self.alive:
            raise ChildDied(-9)
        waits = not self.task or self.end == "hung" or (self.search is not None and self.search.question)
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

    def kill_group(self) -> None:
        self.alive = False

    def kill(self) -> None:
        self.alive = False

    def _go_on(self, reply: Reply) -> None:
        """With a search that is shared: what is done next depends on what others do."""
        assert self.search is not None
        at_s, dice = self.now_s, Stage.scheduler.random
        steps = list(self.search.go_on(reply, dice))
        if self.end != "well" and (dice.random() < 0.3 or isinstance(steps[-1][1], Result)):
            self.search.question = None
            return
        for pause_s, message in steps:
            at_s += pause_s
            self.script.append((at_s, message))

    def _tell(self, message: FromChild) -> FromChild:
        assert self.task is not None
        folder = Path(self.task.folder)
        if isinstance(message, TrialFinished):
            (folder / f"trial-{message.trial['number']}.npz").write_bytes(b"predictions")
        elif isinstance(message, Result):
            for made in ("bundle", "file", "document", *MODEL_DOCUMENTS):
                if (name := getattr(message, made, None)) and not (folder / name).exists():
                    (folder / name).write_bytes(CSV if name == CSV_FILE else made.encode())
        return message

    def _die(self) -> FromChild:
        """What comes instead of a result."""
        if self.end == "refused":
            return TaskError("REFUSED", "It cannot be learned from.")
        if self.end == "memory":
            return MemoryExhausted()
        self.alive = False
        raise ChildDied({"crashed": -6, "killed": -9}[self.end])
