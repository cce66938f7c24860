"""What must be true after every write, and of everything when the storm is over."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection

import orjson

from core.domain import states
from core.domain.records import MODEL_DOCUMENTS, Model, TaskRef, TaskState
from core.evaluations.measurements import REPORT, RESULT
from core.history.activity_log import ActivityEntry
from core.jobs.events import read_events
from core.requests.labels import KIND as LABELS
from core.requests.segments import KINDS
from core.service import Service
from core.settings import Settings
from core.storage import rows
from tests.simulation.memory import MemoryBlobs, MemoryTables
from tests.simulation.scheduler import Process
from tests.simulation.threads import Stage

TRAIN = "control#train#"
LOGGED = tuple(f"{kind}#" for kind in (*KINDS, LABELS))


class Watcher:
    """Hears of every write as it happens."""

    def __init__(self, settings: Settings, clock: Callable[[], float], trained: Callable[[str], bool]) -> None:
        self.settings = settings
        self.clock = clock
        self.trained = trained
        self.changed_at_s: dict[str, float] = {}
        self.began: set[str] = set()
        self.training: dict[str, int] = {}
        self.running: dict[str, tuple[str, int]] = {}
        self.slots: dict[str, tuple[str, float, Process]] = {}
        """Member, last sign of life and process of whoever sits there."""

    def saw(self, key: str, old: bytes | None, new: bytes | None) -> None:
        """A row has changed."""
        if key.startswith(TRAIN):
            self._task_state(key, old, new)
        elif key.startswith("trial#") and old is not None and new is not None:
            self._trial(key, old, new)
        elif key.startswith("helper_slot#"):
            self._slot(key, new)
        elif key.startswith("event#") and new is not None:
            _, user, job, _ = key.split("#")
            event = orjson.loads(new)
            if event["data"].get("state") == "running":
                self.training[f"{user}#{job}"] = event["epoch"]
                self._fair(user)

    def _task_state(self, key: str, old: bytes | None, new: bytes | None) -> None:
        job = key.removeprefix(TRAIN)
        before = None if old is None else rows.load(TaskState, old)
        after = None if new is None else rows.load(TaskState, new)
        if after is None:
            assert before is None or before.state in states.FINAL, f"{job} was deleted while {before.state}"
            self.running.pop(job, None)
            return
        if before is None:
            assert job not in self.began, f"{job} rose from the dead"
            self.began.add(job)
            return
        assert before.state not in states.FINAL, f"{job} was {before.state} and became {after.state}"
        assert after.epoch >= before.epoch, f"{job} went back from epoch {before.epoch} to {after.epoch}"
        if before.state == after.state == states.RUNNING and after.owner != before.owner:
            assert after.epoch > before.epoch, f"{job} changed hands within epoch {after.epoch}"
            silent_s = self.clock() - self.changed_at_s[job]
            assert silent_s >= self.settings.lease_s, f"{job} was taken over after {silent_s} s"
            assert not self.trained(job), f"{job} was taken over while its child lived"
        self.changed_at_s[job] = self.clock()
        if after.state == states.RUNNING:
            self.running[job] = (job.split("#")[0], after.epoch)
            self._fair(job.split("#")[0])
        else:
            self.running.pop(job, None)

    def _trial(self, key: str, old: bytes, new: bytes) -> None:
        before, after = orjson.loads(old), orjson.loads(new)
        assert after["epoch"] >= before["epoch"], f"{key} was overwritten by a stale worker"
        if before["state"] == "complete":
            assert before == after, f"{key} was complete and changed"
        if before["helper_id"] and after["helper_id"] != before["helper_id"]:
            helpers = {member for member, _, _ in self.slots.values()}
            assert before["helper_id"] not in helpers, f"{key} was declared lost while {before['helper_id']} had a slot"

    def _slot(self, key: str, new: bytes | None) -> None:
        """A helper keeps its slot while the search goes on, unless it was silent for a whole lease."""
        if new is not None:
            self.slots[key] = rows.load(TaskState, new).owner, self.clock(), Stage.scheduler.current.process
            return
        member, renewed_at_s, process = self.slots.pop(key)
        _, user, job, _ = key.split("#")
        if Stage.scheduler.current.process is not process and f"{user}#{job}" in self.running:
            silent_s = self.clock() - renewed_at_s
            assert silent_s >= self.settings.lease_s, f"{member} lost its slot after {silent_s} s"

    def _fair(self, user: str) -> None:
        """Those that run under the epoch in which they were begun; one that is only being claimed may yet give way."""
        count = sum(owner == user and self.training.get(job) == epoch for job, (owner, epoch) in self.running.items())
        assert count <= self.settings.max_running_jobs, f"{count} jobs of {user} run at once"


def check_job(service: Service, user: str, id: str, deleted: Collection[str]) -> TaskState:
    """The accepted job is over, and its end has been told once and the same everywhere."""
    tables, ref = service.ports.tables, TaskRef("train", user, id)
    task_state = service.work.state(ref)
    assert task_state is not None, f"{id} has no state"
    assert task_state.state in states.FINAL, f"{id} is still {task_state.state} (attempt {task_state.attempt})"
    events = list(read_events(tables, user, id))
    kinds = [event.kind for event in events]
    assert kinds.count("done") == 1, f"{id}: {[(event.kind, event.data) for event in events]}"
    assert kinds[-1] == "done", f"{id} goes on after its end: {[(event.kind, event.data) for event in events]}"
    assert [event.seq for event in events] == sorted({event.seq for event in events})
    assert events[-1].data["state"] == task_state.state
    assert events[0].data == {"state": "queued"}, f"{id} begins with {events[0].data}"
    assert sum(event.data == {"state": "queued"} for event in events) == 1
    trials = Counter(event.data["number"] for event in events if event.kind == "trial")
    assert set(trials.values()) <= {1}, f"{id}: a trial was told twice: {trials}"
    indexed = [state for state in states.FINAL if tables.get(rows.key("jobstate", user, state, id)) is not None]
    assert indexed == [task_state.state]
    if task_state.state == states.SUCCEEDED:
        assert task_state.result is not None
        model = service.models.find(user, task_state.result["model_id"])
        if model is None:
            assert task_state.result["model_id"] in deleted, f"the model of {id} is lost"
        else:
            assert model.committed
    return task_state


def check_history(service: Service, user: str, jobs: set[str]) -> None:
    """One line for the end of each job."""
    lines = [rows.load(ActivityEntry, row.value) for row in rows.scan_all(service.ports.tables, f"activity#{user}#")]
    ends = Counter(line.subject for line in lines if line.action.startswith("job."))
    assert {f"job/{job}" for job in jobs} <= set(ends), "an end is not in the history"
    assert set(ends.values()) <= {1}, f"an end is twice in the history: {ends}"


def check_predictions(service: Service, user: str, promised: Collection[str]) -> None:
    """Each is over, unless it went with its model."""
    for id in promised:
        prediction = service.predictions.find(user, id)
        if prediction is not None:
            task_state = service.predictions.view(prediction).task_state
            assert task_state.state in states.FINAL, f"prediction {id} is still {task_state.state}"


def check_nothing_left(tables: MemoryTables, blobs: MemoryBlobs) -> None:
    """No work, message or wish is left over, and every blob is named by a row."""
    unfinished = ("active#", "activerun#", "running#", "outbox#", "erasure#")
    left = [key for key in tables.keys if key.startswith(unfinished)]
    assert not left, f"left over: {left}"
    owners = [rows.load_json(tables.rows[key]) for key in tables.keys if key.startswith(("dataset#", "model#"))]
    owners += [owner[kind] for owner in owners for kind in (*MODEL_DOCUMENTS, "original") if owner.get(kind)]
    makers = ("control#predict#", "control#export#")
    made = [rows.load_json(tables.rows[key])["result"] for key in tables.keys if key.startswith(makers)]
    measuring = ("control#compare#", "control#evaluate#")
    measured = [rows.load_json(tables.rows[key])["result"] for key in tables.keys if key.startswith(measuring)]
    made += [result[kind] for result in measured if result for kind in (RESULT, REPORT)]
    made += [rows.load_json(tables.rows[key]) for key in tables.keys if key.startswith(LOGGED)]
    named = {owner["blob"] for owner in [*owners, *made] if owner} - {""}
    orphans = set(blobs.blobs) - named
    assert not orphans, f"orphans: {orphans}"
    missing = named - set(blobs.blobs)
    assert not missing, f"named and not there: {missing}"
    for key in tables.keys:
        if key.startswith("model#"):
            model = rows.load(Model, tables.rows[key])
            assert model.committed, f"{key} counts for nobody"
            assert not model.deleting, f"{key} is still being deleted"
