"""Fetches of sources: ask for one, see how far it is, find data that are new enough.

One fetch of a source is done at a time. While one waits, whoever asks for another gets that one: it will see the data
as they are then. While one is under way the next one waits for its end, as what it reads may have changed since.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice

from core.datasets.datasets import Datasets
from core.datasets.states import REJECTED
from core.domain import states
from core.domain.ids import new_id, now
from core.domain.records import Dataset, Json, TaskRef, TaskState
from core.domain.sources import FAILED, FETCHING, GOOD, WAITING, Fetch, Source
from core.sources.source_rows import SourceRows, fetch_key
from core.storage import rows
from core.storage.idempotency import reserve, reserved
from core.storage.rows import Page
from core.tasks.lifecycle import TaskLifecycle

LOOKED_BACK = 200
"""Fetches among which the newest good one is looked for: before that everything has failed for long."""


class Fetches:
    """The fetches of a user's sources."""

    def __init__(self, source_rows: SourceRows, work: TaskLifecycle, datasets: Datasets) -> None:
        self.tables = source_rows.tables
        self.rows = source_rows
        self.work = work
        self.datasets = datasets

    def request(self, user_id: str, source_id: str, why: Json, *, key: str | None = None) -> Fetch:
        """Ask for a fetch and return it, or the one that waits already.

        Args:
            user_id: the owner.
            source_id: of the source.
            why: what asks for it: {kind, …}.
            key: the same key returns the same fetch, however often it is asked for.

        Raises NotFound for the source.
        """
        source = self.rows.get(user_id, source_id)
        digest = "" if key is None else rows.digest(key)
        known = reserved(self.tables, user_id, f"fetch-{source_id}", key, "")
        fetch = None if known is None else self.rows.fetch(user_id, source_id, int(known))
        if fetch is None:
            fetch = self._newest_or_new(source, why, digest)
            reserve(self.tables, user_id, f"fetch-{source_id}", key, "", str(fetch.number))
        if not fetch.is_over:
            self.work.enqueue(fetch.ref)
        return self._shown(fetch, self.work.state(fetch.ref))

    def _newest_or_new(self, source: Source, why: Json, digest: str) -> Fetch:
        while True:
            recent = list(islice(self.rows.fetches(source.user_id, source.id), 20))
            if digest and (same := next((each for each in recent if each.key_digest == digest), None)):
                return same  # Its request crashed before it was remembered.
            newest = recent[0] if recent else None
            if newest is not None and self._still_waits(newest) and newest.revision == source.revision:
                return newest
            made = source.id if source.once else new_id()  # What is fetched once is there already.
            fetch = Fetch(
                newest.number + 1 if newest else 1, source.id, source.user_id, now(), made, source.revision,
                why=why, key_digest=digest,
            )  # fmt: skip
            self.work.register(fetch.ref)
            key = fetch_key(source.user_id, source.id, fetch.number)
            if self.tables.put_if_absent(key, rows.dump(fetch)):
                return fetch

    def _still_waits(self, fetch: Fetch) -> bool:
        task_state = self.work.state(fetch.ref)
        return fetch.state == WAITING and (task_state is None or task_state.state == states.QUEUED)

    def of(self, user_id: str, source_id: str, number: int) -> Fetch | None:
        """Return a fetch as it is now, None if there is none."""
        fetch = self.rows.fetch(user_id, source_id, number)
        return None if fetch is None else self._shown(fetch, self.work.state(fetch.ref))

    def page(self, user_id: str, source_id: str, size: int, after: str | None = None) -> Page[Fetch]:
        """Return a page of the fetches of a source, newest first; raises NotFound."""
        self.rows.get(user_id, source_id)
        found = self.rows.fetch_page(user_id, source_id, size, after)
        return Page(self.shown(found.items), found.next)

    def shown(self, fetches: list[Fetch]) -> list[Fetch]:
        """Return fetches as they are now."""
        task_states = self.work.states([each.ref for each in fetches])
        return [self._shown(each, task_states.get(each.ref)) for each in fetches]

    def _shown(self, fetch: Fetch, task_state: TaskState | None) -> Fetch:
        if fetch.is_over or task_state is None:
            return fetch
        fetch = replace(fetch, started_at=task_state.started_at)
        if task_state.state == states.RUNNING:
            return replace(fetch, state=FETCHING, bytes=self._progress(fetch.ref))
        if task_state.state in (states.FAILED, states.CANCELLED):  # Its end is about to be recorded.
            return replace(fetch, state=FAILED, ended_at=task_state.finished_at, error=task_state.error)
        return fetch

    def record_progress(self, ref: TaskRef, size_bytes: int) -> None:
        """Record how many bytes have come so far."""
        self.tables.put(_progress_key(ref), str(size_bytes).encode())

    def forget_progress(self, ref: TaskRef) -> None:
        """Delete the count of bytes: the fetch is over."""
        self.tables.delete(_progress_key(ref))

    def _progress(self, ref: TaskRef) -> int:
        raw = self.tables.get(_progress_key(ref))
        return 0 if raw is None else int(raw)

    def good(self, source: Source, before: int | None = None) -> Iterator[tuple[Fetch, Dataset]]:
        """Yield what a source has been fetched as, newest first: those whose dataset is there and can be used."""
        found: dict[str, Dataset | None] = {}
        for fetch in islice(self.rows.fetches(source.user_id, source.id, before), LOOKED_BACK):
            if fetch.state not in GOOD or fetch.revision != source.revision or fetch.dataset_id is None:
                continue
            if fetch.dataset_id not in found:
                found[fetch.dataset_id] = self.datasets.find(source.user_id, fetch.dataset_id)
            dataset = found[fetch.dataset_id]
            if dataset is not None and dataset.state != REJECTED:
                yield fetch, dataset

    def fresh_dataset(self, user_id: str, source_id: str, max_age_s: float) -> Dataset | None:
        """Return the newest dataset of a source if it was seen to be the newest at most `max_age_s` ago, else None.

        Raises NotFound for the source.
        """
        source = self.rows.get(user_id, source_id)
        fetch, dataset = next(self.good(source), (None, None))
        if fetch is None or fetch.ended_at is None or max_age_s <= 0:
            return None
        # What began before something changed may have missed it.
        seen = datetime.fromisoformat(fetch.started_at or fetch.ended_at)
        return dataset if datetime.now(UTC) - seen <= timedelta(seconds=max_age_s) else None


def _progress_key(ref: TaskRef) -> str:
    return rows.key("fetchprogress", ref.user_id, ref.id)
