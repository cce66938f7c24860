"""Fetch a source: from where it is into a blob, chunk by chunk; what becomes of the blob the service decides."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress

import structlog

from core.domain.records import Json
from core.domain.sources import FetchedFile, FetchPlan
from core.errors import FetchFailed, LeaseLost, Unavailable
from core.source_ports import AUTO, TRANSIENT, Opened, file_too_large
from core.storage import blob_intents
from core.storage.streams import limit_bytes
from worker.errors import ShuttingDown
from worker.fetcher.fetch_run import FetchRun

log = structlog.get_logger()

RETRY_AFTER_S = (2.0, 10.0)
"""Seconds between tries of one task: a server that is busy for longer is another fetch's."""
PROGRESS_S = 2.0


class FetchHandler:
    """Fetch a source. A conversion never happens here: bytes are stored as they come."""

    def run(self, run: FetchRun) -> Json:
        """Record what has come, or that nothing has changed. Raises FetchFailed."""
        sources = run.service.sources
        plan = run.retry_until_written(lambda: sources.begin(run.ref))
        if plan is None:
            return {}
        for pause_s in (*RETRY_AFTER_S, None):
            try:
                return self._try(run, plan)
            except FetchFailed as exc:
                if pause_s is None or exc.reason not in TRANSIENT:
                    raise
                log.info("fetch.retried", work=run.ref.path, reason=exc.reason)
                run.wait(pause_s)
        raise AssertionError("the last try returns or raises")

    def _try(self, run: FetchRun, plan: FetchPlan) -> Json:
        sources, source = run.service.sources, plan.source
        with run.opened(source.kind, source.spec, since=plan.since, cursor=plan.cursor) as opened:
            if opened is None:
                run.retry_until_written(lambda: sources.record_unchanged(plan))
                return {"unchanged": True}
            file = self._store(run, plan, opened)
        run.check()
        run.retry_until_written(lambda: sources.record(plan, file))
        return {"bytes": file.blob.size_bytes, "rows": file.rows}

    def _store(self, run: FetchRun, plan: FetchPlan, opened: Opened) -> FetchedFile:
        blob, intent = run.retry_until_written(lambda: run.service.sources.announce(plan, run.lease.epoch))
        settings = run.service.settings
        max_bytes = min(plan.max_bytes, settings.fetch_max_bytes)
        chunks = limit_bytes(_watched(run, opened.chunks), max_bytes, file_too_large(max_bytes))
        try:
            info = run.service.ports.blobs.write(blob, chunks)
        except (FetchFailed, LeaseLost, ShuttingDown):
            # Nothing was kept. While the store is away that is not known: then the intent stays.
            with suppress(Unavailable):
                blob_intents.confirm(run.service.ports.tables, intent)
            raise
        return FetchedFile(
            info, intent, opened.version, None if opened.format == AUTO else opened.format, opened.reading,
            opened.cursor, opened.rows,
        )  # fmt: skip


def _watched(run: FetchRun, chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Pass the chunks on, tell how many bytes have come, and end when the task is to."""
    size, recorded_at = 0, time.monotonic()
    for chunk in chunks:
        run.check()
        size += len(chunk)
        if time.monotonic() - recorded_at > PROGRESS_S:
            recorded_at = time.monotonic()
            with suppress(Unavailable):
                run.service.sources.record_progress(run.ref, size)
        yield chunk
