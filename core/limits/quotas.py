"""Quotas of a user. The settings give them for all users, an account's own row for one.

| quota | counted |
|---|---|
| datasets | datasets, however large |
| bytes | sizes of the datasets and uploaded models together, unpacked |
| running_jobs | trainings that run; more wait their turn |
| queued_jobs | trainings that wait or run |
| streams | open event streams |
| endpoints | endpoints, however many versions each has |

All are counted in the tables, so that they hold for all processes together.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

from core.domain.users import User
from core.errors import Conflict, RequestError, TooMany
from core.ports import Tables
from core.settings import Settings
from core.storage import rows


@dataclass(frozen=True)
class Quotas:
    """Maximum of each quantity that a user may have."""

    datasets: int
    bytes: int
    running_jobs: int
    queued_jobs: int
    streams: int
    endpoints: int


NAMES = tuple(field.name for field in fields(Quotas))


class QuotaService:
    """Determines the quotas of a user."""

    def __init__(self, tables: Tables, settings: Settings) -> None:
        self.tables = tables
        self.settings = settings

    def for_user(self, user: User) -> Quotas:
        """Return the settings' quotas, except those that the account has of its own."""
        everybodys = Quotas(
            datasets=self.settings.max_datasets,
            bytes=self.settings.max_stored_bytes,
            running_jobs=self.settings.max_running_jobs,
            queued_jobs=self.settings.max_queued_jobs,
            streams=self.settings.max_streams,
            endpoints=self.settings.max_endpoints,
        )
        return replace(everybodys, **{name: most for name, most in user.quotas.items() if name in NAMES})

    def for_user_id(self, user_id: str) -> Quotas:
        """Return the quotas for a user's id, with one read; the settings' for an account that was deleted."""
        raw = self.tables.get(rows.key("user", user_id))
        return self.for_user(rows.load(User, raw) if raw is not None else User(user_id, "", ""))


def quota_exceeded(quota: str, most: int, fix: str, retry_after_s: int | None = None) -> RequestError:
    """Make the error for a request beyond a quota: TooMany if waiting helps, Conflict otherwise.

    Args:
        quota: the name of the quota.
        most: its value.
        fix: a sentence that says what the user can do about it.
        retry_after_s: seconds after which waiting may have helped; None if waiting does not help.
    """
    detail = f"The quota {quota!r} of this account is {most:,}: this request would exceed it. {fix}"
    entries = [{"field": quota, "detail": f"at most {most:,}", "hint": fix}]
    if retry_after_s is None:
        return Conflict("QUOTA_EXCEEDED", detail, entries)
    return TooMany("QUOTA_EXCEEDED", detail, retry_after_s, entries)
