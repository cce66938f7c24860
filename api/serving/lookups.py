"""Columns that requests of an endpoint lack, looked up by keys that they bring.

Which rows of a source answer is remembered for a second, as endpoints are; rows of a generation never change, and are
remembered as long as there is room. What is not known is read in one go for all rows of a request.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Any

from api.serving.row_predictions import Columns
from api.serving.rows import Rows
from core.domain.endpoints import Endpoint
from core.domain.features import Generation, Lookup
from core.domain.records import Json
from core.features.feature_rows import load_row, row_key
from core.features.features import digest_of
from core.storage.fresh_cache import FreshCache

if TYPE_CHECKING:
    from automl.inference.input_warnings import Flagged
    from core.service import Service

MAX_BYTES = 64 << 20
"""Of the rows that a process remembers, as JSON."""
ROW_BYTES = 500
"""About what a row takes in memory besides."""


@dataclass(frozen=True)
class Completed:
    """The columns that models read, and what was not found for them."""

    columns: Columns
    not_found: Sequence[Flagged] = ()


@dataclass(frozen=True)
class _Need:
    """What is looked up in one source: the row's key of each row of the request, and which columns lack which rows."""

    lookup: Lookup
    keys: dict[int, str | None]
    lacking: Mapping[str, Sequence[int]]


class EndpointLookups:
    """Looks columns up. Safe from several threads."""

    def __init__(self, service: Service, max_bytes: int = MAX_BYTES) -> None:
        self._features = service.features
        self._sets = FreshCache("features", self._read_set, service.settings.serve_stale_s)
        self._rows = _RememberedRows(max_bytes)

    def complete(self, endpoint: Endpoint, rows: Rows, names: Sequence[str]) -> Completed:
        """Return the columns of those names that the request has, or that are looked up.

        What the request has brought stays as it is, row by row. A key that is not there gives nulls, and is told.

        Args:
            endpoint: whose columns they are.
            rows: of the request.
            names: of the columns that models read.

        Raises Unavailable.
        """
        columns: dict[str, Any] = {name: rows.columns[name] for name in names if name in rows.columns}
        needs = self._needs(endpoint, rows, names)
        found = self._read({key for need in needs for key in need.keys.values() if key is not None})
        for need in needs:
            for name, places in need.lacking.items():
                cells = list(columns[name]) if name in columns else [None] * rows.n
                for place in places:
                    key = need.keys[place]
                    cells[place] = found[key].get(name) if key in found else None
                columns[name] = cells
        not_found = [flagged for need in needs if (flagged := _not_found(need, rows.columns, found)) is not None]
        return Completed(columns, not_found)

    def gives(self, endpoint: Endpoint, names: Collection[str]) -> set[str]:
        """Return the columns that can be looked up for a table which has columns of those names."""
        given: set[str] = set()
        for lookup in map(Lookup.of, endpoint.lookup):
            generation = self._generation(endpoint, lookup)
            if generation is not None and set(lookup.by) <= set(names):
                given.update(generation.columns)
        return given - set(names)

    def _needs(self, endpoint: Endpoint, rows: Rows, names: Sequence[str]) -> list[_Need]:
        lacking = {name: places for name in names if (places := rows.without(name))}
        needs = []
        for lookup in map(Lookup.of, endpoint.lookup):
            if not lacking or any(name not in rows.columns for name in lookup.by):
                continue
            generation = self._generation(endpoint, lookup)
            given = set(generation.columns) if generation else set()
            mine = {name: lacking.pop(name) for name in names if name in lacking and name in given}
            at = sorted(set[int]().union(*(mine if generation else lacking).values()))
            if at:
                by = [rows.columns[name] for name in lookup.by]
                keys = {place: self._key(endpoint, lookup, generation, [cells[place] for cells in by]) for place in at}
                needs.append(_Need(lookup, keys, mine))
        return needs

    def _key(
        self, endpoint: Endpoint, lookup: Lookup, generation: Generation | None, cells: Sequence[Any]
    ) -> str | None:
        digest = None if generation is None else digest_of(cells, generation.numeric)
        if generation is None or digest is None:
            return None
        return row_key(endpoint.user_id, lookup.source_id, generation.id, digest)

    def _generation(self, endpoint: Endpoint, lookup: Lookup) -> Generation | None:
        """Return the rows that answer, None if there are none, or the source has another key since."""
        generation = self._sets.get((endpoint.user_id, lookup.source_id))
        return generation if generation is not None and generation.key == lookup.by else None

    def _read_set(self, key: tuple[str, str]) -> Generation | None:
        found = self._features.rows.find(*key)
        return None if found is None else found.answers

    def _read(self, keys: Collection[str]) -> dict[str, Json]:
        known, unknown = self._rows.get_many(keys)
        if unknown:
            read = self._features.tables.get_many(unknown)
            fresh = {key: (load_row(raw), len(raw)) for key, raw in read.items()}
            self._rows.keep({key: fresh.get(key, (None, 0)) for key in unknown})
            known |= {key: cells for key, (cells, _) in fresh.items()}
        return known


class _RememberedRows:
    """Rows that were read, those used last first to stay."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._lock = Lock()
        self._rows: dict[str, tuple[Json | None, int]] = {}
        self._size_bytes = 0

    def get_many(self, keys: Collection[str]) -> tuple[dict[str, Json], list[str]]:
        """Return the rows that are known, without those that are known to be none, and the keys of all others."""
        known: dict[str, Json] = {}
        unknown = []
        with self._lock:
            for key in keys:
                entry = self._rows.pop(key, None)
                if entry is None:
                    unknown.append(key)
                    continue
                self._rows[key] = entry
                if entry[0] is not None:
                    known[key] = entry[0]
        return known, unknown

    def keep(self, read: Mapping[str, tuple[Json | None, int]]) -> None:
        """Remember rows, each with its size in bytes, or that there is none; forget others where there is no room."""
        with self._lock:
            for key, (cells, size_bytes) in read.items():
                former = self._rows.pop(key, None)
                self._size_bytes -= former[1] if former else 0
                self._rows[key] = (cells, size_bytes + ROW_BYTES)
                self._size_bytes += size_bytes + ROW_BYTES
            while self._size_bytes > self._max_bytes:
                _, size_bytes = self._rows.pop(next(iter(self._rows)))
                self._size_bytes -= size_bytes


def lookup_keys(endpoint: Endpoint) -> list[str]:
    """Return the columns by which an endpoint looks others up."""
    return [name for each in endpoint.lookup for name in Lookup.of(each).by]


def _not_found(need: _Need, columns: Columns, found: Mapping[str, Json]) -> Flagged | None:
    """Return the rows of which the key is not there, with their keys; None if all are."""
    places = [place for place, key in need.keys.items() if key not in found]
    if not places:
        return None
    import numpy as np

    from automl.inference.input_warnings import KEY_NOT_FOUND, Flagged

    cells = [", ".join("" if (cell := columns[name][place]) is None else str(cell) for name in need.lookup.by)
             for place in places]  # fmt: skip
    return Flagged({"name": ", ".join(need.lookup.by), "type": "category"}, KEY_NOT_FOUND, np.array(places), cells)
