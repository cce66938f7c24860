"""Upkeep of the logs of requests: days that are over are put together, and forgotten when their time has come."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import structlog

from core.domain.endpoints import Endpoint
from core.endpoints.endpoint_rows import is_there
from core.errors import NoBrainsError
from core.ports import Row, Tables
from core.requests.compactions import Compactions
from core.requests.request_log import RequestLog
from core.storage import rows

BATCH = 100
"""Endpoints of one round: each takes a few reads."""

log = structlog.get_logger(__name__)


class RequestLogUpkeep:
    """Does a few endpoints in each round of the sweeper."""

    def __init__(self, tables: Tables, requests: RequestLog, compactions: Compactions) -> None:
        self.tables = tables
        self.requests = requests
        self.compactions = compactions
        self._after: str | None = None

    def run(self, now_ms: int | None = None) -> None:
        """Do one round."""
        now_ms = time.time_ns() // 1_000_000 if now_ms is None else now_ms
        now = datetime.fromtimestamp(now_ms / 1000, UTC)
        for row in self._next():
            endpoint = rows.load(Endpoint, row.value)
            if not is_there(endpoint):
                continue
            try:
                self.requests.forget_day(endpoint, self.requests.kept_from(endpoint, now))
                self.compactions.request_due(endpoint, now_ms)
            except NoBrainsError as exc:
                log.warning("request_log.upkeep_failed", endpoint=endpoint.name, error=str(exc)[:300])

    def _next(self) -> list[Row]:
        found = self.tables.scan("endpoint#", BATCH, self._after)
        self._after = found[-1].key if len(found) == BATCH else None
        return found
