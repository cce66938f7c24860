"""The rows of runs: the run itself, its number, that it is not over, and which tasks advance it.

    run#user#pipeline#<trigger key>          the run: whoever creates the row has made it
    runnumber#user#pipeline#<10^9-1-number>  the trigger key of the run of that number; the newest come first
    activerun#user#pipeline#<trigger key>    it has something to do: put before the run, deleted after all else
    runtask#user#kind#id                     `pipeline/key` of the run that the end of this task advances

A run that waits for a person is not active: it costs nothing until somebody answers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from core.domain.pipelines import Run
from core.domain.records import TaskRef
from core.errors import NotFound
from core.ports import Tables
from core.storage import rows
from core.storage.rows import Page

MAX_NUMBER = 10**9 - 1
BATCH = 100


class RunRows:
    """Reads and writes them."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables

    def read(self, user_id: str, pipeline_id: str, key: str) -> tuple[bytes | None, Run | None]:
        """Return the row's bytes and the run; None for both if there is none."""
        raw = self.tables.get(run_key(user_id, pipeline_id, key))
        return raw, None if raw is None else rows.load(Run, raw)

    def create(self, run: Run) -> Run:
        """Write the run unless its trigger has made one before; return the one that stands. It is active already."""
        self.activate(run)
        if rows.write_once(self.tables, run_key(run.user_id, run.pipeline_id, run.key), rows.dump(run), None):
            return run
        found = self.read(run.user_id, run.pipeline_id, run.key)[1]
        return found or run

    def write(self, run: Run, raw: bytes) -> bool:
        """Write the run if its row still has these bytes; return whether it was written."""
        return rows.write_once(self.tables, run_key(run.user_id, run.pipeline_id, run.key), rows.dump(run), raw)

    def delete(self, run: Run) -> None:
        """Delete all rows of a run, its own last."""
        self.unlink(run)
        if run.number:
            self.tables.delete(number_key(run.user_id, run.pipeline_id, run.number))
        self.deactivate(run)
        self.tables.delete(run_key(run.user_id, run.pipeline_id, run.key))

    def number(self, run: Run) -> Run:
        """Return the run with its number: the next one, or the one that it was given before a crash."""
        while True:
            newest = 0
            start = rows.prefix("runnumber", run.user_id, run.pipeline_id)
            for row in rows.scan_all(self.tables, start, page=10):
                number = MAX_NUMBER - int(row.key.removeprefix(start))
                newest = newest or number
                if number <= run.after:
                    break
                if row.value.decode() == run.key:
                    return replace(run, number=number)
            value = run.key.encode()
            if rows.write_once(self.tables, number_key(run.user_id, run.pipeline_id, newest + 1), value, None):
                return replace(run, number=newest + 1)

    def newest_number(self, user_id: str, pipeline_id: str) -> int:
        """Return the number of the newest run, 0 if there is none."""
        start = rows.prefix("runnumber", user_id, pipeline_id)
        found = self.tables.scan(start, 1)
        return MAX_NUMBER - int(found[0].key.removeprefix(start)) if found else 0

    def get(self, user_id: str, pipeline_id: str, number: int) -> Run:
        """Return the run of a number; raises NotFound."""
        key = self.tables.get(number_key(user_id, pipeline_id, number)) if 0 < number < MAX_NUMBER else None
        run = None if key is None else self.read(user_id, pipeline_id, key.decode())[1]
        if run is None:
            raise NotFound("run", f"{pipeline_id}/{number}")
        return replace(run, number=number)

    def page(self, user_id: str, pipeline_id: str, size: int, after: str | None = None) -> Page[Run]:
        """Return a page of runs, newest first."""
        start = rows.prefix("runnumber", user_id, pipeline_id)
        found = self.tables.scan(start, size + 1, None if after is None else start + after)
        numbers = {row.value.decode(): MAX_NUMBER - int(row.key.removeprefix(start)) for row in found[:size]}
        runs = self._of_keys(user_id, pipeline_id, numbers)
        last = found[size - 1].key.removeprefix(start) if len(found) > size else None
        return Page(runs, last)

    def newest_first(self, user_id: str, pipeline_id: str, before: int | None = None) -> Iterator[Run]:
        """Yield the runs of a pipeline, or those with a smaller number."""
        after = None if before is None else f"{MAX_NUMBER - before:09d}"
        while True:
            page = self.page(user_id, pipeline_id, BATCH, after)
            yield from page.items
            if page.next is None:
                return
            after = page.next

    def _of_keys(self, user_id: str, pipeline_id: str, numbers: dict[str, int]) -> list[Run]:
        keys = {run_key(user_id, pipeline_id, key): number for key, number in numbers.items()}
        found = self.tables.get_many(list(keys)) if keys else {}
        runs = [replace(rows.load(Run, raw), number=keys[key]) for key, raw in found.items()]
        return sorted(runs, key=lambda run: run.number, reverse=True)

    # -- those that have something to do --

    def activate(self, run: Run) -> None:
        """Have the run found by whoever advances runs."""
        self.tables.put(active_key(run.user_id, run.pipeline_id, run.key), b"")

    def deactivate(self, run: Run) -> None:
        """Have it found no more."""
        self.tables.delete(active_key(run.user_id, run.pipeline_id, run.key))

    def active_of(self, user_id: str, pipeline_id: str) -> list[Run]:
        """Return the runs of a pipeline that have something to do, in the order of their numbers; new ones last."""
        start = rows.prefix("activerun", user_id, pipeline_id)
        keys = [run_key(user_id, pipeline_id, row.key.removeprefix(start)) for row in rows.scan_all(self.tables, start)]
        found = self.tables.get_many(keys) if keys else {}
        return sorted((rows.load(Run, raw) for raw in found.values()), key=lambda run: run.number or MAX_NUMBER)

    # -- tasks that advance runs --

    def link(self, run: Run, ref: TaskRef) -> None:
        """Have the end of a task advance the run. Put before the task is there."""
        self.tables.put(task_key(ref), f"{run.pipeline_id}/{run.key}".encode())

    def linked(self, ref: TaskRef) -> tuple[str, str] | None:
        """Return the pipeline and the key of the run that the end of a task advances, None for a task of no run."""
        raw = self.tables.get(task_key(ref))
        if raw is None:
            return None
        pipeline_id, _, key = raw.decode().partition("/")
        return pipeline_id, key

    def unlink(self, run: Run) -> None:
        """Have the ends of its tasks advance nothing any more."""
        for path in {path for step in run.steps for path in step["tasks"]}:
            self.tables.delete(task_key(TaskRef.parse(path)))


def run_key(user_id: str, pipeline_id: str, key: str) -> str:
    """Return the key of a run's row."""
    return rows.key("run", user_id, pipeline_id, key)


def number_key(user_id: str, pipeline_id: str, number: int) -> str:
    """Return the key of the row of a run's number."""
    return rows.key("runnumber", user_id, pipeline_id, MAX_NUMBER - number)


def active_key(user_id: str, pipeline_id: str, key: str) -> str:
    """Return the key of the row that says that a run has something to do."""
    return rows.key("activerun", user_id, pipeline_id, key)


def task_key(ref: TaskRef) -> str:
    """Return the key of the row that says which run a task advances."""
    return rows.key("runtask", ref.user_id, ref.kind, ref.id)
