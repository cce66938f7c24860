"""Records of accounts, and of what stands behind tokens, cookies and keys.

They are records like those of `core.domain.records`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Role = Literal["user", "admin"]

SCOPES = ("read", "train", "predict")
"""Scopes that an API key may be narrowed to; tokens and sessions always have all."""


@dataclass(frozen=True)
class User:
    """An account, kept by id."""

    id: str
    username: str
    created_at: str
    generation: int = 0
    """Number of password changes: tokens of an older generation are void."""
    role: Role = "user"
    locked: bool = False
    """Whether every credential of this account is refused."""
    quotas: dict[str, int] = field(default_factory=dict)
    """Quotas of this account alone, by name; `core.limits.quotas` has the others."""


@dataclass(frozen=True)
class Login:
    """The sign-in row of a username (case-folded): the account's id, and its argon2id hash."""

    user_id: str
    password_hash: str


@dataclass(frozen=True)
class Credential:
    """What stands behind the SHA-256 of a token, a session cookie or an API key."""

    kind: Literal["token", "session", "key"]
    user_id: str
    generation: int
    created_at: str
    expires_at: str | None = None
    key_id: str | None = None
    scopes: list[str] = field(default_factory=lambda: list(SCOPES))
    per_minute: int | None = None
    """Requests a minute of this key alone; its account's limits hold beside it."""
    endpoints: list[str] | None = None
    """Names of the endpoints that this key predicts with, and nothing else; None: it is not narrowed to any."""


@dataclass(frozen=True)
class ApiKey:
    """The data of an API key that its owner may see after the secret was shown."""

    id: str
    name: str
    created_at: str
    sha256: str
    scopes: list[str] = field(default_factory=lambda: list(SCOPES))
    expires_at: str | None = None
    per_minute: int | None = None
    endpoints: list[str] | None = None
