"""The reason for which something ended badly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .base import Record


@dataclass(frozen=True)
class Problem(Record):
    """Why something ended badly, and what would help."""

    reason: str = "UNKNOWN"
    detail: str = ""
    hint: str | None = None
    line: int | None = None
    column: Any = None

    def __str__(self) -> str:
        where = f" (line {self.line})" if self.line is not None else ""
        return " ".join(part for part in (f"{self.detail}{where} [{self.reason}]".strip(), self.hint) if part)
