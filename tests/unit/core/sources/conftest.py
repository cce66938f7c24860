"""A fetcher that brings what a test gives it, over the real use cases and back ends."""

from __future__ import annotations

from typing import Any

import pytest

from core.datasets.datasets import PROFILE
from core.domain.records import Dataset, Json
from core.domain.sources import Fetch, FetchedFile, FetchPlan, Source
from core.errors import FetchFailed, RequestError, failure
from core.ports import FETCH_QUEUE, PROFILE_QUEUE
from core.tasks.lifecycle import ClaimedTask
from tests.unit.core.conftest import CSV, World

MORE = b"age,city,bought\n51,Kyiv,no\n27,Rome,no\n"
URL = "https://example.org/people.csv"


class Fetcher:
    """Does fetches as the fetcher role does: each takes the next of what there is to come."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.service = world.service
        self.sources = world.service.sources
        self.user_id = world.user.id

    def source(self, **said: Any) -> Source:
        return self.sources.create(self.user_id, {"name": "people", "kind": "http", "url": URL, **said})

    def ask(self, source: Source, key: str | None = None) -> Fetch:
        return self.sources.request_fetch(self.user_id, source.id, {"kind": "manual"}, key=key)

    def now(self, fetch: Fetch) -> Fetch:
        found = self.sources.fetch_of(self.user_id, fetch.source_id, fetch.number)
        assert found is not None
        return found

    def claim(self, owner: str = "fetcher") -> ClaimedTask | None:
        """Claim one fetch that can begin; of the others the messages go back."""
        claimed: ClaimedTask | None = None
        for message in {each.ref: each for each in self.world.messages(FETCH_QUEUE)}.values():
            if claimed is None:
                claimed = self.service.claims.claim(message, owner)
            else:
                self.service.work.notify(message.ref)
        return claimed

    def do(self, comes: bytes | FetchFailed | None = CSV, version: Json | None = None, **known: Any) -> FetchPlan:
        """Do what the queue has next; `comes` is a file, None for "not modified", or what goes wrong."""
        claimed = self.claim()
        assert claimed is not None, "no fetch can begin"
        plan = self.sources.begin(claimed.ref)
        try:
            if plan is not None:
                self.bring(plan, comes, version, **known)
        except (FetchFailed, RequestError) as exc:
            self.service.work.fail(claimed, failure(exc.reason, exc.detail))
        else:
            self.service.work.succeed(claimed, {})
        self.service.settler.finalize(claimed.ref)
        assert plan is not None
        return plan

    def bring(self, plan: FetchPlan, comes: bytes | FetchFailed | None, version: Json | None, **known: Any) -> None:
        if isinstance(comes, FetchFailed):
            raise comes
        if comes is None:
            self.sources.record_unchanged(plan, version)
            return
        blob, intent = self.sources.announce(plan, epoch=1)
        info = self.service.ports.blobs.write(blob, [comes])
        self.sources.record(plan, FetchedFile(info, intent, version or {}, **known))

    def fetch(self, source: Source, comes: bytes | FetchFailed | None = CSV, **known: Any) -> Fetch:
        """Ask for a fetch and do it."""
        fetch = self.ask(source)
        self.do(comes, **known)
        return self.now(fetch)

    def dataset(self, fetch: Fetch) -> Dataset:
        assert fetch.dataset_id is not None
        return self.service.datasets.get(self.user_id, fetch.dataset_id)

    def _claim_profile(self) -> ClaimedTask | None:
        messages = {each.ref: each for each in self.world.messages(PROFILE_QUEUE)}
        profiles = [ref for ref in messages if ref.kind == PROFILE]
        for ref in messages:
            if ref not in profiles[:1]:
                self.service.work.notify(ref)
        return self.service.claims.claim(messages[profiles[0]], "worker-1") if profiles else None

    def profile(self, rejected: Json | None = None) -> None:
        """Profile all that waits for it."""
        while (claimed := self._claim_profile()) is not None:
            dataset = self.service.datasets.get(self.user_id, claimed.ref.dataset_revision()[0])
            columns = [{"name": name} for name in dataset.header]
            found = None if rejected else {"rows": 3, "columns": columns, "warnings": []}
            self.service.datasets.record_profile(claimed.ref, found, rejected)
            self.service.work.succeed(claimed, {})
            self.service.settler.finalize(claimed.ref)


@pytest.fixture
def fetcher(world: World) -> Fetcher:
    return Fetcher(world)
