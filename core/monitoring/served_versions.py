"""Which versions of an endpoint have answered in a window, as its log of changes tells."""

from __future__ import annotations

from core.domain.endpoints import CHAMPION, Change, Endpoint
from core.domain.monitoring import Window
from core.endpoints.changes import ChangeLog

MAX_VERSIONS = 5
"""Versions whose answers are looked into: the champion, and those that were served last."""


def served_versions(log: ChangeLog, endpoint: Endpoint, window: Window) -> list[int]:
    """Return the versions that may have answered, the champion of the window's end first; [] if there is none."""
    champion, served = endpoint.aliases.get(CHAMPION), []
    seen_end = False
    for change in log.newest_first(endpoint):
        if change.at >= window.end:
            continue
        if not seen_end and CHAMPION in change.aliases:
            champion = change.aliases[CHAMPION]
            seen_end = True
        served += _served(change)
        if change.at <= window.start:
            break
    if champion is None:
        return []
    return list(dict.fromkeys([champion, *served]))[:MAX_VERSIONS]


def _served(change: Change) -> list[int]:
    names = [CHAMPION, *change.traffic.split]
    return [change.aliases[name] for name in names if name in change.aliases]
