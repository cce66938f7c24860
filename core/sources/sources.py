"""Use cases around sources: make, find, list, change, delete."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from core.domain.ids import new_id, now
from core.domain.records import Dataset, Json
from core.domain.sources import ENDPOINT, HTTP, Source
from core.endpoints.endpoint_rows import EndpointRows
from core.errors import Conflict, NotFound
from core.limits.outgoing import OutgoingPolicy
from core.limits.quotas import quota_exceeded
from core.schedules.cron import Cron
from core.sources.awaited_data import AwaitedData
from core.sources.once import FetchedOnce
from core.sources.recording import FetchRecorder
from core.sources.source_checks import SourceChecks
from core.sources.source_deletion import SourceDeletion
from core.sources.source_rows import SourceRows, source_key
from core.sources.source_specs import ALL_FIELDS, check_reading, check_source
from core.storage import rows
from core.storage.idempotency import reserve

MAX_SOURCES = 200
READ_BY = ("kind", "spec", "format", "sheet", "mode", "key")
"""Fields of a source that say what is fetched: with another word there it begins anew."""
Plan = Callable[[Source], Source]


class Sources:
    """A user's sources.

    Attributes:
        plan: returns a source with the time of its next refresh, and sees to it that it is found then; set by what
            keeps the time.
    """

    def __init__(
        self, source_rows: SourceRows, policy: OutgoingPolicy, endpoints: EndpointRows, recorder: FetchRecorder,
        checks: SourceChecks, deletion: SourceDeletion, awaited: AwaitedData,
    ) -> None:  # fmt: skip
        fetches = recorder.fetches
        self.tables = source_rows.tables
        self.rows = source_rows
        self.policy = policy
        self.endpoints = endpoints
        self.fetches = fetches
        self.recorder = recorder
        self.checks = checks
        self.deletion = deletion
        self.awaited = awaited
        self.once = FetchedOnce(fetches, policy)
        self.plan: Plan = lambda source: source
        # What others ask of sources, under one roof.
        self.find, self.get, self.page = source_rows.find, source_rows.get, source_rows.page
        self.request_fetch, self.fetch_of = fetches.request, fetches.of
        self.begin, self.announce = recorder.begin, recorder.announce
        self.record, self.record_unchanged = recorder.record, recorder.record_unchanged
        self.record_progress = fetches.record_progress

    def create(self, user_id: str, said: Json, key: str | None = None) -> Source:
        """Make a source of the body of POST /sources; nothing is fetched yet.

        The same Idempotency-Key and body return the first source again.

        Raises Invalid for a field that is wrong, NotFound for an endpoint that there is not, Conflict QUOTA_EXCEEDED,
        FETCH_OFF.
        """
        source = self._checked(Source("", user_id, said["name"], said["kind"], now(), changed_at=now()), said)
        if len(self.tables.scan(rows.prefix("source", user_id), MAX_SOURCES)) >= MAX_SOURCES:
            raise quota_exceeded("sources", MAX_SOURCES, "Delete a source that is no longer used.")
        id, _ = reserve(self.tables, user_id, "sources", key, rows.digest(rows.dump(said)), new_id())
        source = self.plan(replace(source, id=id))
        self.tables.put_if_absent(source_key(user_id, id), rows.dump(source))
        return self.get(user_id, id)

    def update(self, user_id: str, id: str, changes: Json) -> Source:
        """Apply the body of PATCH /sources/{id}. What says what is fetched has it begin anew.

        Raises NotFound, and what `create` does.
        """

        def changed(source: Source) -> Source:
            after = self._checked(source, {**_said(source), **changes})
            if any(getattr(after, name) != getattr(source, name) for name in READ_BY):
                after = replace(after, revision=source.revision + 1)
            return self.plan(replace(after, changed_at=now()))

        return self.rows.update(user_id, id, changed)

    def delete(self, user_id: str, id: str) -> None:
        """Delete a source and what is known of its fetches; datasets that were made of it stay.

        Raises NotFound, Conflict SOURCE_IN_USE while a pipeline, an endpoint's lookup or a job needs it.
        """
        self.deletion.delete(user_id, id)

    def fresh_dataset(self, user_id: str, source_id: str, max_age_s: float | None = None) -> Dataset | None:
        """Return the newest dataset if it was seen to be the newest at most that long ago; None: the source's own."""
        most = self.get(user_id, source_id).max_age_s if max_age_s is None else max_age_s
        return self.fetches.fresh_dataset(user_id, source_id, most)

    def _checked(self, source: Source, said: Json) -> Source:
        spec = {name: said[name] for name in ALL_FIELDS if name in said}
        spec = check_source(source.kind, spec, self.policy)
        if source.kind == ENDPOINT and self.endpoints.find(source.user_id, spec["endpoint"]) is None:
            raise NotFound("endpoint", spec["endpoint"])
        if source.kind != HTTP and source.kind != ENDPOINT and self.policy.mode == "off":
            raise Conflict("FETCH_OFF", "The operator of this service has switched off requests to other servers.")
        refresh = said.get("refresh")
        if refresh is not None:
            cron = Cron.parse(refresh["cron"], refresh.get("timezone") or "UTC", "refresh.")
            refresh = {"cron": cron.expression, "timezone": cron.timezone}
        mode = check_reading(said.get("mode"), said.get("key") or (), spec, source.kind)
        return replace(
            source, name=said["name"], spec=spec, mode=mode, key=list(said.get("key") or ()),
            format=said.get("format") or "auto", sheet=said.get("sheet"), keep=said.get("keep") or 10,
            max_age_s=said.get("max_age_s") or 0.0, refresh=refresh,
        )  # fmt: skip


def _said(source: Source) -> Json:
    """Return the source as a body of POST /sources."""
    return {
        **source.spec, "name": source.name, "format": source.format, "sheet": source.sheet, "mode": source.mode,
        "key": source.key, "keep": source.keep, "max_age_s": source.max_age_s, "refresh": source.refresh,
    }  # fmt: skip
