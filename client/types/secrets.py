"""Describe secrets: that they are there, never what they hold."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from .base import Record


@dataclass(frozen=True)
class Secret(Record):
    """Describe a secret.

    Attributes:
        name: What sources call it.
        changed_at: When it was set last, in UTC.
    """

    name: str
    changed_at: datetime | None = None
