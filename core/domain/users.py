"""Who somebody is to the service: accounts, and what stands behind tokens, cookies and keys. Records like those of
`core.domain.records`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Role = Literal["user", "admin"]

SCOPES = ("read", "train", "predict")
"""What an API key may be narrowed to; tokens and sessions always have all."""


@dataclass(frozen=True)
class User:
    """An account, kept by id."""

    id: str
    username: str
    created_at: str
    generation: int = 0
    """Grows with every password change: tokens of an older generation are void."""
    role: Role = "user"
    locked: bool = False
    """Nobody is let in with this account, whatever he shows."""
    quotas: dict[str, int] = field(default_factory=dict)
    """Of this account alone, by name; `core.limits.quotas` has the others."""


@dataclass(frozen=True)
class Login:
    """The sign-in row of a username (case-folded): which account, and its argon2id hash."""

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


@dataclass(frozen=True)
class ApiKey:
    """What its owner may know of an API key once it has been shown."""

    id: str
    name: str
    created_at: str
    sha256: str
    scopes: list[str] = field(default_factory=lambda: list(SCOPES))
    expires_at: str | None = None
