"""Describe accounts, API keys and what was done with them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from .base import Record


@dataclass(frozen=True)
class User(Record):
    """Describe the account that is signed in.

    Attributes:
        id: Id of the account.
        username: Name of the account.
        role: `user` or `admin`.
        created_at: Time of the sign-up, in UTC.
        quotas: Limit by name, such as datasets, bytes, running_jobs, queued_jobs, streams,
            endpoints.
        use: Current use: datasets, bytes, queued, running.

    Example:
        >>> user = client.me()
        >>> user.username, user.role
        ('ada', 'user')
        >>> user.use["datasets"]
        1
    """

    id: str
    username: str = ""
    role: str = "user"
    created_at: datetime | None = None
    quotas: dict[str, Any] = field(default_factory=dict)
    use: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Account(User):
    """Describe an account as an administrator sees it.

    Attributes:
        locked: Whether the account is refused at every sign-in and call.
        own_quotas: The quotas that were set for this account alone; the others are the service's.
    """

    locked: bool = False
    own_quotas: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class AuditLine(Record):
    """Describe one entry of the audit log.

    Attributes:
        at: Time of the action, in UTC.
        actor: Id of the account that acted, or `operator`.
        action: Name of the action.
        subject: The thing that was changed, as `kind/id`.
        status: HTTP status of the response.
        remote: Network address from which the request came.
        request_id: Id of the request, as in the service's log.
    """

    at: datetime | None = None
    actor: str = ""
    action: str = ""
    subject: str = ""
    status: int | None = None
    remote: str = ""
    request_id: str = ""


@dataclass(frozen=True)
class ApiKey(Record):
    """Describe a key with which a program calls the service.

    Attributes:
        id: Id of the key.
        name: Name that the user gave it.
        key: The secret itself; present only in the response that created the key.
        scopes: What the key may do: `read`, `train`, `predict`.
        endpoints: Names of the only endpoints that it predicts with; empty if it is not limited to some.
        created_at: Time of its creation, in UTC.
        expires_at: Time at which it stops working, in UTC; None if it never does.
        per_minute: Most requests with it in a minute; None if only the account's limits hold.

    Example:
        >>> key = client.create_key("nightly", scopes=["read", "predict"])
        >>> Client(client.url, token=key.key).me().username
        'ada'
        >>> client.revoke_key(key)
    """

    id: str
    name: str = ""
    key: str | None = field(default=None, repr=False)
    scopes: list[str] = field(default_factory=list)
    endpoints: tuple[str, ...] = ()
    created_at: datetime | None = None
    expires_at: datetime | None = None
    per_minute: int | None = None


@dataclass(frozen=True)
class Activity(Record):
    """Describe one entry of the account's history.

    Attributes:
        at: Time of the entry, in UTC.
        action: What was done, such as `job.created`.
        subject: The thing it was done to, as `kind/id`.
        detail: A second thing that was involved, as `kind/id`, or a reason; may be empty.

    Example:
        >>> "job.created" in [entry.action for entry in client.activity()]
        True
    """

    at: datetime | None = None
    action: str = ""
    subject: str = ""
    detail: str = ""
