r"""States of a task, and the transitions between them.

    queued -> running -> succeeded | failed | cancelled
       \________________________/      (a queued one may fail or be cancelled outright)

`running` goes back to `queued` when a worker requeues the task. `stopping` and `cancelling` are how a running job with
such a request is shown; they are not stored.
"""

from __future__ import annotations

QUEUED = "queued"
RUNNING = "running"
SUCCEEDED = "succeeded"
FAILED = "failed"
CANCELLED = "cancelled"
FINAL = frozenset({SUCCEEDED, FAILED, CANCELLED})

STOPPING = "stopping"
CANCELLING = "cancelling"

STATES = (QUEUED, RUNNING, STOPPING, CANCELLING, SUCCEEDED, FAILED, CANCELLED)

STOP = "stop"
CANCEL = "cancel"


def public_state(state: str, request: str | None) -> str:
    """Return the state that a user sees."""
    if state == RUNNING and request == CANCEL:
        return CANCELLING
    if state == RUNNING and request == STOP:
        return STOPPING
    return state
