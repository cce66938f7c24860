"""Secrets of users at rest: AES-256-GCM under keys of the operator, bound to what each secret is for.

The keys are those of NOBRAINS_SECRET_KEY: the first one seals, all of them open, so that a key can be replaced. An
embedded service without that setting makes one of its own, in a file beside its tables.
"""

from __future__ import annotations

import base64
import os
import secrets
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import Conflict, Corrupted
from core.settings import SettingError, Settings
from core.storage import rows

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_FILE = "secret.key"
MIN_KEY_LENGTH = 32
NONCE_BYTES = 12
_PREFIX = "v1."


class SecretBox:
    """Seals and opens secrets. The library is loaded with the first one."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def seal(self, secret: str, *context: str) -> str:
        """Return the secret as a row may hold it; it opens in the same context only, such as its user and its name.

        Raises Conflict SECRETS_NOT_SET_UP.
        """
        nonce = secrets.token_bytes(NONCE_BYTES)
        sealed = self._ciphers[0].encrypt(nonce, secret.encode(), rows.dump(context))
        return _PREFIX + base64.urlsafe_b64encode(nonce + sealed).decode()

    def open(self, sealed: str, *context: str) -> str:
        """Return the secret. Raises Corrupted if no key opens it in this context, Conflict SECRETS_NOT_SET_UP."""
        from cryptography.exceptions import InvalidTag

        raw = base64.urlsafe_b64decode(sealed.removeprefix(_PREFIX))
        for cipher in self._ciphers:
            try:
                return bytes(cipher.decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], rows.dump(context))).decode()
            except InvalidTag:
                continue
        raise Corrupted("A secret cannot be opened: no key of NOBRAINS_SECRET_KEY is the one that sealed it.")

    def check_set_up(self) -> None:
        """Raise Conflict SECRETS_NOT_SET_UP if there is no key."""
        _ = self._ciphers

    @cached_property
    def _ciphers(self) -> list[AESGCM]:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        return [AESGCM(bytes.fromhex(rows.digest(f"nobrains secrets {key}"))) for key in self._keys()]

    def _keys(self) -> list[str]:
        keys = [key.strip() for key in self.settings.secret_key.split(",") if key.strip()]
        if any(len(key) < MIN_KEY_LENGTH for key in keys):
            raise SettingError(f"NOBRAINS_SECRET_KEY: a key has at least {MIN_KEY_LENGTH} characters")
        if keys:
            return keys
        if self.settings.is_embedded:
            return [own_key(self.settings.folder / KEY_FILE)]
        detail = "This service cannot keep secrets: its operator has to set NOBRAINS_SECRET_KEY."
        raise Conflict("SECRETS_NOT_SET_UP", detail)


def own_key(path: Path) -> str:
    """Return the key in the file, which is made the first time, readable by its user alone."""
    with suppress(FileNotFoundError):
        return path.read_text().strip()
    mine = path.with_name(f".{path.name}-{secrets.token_hex(4)}")
    with open(os.open(mine, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "w") as file:
        file.write(secrets.token_urlsafe(32))
        file.flush()
        os.fsync(file.fileno())
    with suppress(FileExistsError):
        os.link(mine, path)  # Of several processes at once, one makes it.
    mine.unlink()
    return path.read_text().strip()
