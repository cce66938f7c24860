"""What a monitor calls drift, worse data and a worse model: thresholds, each with the default that is used unasked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class DriftSettings:
    """When a column, and when the inputs as a whole, have drifted.

    Attributes:
        adjusted_p: a column's p, adjusted over all columns, must be below it.
        effect_number, effect_category, effect_text: and its effect above the one of its kind.
        share: of the columns that must have drifted for the inputs to have.
        weighted: whether columns count by the model's permutation importance.
    """

    adjusted_p: float = 0.01
    effect_number: float = 0.1
    effect_category: float = 0.1
    effect_text: float = 0.1
    share: float = 0.3
    weighted: bool = True

    def effect_of(self, kind: str) -> float:
        """Return the least effect that matters for a kind of column."""
        if kind == "text":
            return self.effect_text
        return self.effect_number if kind in ("number", "date") else self.effect_category


@dataclass(frozen=True)
class QualitySettings:
    """By how much the share of such cells of a column may rise above that of the reference."""

    missing: float = 0.05
    unseen: float = 0.01
    out_of_range: float = 0.01


@dataclass(frozen=True)
class PerformanceSettings:
    """What performance is measured by, and which loss of it matters.

    Attributes:
        metric: a name in `vocabulary.METRICS`; `auto` is the model's own.
        drop: of scores up to 1 the absolute loss; of errors the rise as a share of the reference's error.
    """

    metric: str = "auto"
    drop: float = 0.03


@dataclass(frozen=True)
class MonitorSettings:
    """All of them."""

    drift: DriftSettings = DriftSettings()
    quality: QualitySettings = QualitySettings()
    performance: PerformanceSettings = PerformanceSettings()

    @classmethod
    def of(cls, settings: Mapping[str, Any] | None) -> MonitorSettings:
        """Read the settings of a monitor, as `PUT …/monitor` takes them; what is left out keeps its default."""
        given = settings or {}
        drift = dict(given.get("drift") or {})
        effects = drift.pop("effect", None) or {}
        drift |= {f"effect_{kind}": value for kind, value in effects.items()}
        return cls(
            _filled(DriftSettings, drift),
            _filled(QualitySettings, given.get("quality") or {}),
            _filled(PerformanceSettings, given.get("performance") or {}),
        )


def _filled(kind: Any, values: Mapping[str, Any]) -> Any:
    return kind(**{name: values[name] for name in kind.__dataclass_fields__ if values.get(name) is not None})
