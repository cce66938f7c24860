"""What rows alone tell of an endpoint's requests: how many, until when, how many failed; which labels came for them.

No request is read for it: it is done for each endpoint each hour.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from core.domain.endpoints import Endpoint
from core.domain.ids import now
from core.domain.prediction_ids import least_id, predicted_at
from core.monitoring.failed_requests import FailedRequests
from core.requests.labels import Labels
from core.requests.request_log import RequestLog
from core.requests.segments import KINDS, below, between


@dataclass(frozen=True)
class Arrived:
    """Labels that have come.

    Attributes:
        seen: how far they are known now.
        times: of the requests that they are for, as first and last of each file of them; the first is None where that
            is not known.
    """

    seen: str
    times: list[tuple[datetime | None, datetime]]


class Traffic:
    """The requests of endpoints, counted."""

    def __init__(self, requests: RequestLog, labels: Labels, failed: FailedRequests) -> None:
        self.tables = requests.tables
        self.policy = requests.policy
        self.labels = labels
        self.failures = failed

    def is_kept(self, endpoint: Endpoint) -> bool:
        """Return whether requests of the endpoint are kept at all."""
        return self.policy.effective(endpoint.log).sample > 0

    def count(self, endpoint: Endpoint, start: datetime, end: datetime, enough: int | None = None) -> int:
        """Return how many requests are kept of a time; no more are counted than are enough.

        Those that were kept together with requests of just before or after it are counted as well.
        """
        low, high = _least_id(start), _least_id(end)
        count = 0
        for kind in KINDS:
            for found in between(self.tables, kind, endpoint, low, high):
                count += found.segment.rows
                if enough is not None and count >= enough:
                    return count
        return count

    def newest(self, endpoint: Endpoint) -> str | None:
        """Return when the newest request was that is kept, None if none is."""
        far = _least_id(datetime.fromisoformat(now()) + timedelta(days=1))
        found = (next(below(self.tables, kind, endpoint, far, 1), None) for kind in KINDS)
        lasts = [each.segment.last for each in found if each is not None]
        return predicted_at(max(lasts)) if lasts else None

    def failed(self, endpoint: Endpoint, start: datetime, end: datetime) -> int:
        """Return how many requests of a time failed."""
        return self.failures.count(endpoint, start, end)

    def labels_seen(self, endpoint: Endpoint) -> str:
        """Return how far labels are known now: the id of the newest."""
        return max((file.last for _, file in self.labels.files(endpoint)), default="")

    def labels_since(self, endpoint: Endpoint, seen: str) -> Arrived | None:
        """Return what labels have come since they were known so far, None if none have."""
        new = [file for _, file in self.labels.files(endpoint) if file.last > seen]
        if not new:
            return None
        times: list[tuple[datetime | None, datetime]] = []
        for file in new:
            if file.oldest:
                times.append((_time(file.oldest), _time(file.newest)))
            if file.with_keys:
                times.append((None, _time(file.last)))
        return Arrived(max(file.last for file in new), times)


def _time(id: str) -> datetime:
    return datetime.fromisoformat(predicted_at(id))


def _least_id(at: datetime) -> str:
    return least_id(int(at.astimezone(UTC).timestamp() * 1000))
