"""What one user may have at once. The settings say it for everybody, an account's own row for one.

| quota | counted |
|---|---|
| datasets | datasets, however large |
| bytes | sizes of the datasets together, unpacked |
| running_jobs | trainings that run; more wait their turn |
| queued_jobs | trainings that wait or run |
| streams | open event streams |

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
    """The most of each that a user may have."""

    datasets: int
    bytes: int
    running_jobs: int
    queued_jobs: int
    streams: int


NAMES = tuple(field.name for field in fields(Quotas))


class QuotaService:
    """Looks up what a user may have."""

    def __init__(self, tables: Tables, settings: Settings) -> None:
        self.tables = tables
        self.settings = settings

    def for_user(self, user: User) -> Quotas:
        """The settings' quotas, but for those that the account has of its own."""
        everybodys = Quotas(
            datasets=self.settings.max_datasets,
            bytes=self.settings.max_stored_bytes,
            running_jobs=self.settings.max_running_jobs,
            queued_jobs=self.settings.max_queued_jobs,
            streams=self.settings.max_streams,
        )
        return replace(everybodys, **{name: most for name, most in user.quotas.items() if name in NAMES})

    def for_user_id(self, user_id: str) -> Quotas:
        """The same by the user's id, with one read; the settings' for an account that is gone."""
        raw = self.tables.get(rows.key("user", user_id))
        return self.for_user(rows.load(User, raw) if raw is not None else User(user_id, "", ""))


def quota_exceeded(quota: str, most: int, fix: str, retry_after_s: int | None = None) -> RequestError:
    """The refusal of what would go beyond a quota: TooMany where waiting helps, Conflict otherwise.

    Args:
        fix: a sentence: what the user can do about it.
    """
    detail = f"The quota {quota!r} of this account is {most:,}: this would exceed it. {fix}"
    entries = [{"field": quota, "detail": f"at most {most:,}", "hint": fix}]
    if retry_after_s is None:
        return Conflict("QUOTA_EXCEEDED", detail, entries)
    return TooMany("QUOTA_EXCEEDED", detail, retry_after_s, entries)
