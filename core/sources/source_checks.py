"""Checks of sources: a fetcher reaches one and reads its first rows, and the request waits for that."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from core.domain.ids import new_id
from core.domain.records import Json, TaskRef
from core.domain.sources import ENDPOINT, Source
from core.domain.states import SUCCEEDED
from core.errors import Invalid, Unavailable
from core.limits.rate_limit import RateLimit
from core.ports import Tables
from core.sources.source_rows import SourceRows
from core.storage import rows
from core.tasks.lifecycle import TaskLifecycle
from core.tasks.on_demand import OnDemandTasks

SOURCE_CHECK = "source_check"
"""Name of the kind of task that tries a source."""
WAIT_S = 20.0
MAX_CHECKS = 30
"""Of one user in a minute."""


class SourceChecks:
    """Checks of a user's sources."""

    def __init__(self, tables: Tables, work: TaskLifecycle, source_rows: SourceRows) -> None:
        self.rows = source_rows
        self.limit = RateLimit(tables, "checks of sources", MAX_CHECKS)
        self.tasks = OnDemandTasks(tables, work, SOURCE_CHECK)

    def run(self, user_id: str, source_id: str, wait_s: float = WAIT_S) -> Json:
        """Return what a fetcher found: {format, columns, rows, …}.

        Raises NotFound, TooMany, Invalid with the reason that a fetch would fail for, Unavailable if no fetcher was
        free in time.
        """
        source = self.rows.get(user_id, source_id)
        if source.kind == ENDPOINT:
            raise Invalid("NOTHING_TO_REACH", "A source of an endpoint's requests is in the service: there is nothing "
                          "to reach. See GET /endpoints/{name}/requests.")  # fmt: skip
        self.limit.hit(user_id)
        # Each is a task of its own: what lies elsewhere may have changed since.
        ref = TaskRef(SOURCE_CHECK, user_id, f"{source_id}-{new_id()}")
        task_state = self.tasks.run(ref, asdict(source), wait_s)
        if task_state is None:
            raise Unavailable("the source is still being reached, or no fetcher is free: ask again")
        if task_state.state != SUCCEEDED:
            error = task_state.error or {}
            words = f"{error.get('detail', 'The check failed.')} {error.get('hint', '')}".strip()
            raise Invalid(error.get("reason", "CHECK_FAILED"), words)
        return _described(task_state.result or {})

    def source_of(self, ref: TaskRef) -> Source | None:
        """Return the source as it was when the check was asked for, None if the check was deleted."""
        request = self.tasks.request_of(ref)
        return None if request is None else rows.from_json(Source, request)

    def delete(self, user_id: str, source_id: str) -> None:
        """Delete every check of a source."""
        self.tasks.delete(user_id, f"{source_id}-")

    def delete_one(self, ref: TaskRef) -> None:
        """Delete a check that is over and whose request has long gone."""
        self.tasks.delete(ref.user_id, ref.id)


def _described(found: Json) -> Json:
    """Return what was found, with a type beside each column: what its first cells look like."""
    cells = list(zip(*found.get("rows", ()), strict=False))
    columns = [
        column if isinstance(column, dict) else {"name": column, "type": _type(cells[i] if i < len(cells) else ())}
        for i, column in enumerate(found.get("columns", ()))
    ]
    return {**found, "columns": columns}


def _type(cells: Iterable[Any]) -> str | None:
    """Return number or text; None where all cells are empty. The profile of a dataset knows it better."""
    kept = [str(cell) for cell in cells if cell not in (None, "")]
    if not kept:
        return None
    return "number" if all(map(_is_number, kept)) else "text"


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True
