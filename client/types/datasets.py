"""The records of datasets and of checks on them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .base import Record
from .problem import Problem


@dataclass(frozen=True)
class Column(Record):
    """One column of a dataset, as profiled."""

    name: str
    type: str | None = None
    missing: int | None = None
    distinct: int | None = None
    examples: tuple[Any, ...] = ()
    warnings: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Dataset(Record):
    """An uploaded CSV. `rows` and `columns` are known once `state` is `ready`."""

    id: str
    name: str = ""
    state: str = "uploaded"
    size_bytes: int | None = None
    sha256: str | None = None
    rows: int | None = None
    columns: tuple[Column, ...] = ()
    warnings: tuple[Any, ...] = ()
    error: Problem | None = None
    created_at: datetime | None = None

    @property
    def is_over(self) -> bool:
        """Whether the profile is made, for better (`ready`) or worse (`rejected`)."""
        return self.state in {"ready", "rejected"}


@dataclass(frozen=True)
class Preview(Record):
    """The first rows of a dataset: `columns` names them, each row is a tuple of cells in that order."""

    columns: tuple[str, ...] = ()
    rows: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Finding(Record):
    """Something about the data worth knowing before training. `severity`: error, warning or info."""

    severity: str = "info"
    reason: str = ""
    detail: str = ""
    fix: str = ""
    column: str | None = None


@dataclass(frozen=True)
class Findings(Record):
    """What a check of a target found: the task and metric that `auto` would choose, and why."""

    task: str | None = None
    metric: str | None = None
    why: str = ""
    findings: tuple[Finding, ...] = ()

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings that would make training fail."""
        return tuple(finding for finding in self.findings if finding.severity == "error")
