"""The one row of an endpoint's monitor: read, made where there is none, changed against whoever else changes it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from core.domain.endpoints import Endpoint
from core.domain.ids import now
from core.domain.monitoring import Monitor
from core.ports import Tables
from core.storage import due_rows, rows
from core.storage.due_rows import Due, minute_of

DUE_KIND = "monitor"


class MonitorRows:
    """Reads and writes the rows of monitors."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables

    def read(self, endpoint: Endpoint) -> tuple[bytes | None, Monitor | None]:
        """Return the row's bytes, and the monitor if it is this endpoint's."""
        raw = self.tables.get(key(endpoint.user_id, endpoint.name))
        return raw, _own(endpoint, raw)

    def find(self, endpoint: Endpoint) -> Monitor | None:
        """Return the endpoint's monitor, None if it is not watched yet."""
        return self.read(endpoint)[1]

    def find_all(self, endpoints: Iterable[Endpoint]) -> dict[str, Monitor]:
        """Return the monitors of a user's endpoints, by the endpoint's name; those that are there."""
        named = {key(each.user_id, each.name): each for each in endpoints}
        found = self.tables.get_many(list(named)) if named else {}
        monitors = {named[row].name: _own(named[row], raw) for row, raw in found.items()}
        return {name: monitor for name, monitor in monitors.items() if monitor is not None}

    def ensure(self, endpoint: Endpoint, next_at: str) -> Monitor:
        """Return the endpoint's monitor, which is made if it is missing, to be looked at then."""
        raw, monitor = self.read(endpoint)
        if monitor is not None:
            return monitor
        made = Monitor(endpoint.name, endpoint.user_id, endpoint.id, now(), next_at=minute_of(next_at))
        due_rows.put(self.tables, due_of(made))
        if rows.write_once(self.tables, key(endpoint.user_id, endpoint.name), rows.dump(made), raw):
            return made
        return self.ensure(endpoint, next_at)

    def write(self, monitor: Monitor, raw: bytes | None) -> bool:
        """Write the monitor if its row still has these bytes; return whether it was written."""
        return rows.write_once(self.tables, key(monitor.user_id, monitor.endpoint), rows.dump(monitor), raw)

    def delete(self, user_id: str, name: str, endpoint_id: str) -> None:
        """Delete the monitor of an endpoint that is gone, not that of another one of the same name."""
        raw = self.tables.get(key(user_id, name))
        if raw is not None and rows.load(Monitor, raw).endpoint_id == endpoint_id:
            self.tables.delete_if_unchanged(key(user_id, name), raw)

    def update(self, endpoint: Endpoint, alter: Callable[[Monitor], Monitor | None]) -> Monitor | None:
        """Write what `alter` makes of the endpoint's monitor; None if there is none, or it is left as it is."""

        def altered(monitor: Monitor | None) -> Monitor | None:
            return alter(monitor) if monitor is not None and monitor.endpoint_id == endpoint.id else None

        return rows.update(self.tables, key(endpoint.user_id, endpoint.name), Monitor, altered)


def due_of(monitor: Monitor, at: str | None = None) -> Due:
    """Return the row by which the sweeper finds the monitor next, or would at another time."""
    return Due(minute_of(at or monitor.next_at), DUE_KIND, monitor.user_id, monitor.endpoint)


def looked_at(monitor: Monitor, next_at: str) -> Monitor:
    """Return the monitor as it is once it was looked at, to be looked at again then."""
    return replace(monitor, next_at=minute_of(next_at))


def key(user_id: str, name: str) -> str:
    """Return the key of a monitor's row."""
    return rows.key("monitor", user_id, name)


def baselines_prefix(user_id: str, endpoint_id: str) -> str:
    """Return what the names of blobs begin with that stand in for references of an endpoint's models."""
    return f"{user_id}/baselines/{endpoint_id}/"


def baseline_blob(endpoint: Endpoint, model_id: str) -> str:
    """Return what the name of the blob begins with that stands in for a model's reference."""
    return f"{baselines_prefix(endpoint.user_id, endpoint.id)}{model_id}"


def _own(endpoint: Endpoint, raw: bytes | None) -> Monitor | None:
    monitor = None if raw is None else rows.load(Monitor, raw)
    return monitor if monitor is not None and monitor.endpoint_id == endpoint.id else None
