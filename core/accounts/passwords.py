"""Passwords: hashed with argon2id, checked in the same time whether or not the account exists.

Parameters: OWASP's Password Storage Cheat Sheet, 19 MiB of memory, 2 passes, 1 lane (about 22 ms).
"""

from __future__ import annotations

import secrets

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

MIN_LENGTH = 8
MAX_LENGTH = 1024

_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1, type=Type.ID)

# Hash that an unknown user's password is checked against; its password was random and was not kept.
_NOBODY = _HASHER.hash(secrets.token_hex(16))


def hash_password(password: str) -> str:
    """Return the argon2id hash with its parameters and salt, as text."""
    return _HASHER.hash(password)


def verify_password(password: str, password_hash: str | None) -> bool:
    """Return whether this is the password behind the hash. With None (no such account) False, in the same time."""
    try:
        _HASHER.verify(password_hash or _NOBODY, password)
    except (VerificationError, InvalidHashError):
        return False
    return password_hash is not None


def is_outdated(password_hash: str) -> bool:
    """Return whether the hash was made with other parameters than the present ones."""
    return _HASHER.check_needs_rehash(password_hash)
