"""Delete what was asked under a key of the caller's, in the parent."""

from __future__ import annotations

import gzip
import time
from collections.abc import Collection
from datetime import UTC, datetime

import orjson

from core.domain.records import Json, TaskRef
from core.domain.states import RUNNING
from core.errors import BlobMissing
from core.requests.compactions import COMPACT
from core.requests.gather_task import endpoint_deleted
from core.requests.key_erasures import KeyErasure
from core.requests.labels import LabelFile
from core.requests.segments import KINDS, SegmentRow, below
from core.storage import blob_intents, rows
from worker.errors import TaskFailed
from worker.messages.of_kept_requests import ForgetRequest, ForgetResult
from worker.supervisor import TaskSupervisor
from worker.tasks.request_log.gathering import LOG_DELAY

LAST_ID = "v" * 20
PAUSE_S = 1.0
"""Seconds between looks at who moves segments."""


class RunningCompactions:
    """Tasks of a user that may just be putting segments together, as they have read them.

    One that waits for a worker has read nothing yet, and may wait for this very one. One that has not renewed its lease
    for as long as that lasts writes no more.
    """

    def __init__(self, supervisor: TaskSupervisor, user_id: str) -> None:
        self._service = supervisor.service
        self._user_id = user_id
        self._seen: dict[tuple[str, int, str], float] = {}

    def are_there(self) -> bool:
        """Return whether there are any now."""
        found = rows.scan_all(self._service.ports.tables, rows.prefix("active", COMPACT, self._user_id))
        refs = [TaskRef.parse(row.key.removeprefix("active#")) for row in found]
        now_s, lease_s = time.monotonic(), self._service.settings.lease_s
        ages = [
            now_s - self._seen.setdefault((ref.path, state.epoch, state.nonce), now_s)
            for ref, state in self._service.work.states(refs).items()
            if state.state == RUNNING
        ]
        return any(age_s <= lease_s for age_s in ages)


class ForgetHandler:
    """Look through the log again and again, until nothing of the key is left and nobody is moving segments."""

    def run(self, supervisor: TaskSupervisor) -> Json:
        """Return how many requests were deleted."""
        erasure = supervisor.service.erasures.find(supervisor.ref)
        if erasure is None:
            raise TaskFailed(endpoint_deleted())
        while datetime.now(UTC) < datetime.fromisoformat(erasure.at) + LOG_DELAY:
            supervisor.raise_if_interrupted()
            time.sleep(0.25)
        ids: set[str] = set()
        seen: set[str] = set()
        compactions = RunningCompactions(supervisor, erasure.endpoint.user_id)
        while True:
            was_moving = compactions.are_there()
            if not _one_pass(supervisor, erasure, ids, seen) and not was_moving:
                break
            if was_moving:
                supervisor.raise_if_interrupted()
                time.sleep(PAUSE_S)
        _forget_labels(supervisor, erasure, ids)
        supervisor.service.erasures.settle(erasure)
        return {"requests": len(ids)}


def _one_pass(supervisor: TaskSupervisor, erasure: KeyErasure, ids: set[str], seen: set[str]) -> bool:
    """Look through the segments that were not looked through before; return whether there were any."""
    tables = supervisor.service.ports.tables
    found = {
        each.segment.blob: each
        for kind in KINDS
        for each in below(tables, kind, erasure.endpoint, LAST_ID)
        if each.segment.blob not in seen
    }
    having = []
    for blob, each in found.items():
        seen.add(blob)
        result = _look_through(supervisor, erasure, each)
        if result is not None and result.changed:
            ids.update(result.ids)
            having.append(each)
    if having:  # Labels first: whoever goes on after a crash finds the ids no more in what was written anew.
        _forget_labels(supervisor, erasure, ids)
    for each in having:  # Written once more: the disk holds what is left of one segment, not of all.
        result = _look_through(supervisor, erasure, each)
        for changed in [] if result is None else result.changed:
            seen.add(_replace(supervisor, erasure, each, changed))
    return bool(found)


def _look_through(supervisor: TaskSupervisor, erasure: KeyErasure, found: SegmentRow) -> ForgetResult | None:
    """Have a segment written without the key; None if it was put together with others, which come next."""
    name = "segment.parquet" if found.segment.format == "parquet" else "segment.jsonl.gz"
    try:
        supervisor.fetch(found.segment.blob, name, deletable=True)
    except BlobMissing:
        return None
    supervisor.raise_if_interrupted()
    return supervisor.run(ForgetRequest([name], erasure.key), ForgetResult)


def _replace(supervisor: TaskSupervisor, erasure: KeyErasure, found: SegmentRow, changed: Json) -> str:
    """Let the segment's row name what is left of it; return its blob's name."""
    service = supervisor.service
    if changed["kept"] is None:
        service.erasures.replace_segment(erasure, found, None, 0, "", "")
        return ""
    blob = f"{found.segment.blob}-{supervisor.ref.id}-{supervisor.lease.epoch}"
    intent = service.erasures.announce(blob, found.key)
    info = supervisor.upload(blob, supervisor.folder / changed["kept"])
    kept = (changed["rows"], changed["first"], changed["last"])
    if not service.erasures.replace_segment(erasure, found, info, *kept):
        service.ports.blobs.delete(blob)
    blob_intents.confirm(service.ports.tables, intent)
    return blob


def _forget_labels(supervisor: TaskSupervisor, erasure: KeyErasure, ids: Collection[str]) -> None:
    """Write files of labels that name the key, or a prediction of it, anew without these."""
    labels = supervisor.service.labels
    seen: set[str] = set()
    # Until there is no file that was not looked through: small ones may just have been put together.
    while found := [each for each in labels.files(erasure.endpoint) if each[1].blob not in seen]:
        seen.update(file.blob for _, file in found)
        for row_key, file in found:
            _forget_in(supervisor, erasure, ids, row_key, file)


def _forget_in(
    supervisor: TaskSupervisor, erasure: KeyErasure, ids: Collection[str], row_key: str, file: LabelFile
) -> None:
    labels = supervisor.service.labels
    try:
        lines = gzip.decompress(b"".join(labels.blobs.read(file.blob))).splitlines(keepends=True)
    except BlobMissing:
        return  # It was put together with others, which are looked through next.
    supervisor.raise_if_interrupted()
    read = [orjson.loads(line) for line in lines]
    left = [
        line for line, each in zip(lines, read, strict=True) if each["key"] != erasure.key and each["id"] not in ids
    ]
    if len(left) < len(lines):
        supervisor.service.erasures.replace_labels(erasure, row_key, file, gzip.compress(b"".join(left)), len(left))
