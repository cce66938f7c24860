"""Upkeep of labels: small files of a day become one, and those of forgotten requests go.

Feedback of devices comes one by one, and each of it is a file; whoever reads labels should not open thousands.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import groupby

from core.domain.endpoints import Endpoint
from core.domain.prediction_ids import least_id, time_ms
from core.endpoints.endpoint_rows import is_there
from core.errors import BlobMissing
from core.ports import Row
from core.requests.key_erasures import FORGET
from core.requests.labels import LabelFile, Labels
from core.requests.log_settings import LogPolicy
from core.storage import rows

DAY_MS = 24 * 3600 * 1000
SETTLED_MS = 10 * 60 * 1000
"""Age at which a file is put together with others: nobody is writing beside it any more."""
MIN_FILES = 8
MAX_PART_BYTES = 1 << 20
MAX_BYTES = 8 << 20
MAX_FORGOTTEN = 1000
"""Files of one endpoint that are deleted in one round."""

Listed = tuple[str, LabelFile]


class LabelUpkeep:
    """Does the upkeep of endpoints' labels."""

    def __init__(self, labels: Labels, policy: LogPolicy) -> None:
        self.labels = labels
        self.policy = policy

    def run(self, endpoints: list[Row], now_ms: int | None = None) -> None:
        """Do it for the endpoints in these rows. Every step may be done twice, and by two processes."""
        now_ms = time.time_ns() // 1_000_000 if now_ms is None else now_ms
        for row in endpoints:
            endpoint = rows.load(Endpoint, row.value)
            if not is_there(endpoint):
                continue
            # A request of the last day that is kept may get a label until that day is forgotten.
            days = self.policy.effective(endpoint.log).days + 1
            self.labels.forget_before(endpoint, now_ms - days * DAY_MS, MAX_FORGOTTEN)
            for part in self._parts(endpoint, now_ms):
                if not self._is_forgetting(endpoint):
                    self._put_together(endpoint, part)

    def _is_forgetting(self, endpoint: Endpoint) -> bool:
        """Return whether labels of a key are being deleted: what was read before would come back with the others.

        Such a task waits for seconds before it begins, and looks until there is no new file: so whoever has just asked
        this is through, or seen.
        """
        return bool(self.labels.tables.scan(rows.prefix("active", FORGET, endpoint.user_id), 1))

    def _parts(self, endpoint: Endpoint, now_ms: int) -> Iterator[list[Listed]]:
        """Yield files that are to become one: of one day, and small."""
        settled = least_id(now_ms - SETTLED_MS)
        small = [each for each in self.labels.files(endpoint) if _is_small(each[1], settled)]
        for _, of_day in groupby(small, key=lambda each: time_ms(each[1].first) // DAY_MS):
            part: list[Listed] = []
            size = 0
            for each in of_day:
                if size + each[1].size_bytes > MAX_BYTES:
                    yield part
                    part, size = [], 0
                part.append(each)
                size += each[1].size_bytes
            if len(part) >= MIN_FILES:
                yield part

    def _put_together(self, endpoint: Endpoint, part: list[Listed]) -> None:
        """Write the whole, then delete the parts: a label that is in both for a while is the same label."""
        files = [file for _, file in part]
        try:
            # What gzip has packed in several parts, one behind the other, is one file to whoever unpacks it.
            data = b"".join(chunk for file in files for chunk in self.labels.blobs.read(file.blob))
        except BlobMissing:
            return  # Another process was quicker.
        whole = LabelFile(
            endpoint.id, "", sum(file.rows for file in files), len(data), files[0].first,
            max(file.last for file in files), any(file.with_keys for file in files),
            min((file.oldest for file in files if file.oldest), default=""), max(file.newest for file in files),
        )  # fmt: skip
        if self.labels.write_file(endpoint, data, whole):
            for key, file in part:
                self.labels.drop(endpoint, key, file)


def _is_small(file: LabelFile, settled: str) -> bool:
    return file.last < settled and file.size_bytes < MAX_PART_BYTES
