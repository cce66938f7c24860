"""Deletion of what was asked under one key of the caller's: a person's data, wherever it lies in the log.

A worker looks through the segments and labels of the endpoint and writes those that have the key anew, without it. The
key itself is kept only until that is done.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from core.domain import states
from core.domain.endpoints import MAX_KEY_LENGTH, Endpoint
from core.domain.ids import new_id, now
from core.domain.records import Json, TaskRef, TaskState
from core.endpoints.endpoint_rows import EndpointRows
from core.errors import Invalid
from core.history.activity_log import ActivityLog
from core.ports import BlobInfo, Ports
from core.requests.gather_task import endpoint_deleted
from core.requests.labels import LabelFile, Labels
from core.requests.segments import Segment, SegmentRow
from core.storage import blob_intents, rows
from core.tasks.kinds import TaskKind
from core.tasks.lifecycle import TaskLifecycle
from core.tasks.on_demand import OnDemandTasks

FORGET = "forget"
"""Name of the kind of task that does it."""


@dataclass(frozen=True)
class KeyErasure:
    """What is to be deleted.

    Attributes:
        at: when that was asked for: what was asked until then goes.
    """

    endpoint: Endpoint
    key: str
    at: str


class KeyErasures:
    """Deletions of what was asked under a key."""

    def __init__(self, ports: Ports, work: TaskLifecycle, endpoints: EndpointRows, labels: Labels) -> None:
        self.tables = ports.tables
        self.blobs = ports.blobs
        self.endpoints = endpoints
        self.labels = labels
        self.tasks = OnDemandTasks(ports.tables, work, FORGET)

    def request(self, user_id: str, name: str, key: str) -> None:
        """Have a worker delete it. Raises NotFound, Invalid."""
        if not 0 < len(key) <= MAX_KEY_LENGTH:
            detail = f"Must be text of 1 to {MAX_KEY_LENGTH} characters."
            raise Invalid("VALIDATION_FAILED", f"key: {detail}", [{"field": "key", "detail": detail}])
        endpoint = self.endpoints.get(user_id, name)
        request = {"endpoint": name, "endpoint_id": endpoint.id, "key": key, "at": now()}
        ref = TaskRef(FORGET, user_id, new_id())
        self.tasks.work.register(ref)  # First: the sweeper has a request done whose process died right after it.
        self.tasks.request(ref, request)

    def find(self, ref: TaskRef) -> KeyErasure | None:
        """Return what a task is to delete; None if it is done, or the endpoint is gone."""
        request = self.tasks.request_of(ref)
        endpoint = None if request is None else self.endpoints.find(ref.user_id, request["endpoint"])
        if request is None or endpoint is None or endpoint.id != request["endpoint_id"]:
            return None
        return KeyErasure(endpoint, request["key"], request["at"])

    def exists(self, ref: TaskRef) -> bool:
        """Return whether the task is still to be done."""
        return self.tasks.request_of(ref) is not None

    def forget_request(self, ref: TaskRef) -> None:
        """Delete the key, then the task: what leads the sweeper to both goes last."""
        self.tables.delete(rows.key(FORGET, ref.user_id, ref.id))
        self.tasks.work.delete_rows(ref)

    def replace_segment(
        self, erasure: KeyErasure, found: SegmentRow, file: BlobInfo | None, n: int, first: str, last: str
    ) -> bool:
        """Let a segment's row name the file that was written anew, None for none; return whether it was as found.

        The blob of the rest is announced before it is written, under the row's key.
        """
        endpoint, owners = erasure.endpoint, {found.segment.blob: found.key}
        removals = blob_intents.record_removals(self.tables, endpoint.user_id, endpoint.id, owners)
        if file is None:
            done = self.tables.delete_if_unchanged(found.key, found.raw)
        else:
            segment: Segment = replace(
                found.segment, blob=file.name, size_bytes=file.size_bytes, rows=n, first=first, last=last
            )
            done = rows.compare_and_set(self.tables, found.key, rows.dump(segment), found.raw)
        if done:
            self.blobs.delete(found.segment.blob)
        blob_intents.confirm_removals(self.tables, removals)
        return done

    def settle(self, erasure: KeyErasure) -> None:
        """Delete files that a crash has left without a row: of an earlier try, or of who put them together."""
        endpoint = erasure.endpoint
        blob_intents.settle_removals(self.tables, self.blobs, endpoint.user_id, endpoint.id)

    def announce(self, blob: str, row: str) -> str:
        """Announce the blob that a row is about to name."""
        return blob_intents.record(self.tables, blob, row)

    def replace_labels(self, erasure: KeyErasure, key: str, file: LabelFile, data: bytes, n: int) -> None:
        """Write a file of labels anew, then delete it as it was."""
        kept = replace(file, rows=n)
        if not n or self.labels.write_file(erasure.endpoint, data, kept):
            self.labels.drop(erasure.endpoint, key, file)


class ForgetTask(TaskKind):
    """Delete what was asked under a key."""

    name = FORGET
    row_kinds = (FORGET,)

    def __init__(self, erasures: KeyErasures, activity: ActivityLog, forget_copies: Callable[[Endpoint], None]) -> None:
        self.erasures = erasures
        self.activity = activity
        self.forget_copies = forget_copies

    def missing_input(self, ref: TaskRef) -> Json | None:
        """Return an error if the endpoint was deleted, and all of its requests with it."""
        return None if self.erasures.find(ref) else endpoint_deleted()

    def exists(self, ref: TaskRef) -> bool:
        """Return whether the request is stored."""
        return self.erasures.exists(ref)

    def on_finished(self, ref: TaskRef, task_state: TaskState) -> None:
        """Record the end in the user's activity; the key is in it no more."""
        erasure = self.erasures.find(ref)
        if erasure is not None:
            self.forget_copies(erasure.endpoint)
            action = "requests.deleted" if task_state.state == states.SUCCEEDED else "requests.not_deleted"
            self.activity.record(ref.user_id, action, f"endpoint/{erasure.endpoint.name}", once=ref.path)
        self.erasures.forget_request(ref)
