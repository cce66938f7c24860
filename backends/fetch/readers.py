"""What reads each kind of source, as the settings allow. The libraries of each are loaded with the first one."""

from __future__ import annotations

from dataclasses import replace

from core.limits.outgoing import OutgoingPolicy
from core.settings import Settings
from core.source_ports import FetchLimits, SourceReader

HTTP, SQL, BUCKET = "http", "sql", "bucket"


class Readers:
    """Readers by the kind of source."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.policy = OutgoingPolicy.of(settings)
        self.limits = FetchLimits(
            min(settings.fetch_max_bytes, settings.max_upload_bytes),
            min(settings.fetch_max_rows, settings.max_rows),
            settings.fetch_seconds,
        )

    def of(self, kind: str, seconds: float | None = None) -> SourceReader:
        """Return what reads sources of this kind, in at most so many seconds."""
        limits = self.limits if seconds is None else replace(self.limits, seconds=min(seconds, self.limits.seconds))
        if kind == HTTP:
            from backends.fetch.http_source import HttpSource

            return HttpSource(self.policy, limits)
        if kind == SQL:
            from backends.fetch.sql_source import SqlSource

            return SqlSource(self.policy, limits, self.settings.fetch_sqlite)
        from backends.fetch.bucket_source import BucketSource

        return BucketSource(self.policy, limits, self.settings.fetch_ambient)
