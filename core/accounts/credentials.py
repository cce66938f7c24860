"""Tokens, sessions and API keys: 256-bit secrets, of which only the SHA-256 is kept.

| row | holds |
|---|---|
| `cred#<sha256>` | the Credential: the account it identifies, and its expiry |
| `user_credentials#<user_id>#<sha256>` | nothing: the row lists the credentials of a user |

Rows are read on every request, so a revoked credential stops working at once; of predictions they are remembered for a
second.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Literal, get_args

from core.domain.ids import now, rfc3339
from core.domain.users import SCOPES, Credential, User
from core.errors import Unauthorized
from core.ports import Tables
from core.storage import rows
from core.storage.fresh_cache import FreshCache

Kind = Literal["token", "session", "key"]
CREDENTIAL_KINDS: frozenset[str] = frozenset(get_args(Kind))

# Prefixes of secrets: people, and programs that scan for leaked secrets, recognise what they have found.
PREFIXES: dict[str, str] = {"token": "nb_", "session": "nbs_", "key": "nbk_"}
_SECRET = re.compile(r"nb[sk]?_[A-Za-z0-9_-]{43}")


@dataclass(frozen=True)
class Principal:
    """The caller of a request, and the credential in use."""

    user: User
    credential: Credential
    sha256: str

    @property
    def restricted(self) -> bool:
        """Whether the credential is a key with fewer rights than its user, an expiry or a limit of its own."""
        credential = self.credential
        own = (credential.expires_at, credential.per_minute, credential.endpoints)
        return credential.kind == "key" and (own != (None, None, None) or set(credential.scopes) != {*SCOPES})


@dataclass(frozen=True)
class Issued:
    """A new credential. The secret is shown only once."""

    secret: str
    sha256: str
    user: User
    credential: Credential


class Credentials:
    """Issues, checks and revokes credentials.

    Args:
        ttl_s: seconds that tokens and sessions last. API keys last until they are revoked or their own expiry.
        stale_s: seconds for which remembered ones are good while the tables are away.
    """

    def __init__(self, tables: Tables, ttl_s: int, stale_s: float = 0.0) -> None:
        self.tables = tables
        self.ttl_s = ttl_s
        self.remembered = FreshCache("principals", self._read, stale_s)

    def issue(self, user: User, kind: Kind) -> Issued:
        """Issue a new token or session of the user."""
        expires_at = rfc3339(datetime.now(UTC) + timedelta(seconds=self.ttl_s))
        return self._issue(user, Credential(kind, user.id, user.generation, now(), expires_at))

    def issue_key(
        self, user: User, key_id: str, scopes: Sequence[str], expires_at: str | None = None,
        per_minute: int | None = None, endpoints: Sequence[str] | None = None,
    ) -> Issued:  # fmt: skip
        """Issue a new API key of the user."""
        names = None if endpoints is None else list(endpoints)
        return self._issue(
            user,
            Credential("key", user.id, user.generation, now(), expires_at, key_id, list(scopes), per_minute, names),
        )

    def _issue(self, user: User, credential: Credential) -> Issued:
        secret = PREFIXES[credential.kind] + secrets.token_urlsafe(32)
        sha256 = rows.digest(secret)
        # Write the index first: a credential that works can always be found and revoked.
        self.tables.put(rows.key("user_credentials", user.id, sha256), b"{}")
        self.tables.put(_key(sha256), rows.dump(credential))
        return Issued(secret, sha256, user, credential)

    def authenticate(self, secret: str, kinds: Collection[str], *, remembered: bool = False) -> Principal:
        """Return the principal that this secret identifies. Raises Unauthorized.

        A secret is refused if it is garbled, unknown, expired, revoked, void since a password change, of a locked
        account, or not of these kinds: always in the same words.

        Args:
            secret: what the caller shows.
            kinds: the kinds of credentials that will do.
            remembered: whether the rows may have been read up to a second ago.
        """
        if not _SECRET.fullmatch(secret):
            raise Unauthorized()
        sha256 = rows.digest(secret)
        principal = self.remembered.get(sha256) if remembered else self._read(sha256)
        if principal.credential.kind not in kinds or is_expired(principal.credential):
            raise Unauthorized()
        return principal

    def check_alive(self, principal: Principal) -> None:
        """Return if the credential still opens what it did up to a second ago; raise Unauthorized otherwise."""
        if is_expired(self.remembered.get(principal.sha256).credential):
            raise Unauthorized()

    def _read(self, sha256: str) -> Principal:
        value = self.tables.get(_key(sha256))
        if value is None:
            raise Unauthorized()
        credential = rows.load(Credential, value)
        found = self.tables.get(rows.key("user", credential.user_id))
        if found is None:
            raise Unauthorized()
        user = rows.load(User, found)
        if user.locked or credential.generation < user.generation:
            raise Unauthorized()
        return Principal(user, credential, sha256)

    def promote(self, principal: Principal, generation: int) -> None:
        """Keep this one credential valid in a newer generation."""
        promoted = replace(principal.credential, generation=generation)
        self.tables.put(_key(principal.sha256), rows.dump(promoted))

    def revoke(self, user_id: str, sha256: str) -> None:
        """Revoke one credential, with immediate effect."""
        self.tables.delete(_key(sha256))
        self.tables.delete(rows.key("user_credentials", user_id, sha256))

    def revoke_all(self, user_id: str, keep: str | None = None) -> None:
        """Revoke all credentials of the user but the one with the SHA-256 `keep`."""
        start = rows.prefix("user_credentials", user_id)
        for row in rows.scan_all(self.tables, start):
            sha256 = row.key.removeprefix(start)
            if sha256 != keep:
                self.revoke(user_id, sha256)

    def prune(self, user_id: str) -> None:
        """Delete the user's expired credentials, among the first thousand."""
        start = rows.prefix("user_credentials", user_id)
        hashes = [row.key.removeprefix(start) for row in self.tables.scan(start)]
        found = self.tables.get_many([_key(sha256) for sha256 in hashes])
        for sha256 in hashes:
            value = found.get(_key(sha256))
            if value is not None and is_expired(rows.load(Credential, value)):
                self.revoke(user_id, sha256)


def csrf_token(session: str) -> str:
    """Return the token that a page sends beside its session cookie.

    It is derived from the cookie, which no script can read, so that a reloaded page can fetch it again and nothing more
    has to be stored.
    """
    return hmac.new(session.encode("utf-8", "replace"), b"csrf", hashlib.sha256).hexdigest()


def is_expired(credential: Credential) -> bool:
    """Return whether the credential has expired by the wall clock."""
    end = credential.expires_at
    return end is not None and datetime.fromisoformat(end) <= datetime.now(UTC)


def _key(sha256: str) -> str:
    return rows.key("cred", sha256)
