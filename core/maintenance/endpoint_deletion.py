"""Deletion of an endpoint with its versions and its log, so that a crash in between leaves nothing."""

from __future__ import annotations

from dataclasses import replace

from core.domain.endpoints import Endpoint
from core.endpoints.endpoint_rows import EndpointRows, key
from core.endpoints.lookups import Lookups
from core.endpoints.scoring import ScoringQueues
from core.monitoring.monitor_task import MonitorTask
from core.monitoring.monitoring import Monitoring
from core.pipelines.pipelines import Pipelines
from core.requests.labels import Labels
from core.requests.request_log import RequestLog
from core.storage import rows

BATCH = 200
KINDS = ("version", "change", *MonitorTask.row_kinds)
"""Kinds of rows, `kind#user_id#name#...`, that say in `endpoint_id` which endpoint they belong to."""
REQUESTS = "requests"
"""Kind of the erasure of a log."""


class EndpointDeletion:
    """Deletes endpoints. Every step may be done twice, also when the name is another endpoint's by then."""

    def __init__(
        self, endpoints: EndpointRows, scoring: ScoringQueues, requests: RequestLog, labels: Labels,
        monitoring: Monitoring, pipelines: Pipelines, lookups: Lookups,
    ) -> None:  # fmt: skip
        self.tables = endpoints.tables
        self.requests = requests
        self.labels = labels
        self.monitoring = monitoring
        self.pipelines = pipelines
        self.scoring = scoring
        self.lookups = lookups
        self.endpoints = endpoints

    def check_deletable(self, user_id: str, name: str) -> None:
        """Raise NotFound if there is no such endpoint, Conflict ENDPOINT_IN_USE while a pipeline feeds it."""
        self.endpoints.get(user_id, name)
        self.pipelines.check_endpoint_unused(user_id, name)

    def mark_deleted(self, user_id: str, name: str, if_revision: int | None = None) -> None:
        """Set the tombstone; raises NotFound, PreconditionFailed."""
        self.endpoints.alter(user_id, name, lambda endpoint: replace(endpoint, deleting=True), if_revision)

    def run(self, user_id: str, name: str) -> None:
        """Delete what is left of endpoints that had this name; the one that has it now keeps all that is its own.

        What a request under way still writes is deleted when the sweeper does this again.
        """
        for kind in KINDS:
            self._delete_left(rows.prefix(kind, user_id, name), user_id, name)
        current = self.endpoints.current(user_id, name)
        self.scoring.forget(name, user_id, None if current is None else current.id)
        raw = self.tables.get(key(user_id, name))
        if raw is not None and (endpoint := rows.load(Endpoint, raw)).deleting:
            self.lookups.dropped(user_id, endpoint.lookup)
            # The log may be long: it is the sweeper's, under the id, which nobody knows any more once the row is gone.
            self.tables.put(rows.key("erasure", REQUESTS, user_id, endpoint.id), name.encode())
            self.tables.delete_if_unchanged(key(user_id, name), raw)

    def erase_requests(self, user_id: str, endpoint_id: str, name: str) -> None:
        """Delete the log of requests of an endpoint that is gone, the labels, and what was made of both."""
        self.monitoring.erase(user_id, name, endpoint_id)
        self.requests.erase(user_id, name, endpoint_id)
        self.labels.erase(user_id, name, endpoint_id)

    def _delete_left(self, start: str, user_id: str, name: str) -> None:
        after = None
        while found := self.tables.scan(start, BATCH, after):
            # Read after the rows: one that is written later finds its endpoint's row in place before.
            current = self.endpoints.current(user_id, name)
            for row in found:
                if current is None or rows.load_json(row.value)["endpoint_id"] != current.id:
                    self.tables.delete_if_unchanged(row.key, row.value)
            after = found[-1].key
