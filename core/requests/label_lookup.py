"""The truth of a few requests, found without joining all of them: for pages of the log."""

from __future__ import annotations

import gzip
from bisect import bisect_right, insort
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Lock
from typing import NamedTuple

import orjson

from core.domain.endpoints import Endpoint
from core.domain.prediction_ids import least_id, time_ms
from core.domain.records import Json
from core.errors import BlobMissing, Conflict
from core.requests.labels import LabelFile, Labels

ReadLog = Callable[[Endpoint, str, str], Iterator[tuple[str, bytes]]]
"""Yields the lines of an endpoint with ids in [low, high), each with its id."""

MAX_LABELS = 300_000
"""Labels that are looked through for a page."""
MAX_CACHED = 300_000
MAX_LATER = 50_000
"""Later requests that are looked through to see whether a key stands for one of them."""
UNRESOLVED: Json = {"label_unresolved": True}


class _Said(NamedTuple):
    """What a label says; the greater one counts."""

    at: str
    r: str
    value: str | float | None


@dataclass
class _Index:
    """The labels of a file, by what they name."""

    rows: int
    by_id: dict[str, _Said] = field(default_factory=dict)
    by_key: dict[str, list[_Said]] = field(default_factory=dict)


class LabelLookup:
    """Finds labels of requests as `worker.child.request_log.join` joins them. Safe from several threads.

    Args:
        labels: of all endpoints.
        read_log: reads requests.
    """

    def __init__(self, labels: Labels, read_log: ReadLog) -> None:
        self._labels = labels
        self._read_log = read_log
        self._lock = Lock()
        self._files: OrderedDict[str, _Index] = OrderedDict()

    def find(self, endpoint: Endpoint, lines: Sequence[Json]) -> Mapping[str, Json]:
        """Return {label, label_at} of the lines that have one, by their ids.

        A line whose key may stand for one of too many later requests has {label_unresolved: true}. Raises Conflict
        TOO_MANY_LABELS.
        """
        if not lines:
            return {}
        oldest = datetime.fromtimestamp(time_ms(min(line["id"] for line in lines)) / 1000, UTC)
        files = self._labels.since(endpoint, oldest)
        if sum(file.rows for file in files) > MAX_LABELS:
            detail = f"More than {MAX_LABELS:,} labels came since then: ask for later requests, or make a dataset."
            raise Conflict("TOO_MANY_LABELS", detail)
        indexes = [self._index(file) for file in files]
        newest = {line["id"]: said for line in lines for index in indexes if (said := index.by_id.get(line["id"]))}
        for index in indexes:
            for id in newest:
                newest[id] = max(newest[id], index.by_id.get(id, newest[id]))
        unresolved = self._find_by_key(endpoint, lines, indexes, newest)
        found = {
            id: {"label": said.value, "label_at": said.at} for id, said in newest.items() if said.value is not None
        }  # fmt: skip
        return {**found, **dict.fromkeys(unresolved, UNRESOLVED)}

    def _find_by_key(
        self, endpoint: Endpoint, lines: Sequence[Json], indexes: Sequence[_Index], newest: dict[str, _Said]
    ) -> set[str]:
        """Add what is said of keys; return the ids of lines of which that could not be found out."""
        said: dict[str, list[_Said]] = {}
        for key in {line["key"] for line in lines if line["key"] is not None}:
            if of_key := [each for index in indexes for each in index.by_key.get(key, ())]:
                said[key] = of_key
        if not said:
            return set()
        until = max(each.at for of_key in said.values() for each in of_key)
        predictions: dict[str, list[tuple[str, str]]] = {key: [] for key in said}
        for line in lines:
            if line["key"] in said:
                insort(predictions[line["key"]], (line["at"], line["id"]))
        if not self._add_later(endpoint, max(line["id"] for line in lines), until, predictions):
            return {line["id"] for line in lines if line["key"] in said}
        wanted = {line["id"] for line in lines}
        for key, of_key in said.items():
            for each in of_key:
                place = bisect_right(predictions[key], (each.at, "~"))
                id = predictions[key][place - 1][1] if place else ""
                if id in wanted:
                    newest[id] = max(newest.get(id, each), each)
        return set()

    def _add_later(
        self, endpoint: Endpoint, after: str, until: str, predictions: dict[str, list[tuple[str, str]]]
    ) -> bool:
        """Add requests of these keys made after an id, until a time; return whether all could be looked through."""
        high = least_id(int(datetime.fromisoformat(until).timestamp() * 1000) + 1)
        for count, (id, line) in enumerate(self._read_log(endpoint, after, high) if after < high else ()):
            if count == MAX_LATER:
                return False
            found = orjson.loads(line)
            if id > after and found["key"] in predictions:
                insort(predictions[found["key"]], (found["at"], id))
        return True

    def _index(self, file: LabelFile) -> _Index:
        with self._lock:
            if (known := self._files.get(file.blob)) is not None:
                self._files.move_to_end(file.blob)
                return known
        index = self._read(file)
        with self._lock:
            self._files[file.blob] = index
            while sum(each.rows for each in self._files.values()) > MAX_CACHED and len(self._files) > 1:
                self._files.popitem(last=False)
        return index

    def _read(self, file: LabelFile) -> _Index:
        index = _Index(file.rows)
        try:
            data = gzip.decompress(b"".join(self._labels.blobs.read(file.blob)))
        except BlobMissing:  # It is being forgotten, or put together with others.
            return index
        for line in map(orjson.loads, data.splitlines()):
            said = _Said(line["at"], line["r"], line["label"])
            if line["id"] is None:
                index.by_key.setdefault(line["key"], []).append(said)
            else:
                index.by_id[line["id"]] = max(index.by_id.get(line["id"], said), said)
        return index
