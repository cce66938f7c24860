"""Which requests of an endpoint are kept: what its owner has set, as far as the operator lets it be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.domain.endpoints import Endpoint
from core.domain.records import Json
from core.errors import format_names
from core.settings import Settings

DEFAULT_DAYS = 30
SERVICE_OFF = "This service keeps no requests of endpoints: its operator has switched that off."


@dataclass(frozen=True)
class LogSettings:
    """Which requests are kept.

    Attributes:
        sample: share of the rows; 0 for none.
        days: for how long.
        columns: inputs that are kept; None: all.
        durable: whether an answer waits until its rows are kept.
    """

    sample: float
    days: int
    columns: frozenset[str] | None
    durable: bool


class LogPolicy:
    """What the operator allows, by the setting `serving_log`."""

    def __init__(self, settings: Settings) -> None:
        said: str = settings.serving_log
        self.is_off = said == "off"
        self.most_days = int(said) if said.isdecimal() else None

    def effective(self, log: Mapping[str, Any]) -> LogSettings:
        """Return what becomes of an endpoint's settings."""
        days = int(log.get("days", DEFAULT_DAYS))
        columns = log.get("columns")
        return LogSettings(
            0.0 if self.is_off else float(log.get("sample", 1.0)),
            0 if self.is_off else days if self.most_days is None else min(days, self.most_days),
            None if columns is None else frozenset(columns),
            bool(log.get("durable", False)),
        )

    def describe(self, endpoint: Endpoint) -> Json:
        """Return {on, days, detail}: what is kept of the requests of an endpoint, in words too."""
        found = self.effective(endpoint.log)
        if self.is_off:
            return {"on": False, "days": 0, "detail": SERVICE_OFF}
        if not found.sample:
            return {"on": False, "days": 0, "detail": "No requests are kept: the share `log.sample` is 0."}
        share = "All requests" if found.sample >= 1 else f"{found.sample:.3g} of the requests"
        inputs = _inputs(found.columns)
        less = found.days < endpoint.log.get("days", DEFAULT_DAYS)
        limit = ", the most that the operator allows" if less else ""
        detail = (
            f"{share} are kept for {found.days} days{limit}, with what was predicted and {inputs}. "
            'PATCH {"log": …} changes that: `sample` 0 keeps none, `columns` [] keeps predictions without inputs.'
        )
        return {"on": True, "days": found.days, "detail": detail}


def _inputs(columns: frozenset[str] | None) -> str:
    if columns is None:
        return "all inputs that a model reads"
    return f"the inputs {format_names(sorted(columns), 5)}" if columns else "no inputs"
