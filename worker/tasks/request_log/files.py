"""Fetch the requests of an endpoint, and what is said of them, into the folder of a child."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from core.domain.endpoints import Endpoint
from core.errors import BlobMissing, Unavailable
from core.requests.segments import Segment
from worker.supervisor import TaskSupervisor

TRIES = 4
PAUSE_S = 0.5
Choose = Callable[[list[Segment]], list[Segment]]


@dataclass(frozen=True)
class RequestFiles:
    """Names of files in the folder, for `worker.child.request_log.table`."""

    segments: list[str]
    labels: list[str]
    share: float = 1.0
    """Of the segments that there are."""


def fetch_requests(
    supervisor: TaskSupervisor, endpoint: Endpoint, start: datetime, end: datetime, choose: Choose = lambda found: found
) -> RequestFiles:
    """Fetch the segments of the time from `start` to `end`, and the labels that came since.

    Where labels name keys, the segments after the end, too: a later prediction of a key may be the one that is meant.
    `choose` says which segments are enough. Days whose time is over are left out, whether they are deleted already or
    not. Files that are put together, and deleted, meanwhile are looked for again. Raises Unavailable.
    """
    service = supervisor.service
    for attempt in range(TRIES):
        # Anew each time: its settings may be what has changed, and days may be forgotten since.
        current = service.endpoints.find(endpoint.user_id, endpoint.name)
        endpoint = current if current is not None and current.id == endpoint.id else endpoint
        now = datetime.now(UTC)
        start = max(start, service.requests.kept_from(endpoint, now))
        # Labels first: what they name was logged before.
        labels = service.labels.since(endpoint, start)
        until = max(end, now) if any(each.with_keys for each in labels) else end
        there = service.requests.segments(endpoint, start, until)
        segments = choose(there) if until == end else there  # Of a key all predictions must be known.
        parquet = [each.format == "parquet" for each in segments]
        try:
            return RequestFiles(
                _fetch(supervisor, [each.blob for each in segments], "segment", parquet),
                _fetch(supervisor, [each.blob for each in labels], "labels", [False] * len(labels)),
                len(segments) / len(there) if there else 1.0,
            )
        except BlobMissing:
            supervisor.raise_if_interrupted()
            time.sleep(PAUSE_S * 2**attempt)
    raise Unavailable("the requests change faster than they can be read")


def _fetch(supervisor: TaskSupervisor, blobs: Sequence[str], name: str, parquet: Sequence[bool]) -> list[str]:
    names = []
    for number, (blob, is_parquet) in enumerate(zip(blobs, parquet, strict=True)):
        names.append(f"{name}-{number:05d}{'.parquet' if is_parquet else '.jsonl.gz'}")
        supervisor.fetch(blob, names[-1], deletable=True)
        supervisor.raise_if_interrupted()
    return names
