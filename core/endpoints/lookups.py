"""Columns of an endpoint that are looked up in sources: what may be, and which endpoints look a source up.

A source is looked at after the endpoint's row names it, too. So a deletion of the source that sets its tombstone first,
and looks for such endpoints then, either finds the endpoint or is found.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from core.domain.endpoints import Change, Decision, Endpoint
from core.domain.features import MAX_LOOKUPS, Lookup
from core.domain.ids import new_id, now
from core.domain.records import Dataset, Json
from core.endpoints.endpoint_rows import EndpointRows, check_revision, is_there
from core.endpoints.versions import Versions
from core.errors import Invalid, NotFound, format_names
from core.features.features import Features
from core.features.sources import KeyedSource
from core.storage import rows
from core.storage.due_rows import Due


class Lookups:
    """What endpoints look up."""

    def __init__(self, endpoints: EndpointRows, versions: Versions, features: Features) -> None:
        self.tables = endpoints.tables
        self.endpoints = endpoints
        self.versions = versions
        self.features = features

    def set(
        self, user_id: str, name: str, lookup: Sequence[Mapping[str, Any]], decision: Decision,
        if_revision: int | None = None,
    ) -> Endpoint:  # fmt: skip
        """Have columns that requests lack looked up in sources, by keys that they bring; [] ends that.

        Raises NotFound, also for a source that there is not; PreconditionFailed; Invalid BAD_LOOKUP for a source that
        has another key, or none of the columns that are read.
        """
        before = self.endpoints.get(user_id, name)
        check_revision(before, if_revision)
        lookups = self._checked(before, lookup)
        after = self._write(before, [each.to_json() for each in lookups], decision, if_revision)
        if gone := [each.source_id for each in lookups if not self._find(user_id, each.source_id)]:
            self._write(after, [each for each in after.lookup if each["source_id"] not in gone], decision)
            raise NotFound("source", gone[0])
        for each in lookups:
            self.features.request(user_id, each.source_id)
        self.dropped(user_id, before.lookup, after.lookup)
        return after

    def _write(
        self, before: Endpoint, lookup: list[Json], decision: Decision, if_revision: int | None = None
    ) -> Endpoint:
        if lookup == before.lookup:
            return before

        def decide(endpoint: Endpoint) -> Change:
            return Change(
                0, now(), decision.by, "lookup.set", endpoint.aliases, endpoint.traffic, why=decision.why,
                run=decision.run, lookup=lookup, id=new_id(),
            )  # fmt: skip

        return self.endpoints.change(before.user_id, before.name, decide, if_revision)

    def _checked(self, endpoint: Endpoint, said: Sequence[Mapping[str, Any]]) -> list[Lookup]:
        if len(said) > MAX_LOOKUPS:
            raise _bad(f"An endpoint looks up at most {MAX_LOOKUPS} sources, not {len(said):,}.")
        lookups = [Lookup.of(each) for each in said]
        if len({lookup.source_id for lookup in lookups}) < len(lookups):
            raise _bad("A source is named twice: name each once.")
        for lookup in lookups:
            source = self._find(endpoint.user_id, lookup.source_id)
            if source is None:
                raise NotFound("source", lookup.source_id)
            _check_key(source, lookup)
            self._check_columns(endpoint, source)
        return lookups

    def _check_columns(self, endpoint: Endpoint, source: KeyedSource) -> None:
        newest = self.features.sources.newest(endpoint.user_id, source.id)
        versions = self.versions.all_of(endpoint)
        read = {feature["name"] for version in versions for feature in version.signature["features"]}
        if newest is None or not read:
            return
        given = [name for name in newest.dataset.columns if name not in source.key]
        if not read.intersection(given):
            raise _bad(
                f"No version of the endpoint reads a column of the source {source.name!r}, which has "
                f"{format_names(given)}: they read {format_names(sorted(read))}."
            )

    def _find(self, user_id: str, source_id: str) -> KeyedSource | None:
        return self.features.sources.find(user_id, source_id)

    def dropped(
        self, user_id: str, before: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]] = ()
    ) -> None:
        """Have the rows of sources deleted that an endpoint looks up no more, in time, unless another one does."""
        for source_id in {each["source_id"] for each in before} - {each["source_id"] for each in after}:
            self.features.rows.have_swept(user_id, source_id)

    def users_of(self, user_id: str, source_id: str) -> Iterator[str]:
        """Yield the names of the endpoints that look the source up."""
        for row in rows.scan_all(self.tables, rows.prefix("endpoint", user_id)):
            endpoint = rows.load(Endpoint, row.value)
            if is_there(endpoint) and any(each["source_id"] == source_id for each in endpoint.lookup):
                yield endpoint.name

    def on_dataset_ready(self, dataset: Dataset) -> None:
        """Have the rows of a dataset that was fetched written, if any endpoint looks them up. May be called twice."""
        source_id = (dataset.origin or {}).get("source")
        if source_id and next(self.users_of(dataset.user_id, source_id), None) is not None:
            self.features.request(dataset.user_id, source_id)

    def fire(self, due: Due) -> None:
        """Delete rows of a source that nobody reads any more; the sweeper calls it when its time has come."""
        is_used = next(self.users_of(due.user_id, due.id), None) is not None
        self.features.rows.sweep(due, is_used=is_used)
        if not is_used and next(self.users_of(due.user_id, due.id), None) is not None:
            self.features.request(due.user_id, due.id)  # It has come into use meanwhile.
        elif not is_used:
            self.features.forget_tasks(due.user_id, due.id)

    def source_deleted(self, user_id: str, source_id: str) -> None:
        """Have what is kept of a source deleted, in time: it may be many rows."""
        self.features.forget_tasks(user_id, source_id)
        self.features.rows.have_swept(user_id, source_id)


def _check_key(source: KeyedSource, lookup: Lookup) -> None:
    if not source.key:
        raise _bad(f"The source {source.name!r} has no key: set `key`, the columns by which its rows are told apart.")
    if list(lookup.by) != list(source.key):
        raise _bad(
            f"The key of the source {source.name!r} is {format_names(list(source.key))}, not "
            f"{format_names(lookup.by)}: `by` names the columns of its key, in their order."
        )


def _bad(detail: str) -> Invalid:
    return Invalid("BAD_LOOKUP", detail, [{"field": "lookup", "detail": detail}])
