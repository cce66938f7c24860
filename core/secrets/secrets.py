"""Use cases around secrets: kept encrypted, listed by name alone, opened by the fetcher alone."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from core.domain.ids import now
from core.errors import Corrupted, FetchFailed, Invalid, NotFound
from core.limits.quotas import quota_exceeded
from core.ports import Tables
from core.settings import Settings
from core.storage import rows
from core.storage.rows import Page
from core.storage.sealed import SecretBox

MAX_SECRETS = 200
MAX_VALUE_BYTES = 64 * 1024
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,62}")
PURPOSE = "secret"
"""Sets what is sealed here apart from other secrets of the same key, such as those of webhooks."""


@dataclass(frozen=True)
class Secret:
    """A secret as its row has it: sealed."""

    name: str
    sealed: str
    changed_at: str


class Secrets:
    """A user's secrets."""

    def __init__(self, tables: Tables, settings: Settings) -> None:
        self.tables = tables
        self.box = SecretBox(settings)

    def put(self, user_id: str, name: str, value: str) -> None:
        """Keep a secret, in the place of an earlier one of that name.

        Raises Invalid BAD_SECRET_NAME or SECRET_TOO_LONG, Conflict QUOTA_EXCEEDED or SECRETS_NOT_SET_UP.
        """
        check_name(name)
        if not 0 < len(value.encode("utf-8", "surrogatepass")) <= MAX_VALUE_BYTES:
            detail = f"A secret has 1 to {MAX_VALUE_BYTES:,} bytes."
            raise Invalid("SECRET_TOO_LONG", detail, [{"field": "value", "detail": detail}])
        key = _key(user_id, name)
        secret = Secret(name, self.box.seal(value, PURPOSE, user_id, name), now())
        is_new = self.tables.put_if_absent(key, rows.dump(secret))
        if not is_new:
            self.tables.put(key, rows.dump(secret))
        # Counted after the write, so that of many at the same moment none gets through beyond it.
        elif len(self.tables.scan(rows.prefix("secret", user_id), MAX_SECRETS + 1)) > MAX_SECRETS:
            self.tables.delete(key)
            raise quota_exceeded("secrets", MAX_SECRETS, "Delete a secret that is no longer used.")

    def page(self, user_id: str, size: int, after: str | None = None) -> Page[Secret]:
        """Return a page of secrets, sealed, by name."""
        return rows.page(self.tables, Secret, rows.prefix("secret", user_id), size, after)

    def names(self, user_id: str) -> list[str]:
        """Return the names of all of them."""
        return [rows.load(Secret, row.value).name for row in rows.scan_all(self.tables, rows.prefix("secret", user_id))]

    def delete(self, user_id: str, name: str) -> None:
        """Delete the secret; raises NotFound. Sources that name it cannot be fetched any more."""
        if self.tables.get(_key(user_id, name)) is None:
            raise NotFound("secret", name)
        self.tables.delete(_key(user_id, name))

    def open(self, user_id: str, name: str) -> str | None:
        """Return the secret, None if there is none. Raises Corrupted, Conflict SECRETS_NOT_SET_UP."""
        raw = self.tables.get(_key(user_id, name))
        return None if raw is None else self.box.open(rows.load(Secret, raw).sealed, PURPOSE, user_id, name)

    def open_all(self, user_id: str, names: Iterable[str]) -> dict[str, str]:
        """Return those of the names that there are. Raises FetchFailed SECRET_LOST, Conflict SECRETS_NOT_SET_UP."""
        found = {}
        for name in names:
            try:
                value = self.open(user_id, name)
            except Corrupted as exc:
                raise FetchFailed(
                    "SECRET_LOST", f"The secret {name!r} can no longer be opened: the operator's key has changed.",
                    f"Store it again: nobrains secrets set {name}",
                ) from exc  # fmt: skip
            if value is not None:
                found[name] = value
        return found


def check_name(name: str) -> None:
    """Raise Invalid BAD_SECRET_NAME unless a secret may have this name."""
    if not NAME.fullmatch(name):
        detail = "Such a name has 1 to 63 letters, digits, dots, hyphens or underscores, a letter or digit first."
        raise Invalid("BAD_SECRET_NAME", detail, [{"field": "name", "detail": detail}])


def _key(user_id: str, name: str) -> str:
    return rows.key("secret", user_id, name)
