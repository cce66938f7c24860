"""What an endpoint is asked and told, as predictors and callers write it, and what is kept of that in a world."""

from __future__ import annotations

import gzip
import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
import pyarrow.parquet as pq

from core.domain.endpoints import Endpoint
from core.domain.prediction_ids import predicted_at, repeatable_ids, time_ms
from core.domain.records import Dataset, Json
from core.requests.labels import KIND as LABELS
from core.requests.request_log import NewSegment
from core.requests.segments import DAY_MS, KINDS, SEGMENT, Segment, floor
from core.storage import rows
from tests.simulation.played_search import SUMMARY
from tests.simulation.threads import BEGAN
from tests.simulation.world import World

ASKED: Json = {**SUMMARY, "features": [{"name": "a", "type": "number", "required": True}]}
"""Of a model that reads one column."""
OLD_MS = int(BEGAN.timestamp() * 1000) - 3 * DAY_MS // 2
"""Noon of a day that is over, and is put together."""


@dataclass
class Asked:
    """The requests that there should be: their keys by their ids, and what is true of those with a label."""

    keys: dict[str, str] = field(default_factory=dict)
    truth: dict[str, str] = field(default_factory=dict)

    def segment(self, endpoint: Endpoint, name: str, at_ms: int, keys: Sequence[str]) -> NewSegment:
        """One request for each key, in a new segment."""
        ids = sorted(repeatable_ids(name, at_ms, len(keys)))
        self.keys.update(zip(ids, keys, strict=True))
        lines = [
            {"id": id, "at": predicted_at(id), "v": 1, "alias": "champion", "key": key, "x": {"a": 1}, "y": "x",
             "p": [0.75, 0.25], "ms": 1.0, "rt": "engine"}
            for id, key in zip(ids, keys, strict=True)
        ]  # fmt: skip
        data = gzip.compress(b"".join(orjson.dumps(line) + b"\n" for line in lines))
        return NewSegment(endpoint, floor(at_ms, DAY_MS), data, len(ids), ids[0], ids[-1], name)

    def forget(self, key: str) -> set[str]:
        """What was asked under the key should not be there any more; return its ids."""
        gone = {id for id, of in self.keys.items() if of == key}
        for id in gone:
            del self.keys[id]
            self.truth.pop(id, None)
        return gone


def is_put_together(world: World) -> bool:
    """Return whether no request of the day that is over is in a segment any more."""
    segments = [rows.load(Segment, row.value) for row in world.tables.scan(f"{SEGMENT}#")]
    return all(floor(time_ms(each.first), DAY_MS) != floor(OLD_MS, DAY_MS) for each in segments)


def kept_requests(world: World) -> Counter[str]:
    """How often each request is kept, by its id."""
    found: Counter[str] = Counter()
    for kind in KINDS:
        for row in world.tables.scan(f"{kind}#"):
            found.update(line["id"] for line in read(world, rows.load_json(row.value)["blob"]))
    return found


def kept_labels(world: World) -> list[Json]:
    """Each label that is kept."""
    files = [rows.load_json(row.value)["blob"] for row in world.tables.scan(f"{LABELS}#")]
    return [line for file in files for line in read(world, file)]


def gathered(world: World, dataset: Dataset) -> list[tuple[str, str]]:
    """The requests of a dataset and what it says was true, in order."""
    assert dataset.original is not None
    names = (dataset.origin or {})["columns"]
    lines = read(world, dataset.original["blob"])
    return sorted((line[names["prediction_id"]], line[names["label"]]) for line in lines)


def read(world: World, blob: str) -> list[Any]:
    """The lines of a blob, JSON or Parquet."""
    data = world.blobs.blobs[blob]
    if data.startswith(b"PAR1"):
        return list(pq.read_table(io.BytesIO(data)).to_pylist())
    return [orjson.loads(line) for line in gzip.decompress(data).splitlines()]


def blobs_with(world: World, text: str) -> list[str]:
    """The blobs in which a text stands."""
    found = []
    for name, data in world.blobs.blobs.items():
        is_packed = data.startswith((b"PAR1", b"\x1f\x8b"))
        if text in (str(read(world, name)) if is_packed else data.decode(errors="replace")):
            found.append(name)
    return found
