"""Describe why something ended badly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .base import Record


@dataclass(frozen=True)
class Problem(Record):
    """Describe why a dataset, job or prediction ended badly, and what would help.

    Attributes:
        reason: Stable name for programs, in UPPER_SNAKE.
        detail: Sentence for people.
        hint: What would help, if the server knows.
        line: Line of the CSV, counted from 1, if the problem lies in one.
        column: Name or number of the column, if the problem lies in one.

    Example:
        >>> from nobrains_client import Problem
        >>> print(Problem.from_json({"reason": "EMPTY_FILE", "detail": "The file is empty.", "line": 1}))
        The file is empty. (line 1) [EMPTY_FILE]
    """

    reason: str = "UNKNOWN"
    detail: str = ""
    hint: str | None = None
    line: int | None = None
    column: Any = None

    def __str__(self) -> str:
        """Return detail, line, reason and hint as one sentence."""
        where = f" (line {self.line})" if self.line is not None else ""
        return " ".join(part for part in (f"{self.detail}{where} [{self.reason}]".strip(), self.hint) if part)
