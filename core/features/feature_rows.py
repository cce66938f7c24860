"""Rows of features: `feature#user#source#generation#key`, and the one row that says which generation answers.

A generation is written under an id of its own while the one before it goes on answering, and takes its place by one
write. So a key that both have is never missing, a request sees the rows of one dataset, and whoever is late to write
or to delete does so to rows that nobody reads. What was replaced is deleted after readers have forgotten it.

| step | where a crash leaves it |
|---|---|
| a `due` row, for the sweep | it finds nothing to delete |
| the set names the generation that is to be written | the next one to be written puts it among the stale ones |
| its rows | as before |
| the set has it answer, and the former one is stale | done; the sweep deletes the former's rows |
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from core.domain.features import FeatureSet, Generation
from core.domain.ids import new_id, now, rfc3339
from core.domain.records import Json
from core.ports import Tables
from core.storage import due_rows, rows
from core.storage.due_rows import Due

KIND = "feature"
SET_KIND = "feature_set"
DUE_KIND = "features"
AFTER_DIGESTS = "g"
"""Sorts after every digest of a key, which is hexadecimal."""
SWEPT_AT_ONCE = 2000
"""Rows that a turn of the sweep deletes; what is left is done by the next one."""
GRACE = timedelta(minutes=2)
"""After which nobody reads a generation that was replaced, beyond the time that predictors go on with what is known."""


class FeatureRows:
    """Reads and writes features.

    Args:
        tables: hold them.
        stale_s: seconds for which a predictor may go on with a set that was replaced.
    """

    def __init__(self, tables: Tables, stale_s: float) -> None:
        self.tables = tables
        self.grace = GRACE + timedelta(seconds=stale_s)

    def find(self, user_id: str, source_id: str) -> FeatureSet | None:
        """Return which rows of a source count, None if none were ever written."""
        raw = self.tables.get(set_key(user_id, source_id))
        return None if raw is None else rows.load(FeatureSet, raw)

    def find_many(self, user_id: str, source_ids: Sequence[str]) -> dict[str, FeatureSet]:
        """Return the sets of those sources that have one."""
        keys = {set_key(user_id, source_id): source_id for source_id in source_ids}
        found = self.tables.get_many(list(keys)) if keys else {}
        return {keys[key]: rows.load(FeatureSet, raw) for key, raw in found.items()}

    def begin(self, user_id: str, source_id: str, dataset_id: str, fetch: int, key: Sequence[str]) -> str | None:
        """Begin a generation and return its id; None if the dataset's rows answer by this key, or newer ones do."""
        generation = new_id()
        self.have_swept(user_id, source_id)

        def begun(found: FeatureSet | None) -> FeatureSet | None:
            found = found or FeatureSet()
            current = found.current
            if current.fetch > fetch or (current.dataset_id, current.key) == (dataset_id, list(key)):
                return None
            return replace(_stale(found, found.building), building=generation, nonce=secrets.token_hex(4))

        written = rows.update(self.tables, set_key(user_id, source_id), FeatureSet, begun)
        return None if written is None else generation

    def put_many(self, user_id: str, source_id: str, generation: str, found: Mapping[str, bytes]) -> None:
        """Write rows of a generation, by the digests of their keys. It may be done twice."""
        start = rows.prefix(KIND, user_id, source_id, generation)
        self.tables.put_many({start + digest: value for digest, value in found.items()})

    def finish(self, user_id: str, source_id: str, generation: Generation) -> bool:
        """Have a generation answer, all of whose rows are written; False if another one was begun since."""

        def finished(found: FeatureSet | None) -> FeatureSet | None:
            if found is None or found.building != generation.id:
                return None
            return replace(_stale(found, found.current.id), current=generation, building="", nonce=secrets.token_hex(4))

        key = set_key(user_id, source_id)
        if rows.update(self.tables, key, FeatureSet, finished) is not None:
            self.have_swept(user_id, source_id)
            return True
        found = self.find(user_id, source_id)  # An earlier try may have been written, unheard.
        return found is not None and found.current.id == generation.id

    def have_swept(self, user_id: str, source_id: str) -> None:
        """Have the sweeper look at the source's rows, once nobody reads any more what is stale now."""
        at = datetime.fromisoformat(now()) + self.grace + timedelta(minutes=1)
        due_rows.put(self.tables, Due(due_rows.minute_of(rfc3339(at)), DUE_KIND, user_id, source_id))

    def sweep(self, due: Due, *, is_used: bool) -> None:
        """Delete rows that nobody reads, some at a time; and the `due` row once none of them is left.

        Args:
            due: names the source.
            is_used: whether any endpoint looks the source up. Else none of its generations answers any more.
        """
        user_id, source_id = due.user_id, due.id
        before = rfc3339(datetime.fromisoformat(now()) - self.grace)
        if not is_used:
            self._end_answers(user_id, source_id)
        if not self._delete_unread(user_id, source_id, before):
            return  # The `due` row leads here again.
        left = self._cross_out(user_id, source_id, before)
        if left is not None and left.stale:
            self.have_swept(user_id, source_id)
        elif left is not None and not is_used and not left.current.id and not left.building:
            self.tables.delete_if_unchanged(set_key(user_id, source_id), rows.dump(left))
        due_rows.delete(self.tables, due)

    def _end_answers(self, user_id: str, source_id: str) -> None:
        """Make all generations of the source stale."""

        def ended(found: FeatureSet | None) -> FeatureSet | None:
            if found is None or not (found.current.id or found.building):
                return None
            stale = _stale(_stale(found, found.building), found.current.id)
            return replace(stale, current=Generation(), building="", nonce=secrets.token_hex(4))

        rows.update(self.tables, set_key(user_id, source_id), FeatureSet, ended)

    def _delete_unread(self, user_id: str, source_id: str, before: str) -> bool:
        """Delete rows of generations that nobody reads, not too many; return whether none is left.

        The set is read after the rows, and names a generation before that has rows: so one that it does not name is
        over, and has these rows of a writer who was late.
        """
        start, after, left = rows.prefix(KIND, user_id, source_id), None, SWEPT_AT_ONCE
        while next_row := self.tables.scan(start, 1, after):
            generation = next_row[0].key.removeprefix(start).partition("#")[0]
            found = self.find(user_id, source_id) or FeatureSet()
            if generation not in (found.current.id, found.building, *_stale_since(found, before)):
                some = self.tables.scan(rows.prefix(KIND, user_id, source_id, generation), left)
                self.tables.delete_many([row.key for row in some])
                left -= len(some)
                if left <= 0:
                    return False
            after = f"{start}{generation}#{AFTER_DIGESTS}"
        return True

    def _cross_out(self, user_id: str, source_id: str, before: str) -> FeatureSet | None:
        """Forget the stale generations whose rows are deleted; return what stands."""

        def crossed_out(found: FeatureSet | None) -> FeatureSet | None:
            if found is None:
                return None
            young = _stale_since(found, before)
            left = [each for each in found.stale if each["id"] in young]
            return replace(found, stale=left, nonce=secrets.token_hex(4))

        return rows.update(self.tables, set_key(user_id, source_id), FeatureSet, crossed_out)


def set_key(user_id: str, source_id: str) -> str:
    """Return the key of the row that says which rows of a source count."""
    return rows.key(SET_KIND, user_id, source_id)


def row_key(user_id: str, source_id: str, generation: str, digest: str) -> str:
    """Return the key of the row with the features of a key."""
    return rows.key(KIND, user_id, source_id, generation, digest)


def dump_row(cells: Mapping[str, object]) -> bytes:
    """Return the bytes of a row: its cells by column, without those that are missing."""
    return rows.dump({name: cell for name, cell in cells.items() if cell is not None})


def load_row(value: bytes) -> Json:
    """Return the cells of a row by column; a column that is not there is missing."""
    found: Json = rows.load_json(value)
    return found


def _stale(found: FeatureSet, generation: str) -> FeatureSet:
    return replace(found, stale=[*found.stale, {"id": generation, "since": now()}]) if generation else found


def _stale_since(found: FeatureSet, before: str) -> list[str]:
    """Return the stale generations that some predictor may still read."""
    return [each["id"] for each in found.stale if each["since"] > before]
