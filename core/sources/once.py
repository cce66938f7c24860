"""A dataset that is fetched once: it is there at once, as an upload is whose file is still coming in.

It has a source of its own, which nobody sees, and which goes once the fetch is over.
"""

from __future__ import annotations

from core.datasets.states import UPLOADED
from core.domain.ids import new_id, now
from core.domain.records import Dataset, Json
from core.domain.sources import HTTP, ORIGIN, Source
from core.limits.outgoing import OutgoingPolicy
from core.limits.storage_quota import reserve_bytes, stored_bytes_key
from core.sources.fetches import Fetches
from core.sources.source_rows import source_key
from core.sources.source_specs import check_source
from core.storage import blob_intents, rows
from core.storage.idempotency import reserve
from csvfile.formats import CSV


class FetchedOnce:
    """Datasets that are fetched once."""

    def __init__(self, fetches: Fetches, policy: OutgoingPolicy) -> None:
        self.tables = fetches.tables
        self.fetches = fetches
        self.datasets = fetches.datasets
        self.policy = policy

    def create(self, user_id: str, name: str, said: Json, key: str | None = None) -> Dataset:
        """Make a dataset of {url, headers?, format?, sheet?}, and have it fetched.

        The same Idempotency-Key and words return the first dataset again. Raises Invalid for a field that is wrong,
        Conflict QUOTA_EXCEEDED, FETCH_OFF, IDEMPOTENCY_KEY_REUSED.
        """
        fields = {each: said[each] for each in ("url", "headers") if said.get(each) is not None}
        spec = check_source(HTTP, fields, self.policy)
        content = rows.digest(rows.dump([name, said]))
        id, _ = reserve(self.tables, user_id, "fetched-once", key, content, new_id())
        source = Source(
            id, user_id, name, HTTP, now(), spec, said.get("format") or "auto", said.get("sheet"), once=True
        )  # fmt: skip
        if earlier := self.datasets.find(user_id, id):
            if earlier.state == UPLOADED and not earlier.blob:  # It may have crashed before it was asked for.
                self._fetch(source)
            return earlier
        row, counted = rows.key("dataset", user_id, id), stored_bytes_key(user_id, id)
        intent = blob_intents.record(self.tables, f"{user_id}/datasets/{id}", row, counted, kept_by_owner=True)
        reserve_bytes(self.tables, user_id, id, 0, self.datasets.quotas.for_user_id(user_id))
        nothing = {"blob": "", "size_bytes": 0, "sha256": "", "format": CSV}
        origin = {"kind": ORIGIN, "url": spec["url"]}
        dataset = Dataset(
            id, user_id, name, UPLOADED, "", 0, "", now(),
            options={}, sheet=source.sheet, original=nothing, origin=origin,
        )  # fmt: skip
        self.tables.put_if_absent(row, rows.dump(dataset))
        blob_intents.confirm(self.tables, intent)
        self._fetch(source)
        return self.datasets.get(user_id, id)

    def _fetch(self, source: Source) -> None:
        self.tables.put_if_absent(source_key(source.user_id, source.id), rows.dump(source))
        self.fetches.request(source.user_id, source.id, {"kind": "url"}, key=source.id)
