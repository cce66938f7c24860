"""What became of predictions: labels that came for them, kept as they came and joined when they are read.

A label names a prediction by its id, or by the caller's own key; it may come late, be corrected, or be taken back. None
is ever changed: `worker.child.request_log.join` says which of several counts. Labels that came together are one file,
gzip of JSON lines `{r, id, key, label, at}`, where `r` sorts by the time at which each came.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

import orjson

from core.domain.endpoints import Endpoint
from core.domain.prediction_ids import PredictionIds, least_id, time_ms
from core.endpoints.endpoint_rows import EndpointRows
from core.ports import Ports
from core.storage import blob_intents, rows

KIND: Final = "labels"
PACKING_LEVEL = 3


@dataclass(frozen=True)
class Label:
    """What is said of a prediction.

    Attributes:
        prediction_id: of the prediction; None where the key names it.
        key: the caller's own name of the row: its newest prediction at or before `at` is meant.
        value: a class as predictions write it, or a number; None takes back what was said.
        at: since when it is said to be true, as rows have times.
    """

    prediction_id: str | None
    key: str | None
    value: str | float | None
    at: str


@dataclass(frozen=True)
class LabelFile:
    """Labels that are kept together.

    Attributes:
        endpoint_id: of the endpoint of this name that they belong to.
        rows: how many they are.
        first, last: the least and the greatest `r` of them.
        with_keys: whether any of them names a key.
        oldest, newest: the least and the greatest id of a prediction that they name; "" where none names one.
    """

    endpoint_id: str
    blob: str
    rows: int
    size_bytes: int
    first: str
    last: str
    with_keys: bool = False
    oldest: str = ""
    newest: str = ""


class Labels:
    """The labels of endpoints' predictions."""

    def __init__(self, ports: Ports, endpoints: EndpointRows) -> None:
        self.tables = ports.tables
        self.blobs = ports.blobs
        self.endpoints = endpoints
        self.ids = PredictionIds()

    def write(self, endpoint: Endpoint, labels: Sequence[Label]) -> bool:
        """Keep labels, durably on return: announcement, file, row. Raises Unavailable; then it may be called again.

        Returns whether they count: an endpoint that is gone takes none any more.
        """
        ids = self.ids.make(len(labels))
        if not ids or not self.endpoints.is_current(endpoint):
            return not ids
        lines = (
            orjson.dumps(
                {"r": id, "id": each.prediction_id, "key": each.key, "label": each.value, "at": each.at},
                option=orjson.OPT_APPEND_NEWLINE,
            )
            for id, each in zip(ids, labels, strict=True)
        )
        data = gzip.compress(b"".join(lines), PACKING_LEVEL)
        with_keys = any(each.prediction_id is None for each in labels)
        named = [each.prediction_id for each in labels if each.prediction_id is not None]
        about = LabelFile(
            endpoint.id, "", len(ids), 0, ids[0], ids[-1], with_keys, min(named, default=""), max(named, default="")
        )
        return self.write_file(endpoint, data, about)

    def write_file(self, endpoint: Endpoint, data: bytes, about: LabelFile) -> bool:
        """Keep a file of labels, which is `about` but for its blob; return whether it counts."""
        blob = f"{day_prefix(endpoint, about.first)}{about.first}-{about.rows}"
        key = rows.key(KIND, endpoint.user_id, endpoint.name, about.first, blob.rpartition("-")[2])
        intent = blob_intents.record(self.tables, blob, key)
        self.blobs.write(blob, [data], overwrite=True)  # Nobody else writes this name.
        file = replace(about, endpoint_id=endpoint.id, blob=blob, size_bytes=len(data))
        self.tables.put(key, rows.dump(file))
        if is_kept := self.endpoints.is_current(endpoint):
            blob_intents.confirm(self.tables, intent)
        else:  # Its deletion may not have seen the row.
            self.tables.delete(key)
            self.blobs.delete(blob)
        return is_kept

    def since(self, endpoint: Endpoint, at: datetime) -> list[LabelFile]:
        """Return the files with labels that came at or after a time: nobody knows the truth before the prediction."""
        low = least_id(int(at.timestamp() * 1000))
        return [file for _, file in self.files(endpoint) if file.last >= low]

    def files(self, endpoint: Endpoint) -> Iterator[tuple[str, LabelFile]]:
        """Yield all files of an endpoint with the keys of their rows, the oldest first."""
        for row in rows.scan_all(self.tables, rows.prefix(KIND, endpoint.user_id, endpoint.name)):
            file = rows.load(LabelFile, row.value)
            if file.endpoint_id == endpoint.id:
                yield row.key, file

    def drop(self, endpoint: Endpoint, key: str, file: LabelFile) -> None:
        """Delete a file: its row first, so that each that is listed is whole."""
        removals = blob_intents.record_removals(self.tables, endpoint.user_id, endpoint.id, {file.blob: key})
        self.tables.delete(key)
        self.blobs.delete(file.blob)
        blob_intents.confirm_removals(self.tables, removals)

    def forget_before(self, endpoint: Endpoint, limit_ms: int, most: int) -> int:
        """Delete files of which every label came before a time, at most so many; return how many were deleted.

        Predictions that they name were made before them, and are forgotten by then.
        """
        limit, deleted = least_id(limit_ms), 0
        for key, file in self.files(endpoint):
            if file.last >= limit or deleted == most:
                break
            self.drop(endpoint, key, file)
            deleted += 1
        return deleted

    def erase(self, user_id: str, name: str, endpoint_id: str) -> None:
        """Delete all labels of an endpoint that is gone. May be done twice."""
        for row in rows.scan_all(self.tables, rows.prefix(KIND, user_id, name)):
            if rows.load(LabelFile, row.value).endpoint_id == endpoint_id:
                self.tables.delete_if_unchanged(row.key, row.value)
        blob_intents.delete_blobs(self.blobs, labels_prefix(user_id, endpoint_id))


def labels_prefix(user_id: str, endpoint_id: str) -> str:
    """Return what the names of all files of an endpoint's labels begin with."""
    return f"{user_id}/labels/{endpoint_id}/"


def day_prefix(endpoint: Endpoint, id: str) -> str:
    """Return what the names of all files of the day of an `r` begin with."""
    day = datetime.fromtimestamp(time_ms(id) / 1000, UTC)
    return f"{labels_prefix(endpoint.user_id, endpoint.id)}{day:%Y-%m-%d}/"
