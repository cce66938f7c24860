"""The state that an endpoint is rolled back to."""

from __future__ import annotations

from dataclasses import dataclass, replace

from core.domain.endpoints import CHAMPION, Change, Endpoint, Traffic
from core.endpoints.changes import ChangeLog
from core.endpoints.traffic import served
from core.endpoints.version_rows import VersionRows
from core.errors import Conflict


@dataclass(frozen=True)
class RestoredState:
    """Aliases and traffic as they were after the change `as_of`, without the aliases that are `left_out`."""

    aliases: dict[str, int]
    traffic: Traffic
    as_of: int
    left_out: dict[str, int]


def find_target(log: ChangeLog, endpoint: Endpoint, to: int | None) -> Change:
    """Return the change whose state is to be restored: `to`, or the one before the newest change of what is served.

    Raises NotFound, and Conflict NOTHING_TO_ROLL_BACK if nothing was served then, or nothing would change.
    """
    target = log.get(endpoint, to) if to is not None else _before_newest(log, endpoint)
    if target is None or CHAMPION not in target.aliases:
        when = "as of that change" if to is not None else "before"
        raise _nothing(f"The endpoint {endpoint.name!r} served nothing {when}.")
    if (target.aliases, target.traffic) == (endpoint.aliases, endpoint.traffic):
        raise _nothing(f"Aliases and traffic are as they were after change {target.seq}.")
    return target


def restore(versions: VersionRows, endpoint: Endpoint, target: Change) -> RestoredState:
    """Return the state after that change. An alias or a shadow whose version was deleted since is left out.

    Raises Conflict VERSION_GONE if that version answered requests.
    """
    answering = {CHAMPION, *target.traffic.split}
    left_out = {}
    for alias, number in target.aliases.items():
        if versions.find(endpoint, number) is None:
            if alias in answering:
                detail = f"Version {number}, which was {alias!r} after change {target.seq}, was deleted since. "
                raise Conflict("VERSION_GONE", detail + "Roll back `to` another change, or set the aliases yourself.")
            left_out[alias] = number
    return RestoredState(
        {alias: number for alias, number in target.aliases.items() if alias not in left_out},
        replace(target.traffic, shadow=[alias for alias in target.traffic.shadow if alias not in left_out]),
        target.seq,
        left_out,
    )


def _before_newest(log: ChangeLog, endpoint: Endpoint) -> Change | None:
    newer: Change | None = None
    for change in log.newest_first(endpoint):
        if newer is not None and served(newer.aliases, newer.traffic) != served(change.aliases, change.traffic):
            return change
        newer = change
    return None


def _nothing(detail: str) -> Conflict:
    return Conflict("NOTHING_TO_ROLL_BACK", detail)
