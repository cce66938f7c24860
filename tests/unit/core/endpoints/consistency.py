"""What is true of an endpoint and its log at any moment, whatever happens."""

from __future__ import annotations

from core.domain.endpoints import CHAMPION, Change, Endpoint, Traffic
from core.endpoints.announcements import Announcements
from core.endpoints.endpoint_rows import EndpointRows
from core.endpoints.version_rows import VersionRows
from core.notifications.notifications import Notifications
from core.ports import Tables
from core.settings import Settings


def check_log(endpoint: Endpoint, lines: list[Change]) -> None:
    """The lines, oldest first, have no gap, each follows from the one before, and the last is the state."""
    assert [line.seq for line in lines] == list(range(1, endpoint.seq + 1))
    assert len({line.id for line in lines}) == len(lines)
    assert len(endpoint.history) <= 20
    aliases: dict[str, int] = {}
    traffic = Traffic()
    for line in lines:
        if line.alias is not None:
            assert (line.from_version, line.to_version) == (aliases.get(line.alias), line.aliases.get(line.alias))
        if line.action == "rollback":
            kept = {**line.aliases, **line.figures.get("left_out", {})}
            assert (kept, line.traffic.split) == states(lines)[line.figures["as_of"]]
        else:
            changed = {line.alias} if line.alias else set()
            assert {name: number for name, number in line.aliases.items() if name not in changed} == {
                name: number for name, number in aliases.items() if name not in changed
            }
            assert line.traffic == traffic or line.action == "traffic.set"
        named = {*line.traffic.split, *line.traffic.shadow}
        assert named <= set(line.aliases) - {CHAMPION}
        assert CHAMPION in line.aliases or CHAMPION not in aliases
        aliases, traffic = line.aliases, line.traffic
    assert (endpoint.aliases, endpoint.traffic) == (aliases, traffic)


def states(lines: list[Change]) -> dict[int, tuple[dict[str, int], dict[str, float]]]:
    return {line.seq: (line.aliases, line.traffic.split) for line in lines}


def check_endpoint(tables: Tables, user_id: str, name: str) -> list[Change]:
    """What is stored is consistent: the log, and the versions that aliases lead to; return the lines, oldest first."""
    rows = EndpointRows(tables, Announcements(tables, Notifications(tables, Settings({}))))
    versions = VersionRows(tables)
    endpoint = rows.find(user_id, name)
    if endpoint is None:
        return []
    lines = list(rows.log.newest_first(endpoint))[::-1]
    check_log(endpoint, lines)
    for alias, number in endpoint.aliases.items():
        assert versions.find(endpoint, number) is not None, f"{alias} leads to version {number}, which is gone"
    return lines
