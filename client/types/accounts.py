"""The records of accounts, keys and their history."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from .base import Record


@dataclass(frozen=True)
class User(Record):
    """An account. `quotas` and `use` have the same keys: what is allowed, and what is taken."""

    id: str
    username: str = ""
    role: str = "user"
    created_at: datetime | None = None
    quotas: dict[str, Any] = field(default_factory=dict)
    use: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Account(User):
    """An account, as an administrator sees it. `own_quotas` are those set for it alone."""

    locked: bool = False
    own_quotas: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class AuditLine(Record):
    """Who (the id of an account, or `operator`) did what to what, when and from where."""

    at: datetime | None = None
    actor: str = ""
    action: str = ""
    subject: str = ""
    status: int | None = None
    remote: str = ""
    request_id: str = ""


@dataclass(frozen=True)
class ApiKey(Record):
    """A key for programs. `key`, the secret itself, is there only in the answer that created it."""

    id: str
    name: str = ""
    key: str | None = field(default=None, repr=False)
    scopes: list[str] = field(default_factory=list)
    created_at: datetime | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True)
class Activity(Record):
    """One line of the account's history: what was done to which thing (`kind/id`), and how it ended."""

    at: datetime | None = None
    action: str = ""
    subject: str = ""
    detail: str = ""
