"""See to it that each endpoint is watched: new ones, those of before there were monitors, and after a crash."""

from __future__ import annotations

from core.domain.endpoints import Endpoint
from core.endpoints.endpoint_rows import is_there
from core.monitoring.monitor_rows import due_of
from core.monitoring.pulses import Pulses
from core.ports import Tables
from core.storage import due_rows, rows

BATCH = 200


class MonitorUpkeep:
    """Looks through all endpoints, some in each round."""

    def __init__(self, tables: Tables, pulses: Pulses) -> None:
        self.tables = tables
        self.pulses = pulses
        self.endpoints = pulses.endpoints
        self.looked_at: str | None = None

    def run(self) -> None:
        """Do one round."""
        found = self.tables.scan("endpoint#", BATCH, self.looked_at)
        self.looked_at = found[-1].key if len(found) == BATCH else None
        endpoints = [endpoint for row in found if is_there(endpoint := rows.load(Endpoint, row.value))]
        by_user: dict[str, list[Endpoint]] = {}
        for endpoint in endpoints:
            by_user.setdefault(endpoint.user_id, []).append(endpoint)
        for theirs in by_user.values():
            self._see_to(theirs)

    def _see_to(self, endpoints: list[Endpoint]) -> None:
        monitors = self.pulses.monitors.find_all(endpoints)
        due = {name: due_of(monitor) for name, monitor in monitors.items()}
        there = self.tables.get_many([each.key for each in due.values()]) if due else {}
        for endpoint in endpoints:
            if endpoint.name not in monitors:
                self.pulses.ensure(endpoint)
            elif due[endpoint.name].key not in there:
                due_rows.put(self.tables, due[endpoint.name])
