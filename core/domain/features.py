"""Records of features by key: which rows of a source answer for its keys, and which endpoints look them up.

They are records like those of `core.domain.records`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from core.domain.records import Json

MAX_LOOKUPS = 5
"""Sources that an endpoint may look its columns up in."""
MAX_KEYS = 2_000_000
"""Rows of a source that can be looked up, one a key."""
MAX_ROW_BYTES = 16 << 10
"""Of one of them as JSON: a request may bring 10,000 keys."""
MAX_SET_BYTES = 2 << 30
"""Of all of them together."""


@dataclass(frozen=True)
class Lookup:
    """An endpoint's columns that are looked up, where a request lacks them.

    Attributes:
        by: the columns that a request brings, which are the source's key, in its order.
    """

    source_id: str
    by: list[str]

    @staticmethod
    def of(said: Mapping[str, object]) -> Lookup:
        """Return the lookup of an entry of an endpoint's row: `by` is one name, or several."""
        by = said["by"]
        return Lookup(str(said["source_id"]), [by] if isinstance(by, str) else list(by))  # type: ignore[call-overload]

    def to_json(self) -> Json:
        """Return the entry of the endpoint's row."""
        return {"source_id": self.source_id, "by": self.by[0] if len(self.by) == 1 else self.by}


@dataclass(frozen=True)
class Generation:
    """The rows of one dataset of a source, once all of them are written. They never change.

    Attributes:
        id: part of the keys of its rows; never given again.
        dataset_id: whose rows they are.
        fetch: number of the fetch that has brought the dataset: a greater one is newer.
        key: the columns that are its key.
        numeric: for each of them, whether it holds numbers, so that 7, 7.0 and "7.0" are one key.
        columns: all others.
        rows: how many keys it has.
        at: when it was written.
    """

    id: str = ""
    dataset_id: str = ""
    fetch: int = 0
    key: list[str] = field(default_factory=list)
    numeric: list[bool] = field(default_factory=list)
    columns: list[str] = field(default_factory=list)
    rows: int = 0
    at: str = ""


@dataclass(frozen=True)
class FeatureSet:
    """Which rows of a source count: one row, and the write of it replaces one generation by the next.

    Attributes:
        current: the generation that answers; one without an id while there is none.
        building: id of one that is being written, "" for none.
        stale: {id, since} of those whose rows are to be deleted: replaced ones, and those whose writing has ended
            without an end.
        nonce: of the writer: two equal states that follow each other are two rows.
    """

    current: Generation = field(default_factory=Generation)
    building: str = ""
    stale: list[Json] = field(default_factory=list)
    nonce: str = ""

    @property
    def answers(self) -> Generation | None:
        """The generation that answers, None while there is none."""
        return self.current if self.current.id else None
