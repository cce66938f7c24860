"""What speaks against a promotion: alarms that have begun since, and requests that fail more often than before.

Nothing is read or written here.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.domain.monitoring import Alarm
from core.domain.records import Json
from core.monitoring.spans import parse_span

PERFORMANCE = frozenset({"estimated", "realised"})
"""Kinds of alarms that `performance` stands for; the others stand for themselves."""
ERRORS = "errors"
MIN_FAILED = 5
"""Requests that must have failed since the promotion."""
LOOKED_AT = timedelta(hours=1)
"""How far back failed requests are counted; not beyond the promotion."""
BEFORE = timedelta(days=1)
"""How far back before the promotion, to compare with."""
Z_ONE_SIDED_95 = 1.645


@dataclass(frozen=True)
class Objection:
    """What speaks against a promotion, in words and figures."""

    why: str
    figures: Json


@dataclass(frozen=True)
class Failures:
    """Requests of a time that failed, and that were answered."""

    failed: int
    answered: int

    @property
    def share(self) -> float:
        total = self.failed + self.answered
        return self.failed / total if total else 0.0

    @property
    def least_share(self) -> float:
        """The share that is sure with 95 % confidence (Wilson)."""
        n, z = self.failed + self.answered, Z_ONE_SIDED_95
        if not n:
            return 0.0
        middle = self.share + z * z / (2 * n)
        spread = z * math.sqrt(self.share * (1 - self.share) / n + z * z / (4 * n * n))
        return (middle - spread) / (1 + z * z / n)


def kinds_of(names: Iterable[str]) -> frozenset[str]:
    """Return the kinds of alarms that these names stand for."""
    return frozenset(kind for name in names for kind in (PERFORMANCE if name == "performance" else {name}))


def end_of(span: str, since: str) -> datetime:
    """Return when a span of time ends that began then."""
    return datetime.fromisoformat(since) + timedelta(minutes=parse_span(span).total_minutes)


def begun_since(alarms: Iterable[Alarm], at: str) -> list[Alarm]:
    """Return the alarms, the newest first, that are about what came after a time.

    One that was raised after it by what was before does not count: it is about the version before.
    """
    moment, found = datetime.fromisoformat(at), []
    for alarm in alarms:
        if datetime.fromisoformat(alarm.began_at) <= moment:
            break
        if datetime.fromisoformat(alarm.since) > moment:
            found.append(alarm)
    return found


def object_to(alarms: Collection[Alarm], kinds: Collection[str]) -> Objection | None:
    """Return what the oldest alarm of these kinds says, None if there is none."""
    against = [alarm for alarm in alarms if alarm.kind in kinds]
    if not against:
        return None
    first = against[-1]
    detail = first.detail or "There is an alarm."
    figures = {"alarm": first.kind, "since": first.since, "began_at": first.began_at, **first.figures}
    return Objection(f"{detail} (alarm {first.kind!r}, since {first.since})", figures)


def object_to_failures(since: Failures, before: Failures, most: float) -> Objection | None:
    """Return that more requests fail than may and than did before; None if that is not sure.

    Args:
        since: requests since the promotion.
        before: requests before it.
        most: share that may fail.
    """
    if since.failed < MIN_FAILED or since.least_share <= max(most, before.share):
        return None
    total = since.failed + since.answered
    why = (
        f"{since.failed:,} of {total:,} requests failed since the promotion: {since.share:.1%}, "
        f"and {before.share:.1%} did before."
    )
    figures = {"alarm": ERRORS, "failed": since.failed, "answered": since.answered, "before": before.share}
    return Objection(why, figures)
