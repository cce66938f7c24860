"""When an alarm begins and when it ends: given windows, and nothing else.

An alarm is raised once so many windows in a row say so, and ends with the first that does not. A window that cannot
tell, as it has too few requests or no labels yet, counts for neither. There is one alarm of a kind until it ends.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from core.domain.ids import new_id
from core.domain.monitoring import Alarm, Health, Monitor, Window
from core.domain.records import Json

RAISED = "monitor.alarm"
RECOVERED = "monitor.recovered"
MAX_LOOKED_BACK = 60
"""Windows that are looked at to tell whether there is an alarm."""

FAILING = frozenset({"realised", "silence", "errors"})
SECTIONS = {
    "drift": "drift",
    "predictions": "drift",
    "quality": "quality",
    "estimated": "performance",
    "realised": "performance",
}
"""Kinds of alarms that windows raise, and the section of the settings that says how many in a row it takes."""


@dataclass(frozen=True)
class Verdict:
    """What is known of one kind of alarm.

    Attributes:
        is_open: whether there is reason for an alarm.
        since: end of the first window in a row that says so; of the window that ends it where there is no reason.
        windows: how many in a row say so.
    """

    is_open: bool
    since: str
    windows: int = 1
    detail: str = ""
    figures: Json = field(default_factory=dict)


def needed(kind: str, settings: Mapping[str, Any]) -> int:
    """Return how many windows in a row must say so."""
    return int(settings[SECTIONS[kind]]["for"])


def judge(kind: str, windows: Iterable[Window], needed: int) -> Verdict | None:
    """Return what windows, the newest first, say of a kind of alarm; None if none of them can tell.

    No more of them are read than it takes.
    """
    run: list[Window] = []
    for looked, window in enumerate(windows):
        signal = window.signals.get(kind)
        if signal is False:
            if not run:
                return Verdict(False, window.end)
            break
        if signal:
            run.append(window)
        if len(run) == needed or looked == MAX_LOOKED_BACK:
            break
    if not run:
        return None
    newest = next((each for each in run[0].findings if each["kind"] == kind), {})
    is_open = len(run) >= needed
    since = run[-1].end if is_open else run[0].end
    return Verdict(is_open, since, len(run), newest.get("detail", ""), newest.get("figures", {}))


def revise(monitor: Monitor, verdicts: Mapping[str, Verdict | None], at: str) -> Monitor:
    """Return the monitor as the verdicts leave it: alarms that begin and end, each with an event that is to be sent."""
    alarms, unsent = dict(monitor.alarms), list(monitor.unsent)
    for kind, verdict in verdicts.items():
        if verdict is None:
            continue
        known = alarms.get(kind)
        if verdict.is_open and known is None:
            alarm = Alarm(
                new_id(), monitor.endpoint, monitor.user_id, monitor.endpoint_id, kind, verdict.since, at,
                verdict.windows, verdict.detail, verdict.figures,
            )  # fmt: skip
            alarms[kind] = asdict(alarm)
            unsent.append({"type": RAISED, "alarm": alarms[kind]})
        elif not verdict.is_open and known is not None:
            del alarms[kind]
            unsent.append({"type": RECOVERED, "alarm": {**known, "until": verdict.since, "ended_at": at}})
    return replace(monitor, alarms=alarms, unsent=unsent)


def end_all(monitor: Monitor, at: str) -> Monitor:
    """Return the monitor without any alarm, as it is switched off."""
    return revise(monitor, {kind: Verdict(False, at) for kind in monitor.alarms}, at)


def health_of(monitor: Monitor | None, *, is_served: bool, is_logged: bool = True) -> Health:
    """Return how an endpoint is, by its open alarms and its last window."""
    if not is_served:
        return "quiet"
    if monitor is None:
        return "ok"
    if FAILING & monitor.alarms.keys():
        return "failing"
    if monitor.alarms:
        return "drifting"
    if is_logged and monitor.last is not None and not (monitor.last["rows"] or monitor.last.get("failed")):
        return "quiet"
    return "ok"
