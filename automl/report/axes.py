"""Axes of charts: from data to pixels, and where the ticks are."""

from __future__ import annotations

import math
from dataclasses import dataclass

from automl.wording import format_number


def ticks(low: float, high: float, most: int = 5) -> list[float]:
    """Choose round numbers (1, 2 or 5 times a power of ten apart) within the range."""
    span = high - low
    if not span > 0 or not math.isfinite(span):
        return [low]
    raw = span / most
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(each * power for each in (1, 2, 5, 10) if each * power >= raw * (1 - 1e-9))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [index * step for index in range(first, last + 1)]


def powers(low: float, high: float) -> list[float]:
    """Choose a logarithmic axis's ticks: powers of ten within the range or, if these are too few, its ends."""
    first, last = math.ceil(math.log10(low) - 1e-9), math.floor(math.log10(high) + 1e-9)
    found = [10.0**each for each in range(first, last + 1)]
    return found if len(found) > 1 else [low, high]


def tick_labels(values: list[float]) -> list[str]:
    """Format ticks with as many decimals as distinguish them."""
    if len(values) < 2:
        return [format_number(value) for value in values]
    step = abs(values[1] - values[0])
    size = math.floor(math.log10(step)) if step else 0
    greatest = max(abs(value) for value in values)
    if greatest >= 1e7 or greatest < 1e-4:
        return [f"{value:.3g}" for value in values]
    return [f"{value:,.{max(0, -size)}f}" for value in values]


@dataclass(frozen=True)
class Scale:
    """From data to pixels, linear; equal ends give the middle, what lies beyond them the nearer end."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        # Halved first: the span of two huge numbers would overflow.
        span = self.high / 2 - self.low / 2
        share = (value / 2 - self.low / 2) / span if span else 0.5
        return self.start + min(max(share, 0.0), 1.0) * (self.end - self.start)
