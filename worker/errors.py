"""Reasons why a task was not done. `ChildDied` stands with the child process."""

from __future__ import annotations

from core.domain.records import Json
from core.errors import NoBrainsError


class TaskFailed(NoBrainsError):
    """The task cannot be done by any worker; `error` is for its user."""

    def __init__(self, error: Json) -> None:
        super().__init__(error["detail"])
        self.error = error


class Cancelled(NoBrainsError):
    """The user has cancelled the task."""


class ShuttingDown(NoBrainsError):
    """This worker is shutting down."""


class OutOfMemory(NoBrainsError):
    """The child took more memory than it may."""


class Stalled(NoBrainsError):
    """The child has not given a sign of life for too long."""
