"""Numbers and names on paper: how they are written, where axes have ticks."""

from __future__ import annotations

import math
from dataclasses import dataclass


def cut(text: object, most: int = 60) -> str:
    """The beginning of a long text; characters that would turn the writing direction or break lines are shown as �."""
    shown = "".join(each if each.isprintable() else "�" for each in str(text)[: most + 1])
    return shown if len(shown) <= most else shown[: most - 1] + "…"


def number(value: float | None, digits: int = 4) -> str:
    """A number with so many significant digits and thousands separated; "–" where there is none."""
    if value is None or not math.isfinite(value):
        return "–"
    if value == 0:
        return "0"
    size = math.floor(math.log10(abs(value)))
    if size >= 15 or size < -4:
        return f"{value:.{max(digits - 2, 0)}e}"
    text = f"{value:,.{max(digits - 1 - size, 0)}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def percent(share: float | None, digits: int = 3) -> str:
    """A share as a percentage."""
    return "–" if share is None or not math.isfinite(share) else f"{number(100 * share, digits)} %"


def with_error(value: float | None, error: float | None, unit: float = 1.0) -> str:
    """`0.912 ± 0.004`: as many decimals as the error says are worth telling.

    Args:
        value, error: both in the same unit; the error may be absent.
        unit: what both are multiplied with before (100 for percentages).
    """
    if value is None or not math.isfinite(value):
        return "–"
    value *= unit
    if not error or not math.isfinite(error):
        return number(value)
    error *= unit
    decimals = min(max(0, 1 - math.floor(math.log10(error))), 8)
    return f"{value:,.{decimals}f} ± {error:,.{decimals}f}"


def seconds(value: float | None) -> str:
    """A time span in words."""
    if value is None:
        return "–"
    if value < 120:
        return f"{number(round(value, 2), 3)} s"
    return f"{value / 60:.0f} min" if value < 7200 else f"{number(value / 3600, 3)} h"


def ticks(low: float, high: float, most: int = 5) -> list[float]:
    """Round numbers (1, 2 or 5 times a power of ten apart) within the range."""
    span = high - low
    if not span > 0 or not math.isfinite(span):
        return [low]
    raw = span / most
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(each * power for each in (1, 2, 5, 10) if each * power >= raw * (1 - 1e-9))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [index * step for index in range(first, last + 1)]


def tick_labels(values: list[float]) -> list[str]:
    """Ticks as text, with as many decimals as tell them apart."""
    if len(values) < 2:
        return [number(value) for value in values]
    step = abs(values[1] - values[0])
    size = math.floor(math.log10(step)) if step else 0
    greatest = max(abs(value) for value in values)
    if greatest >= 1e7 or greatest < 1e-4:
        return [f"{value:.3g}" for value in values]
    return [f"{value:,.{max(0, -size)}f}" for value in values]


@dataclass(frozen=True)
class Scale:
    """From data to pixels, linear; equal ends give the middle."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        # Halved first: the span of two huge numbers would overflow.
        span = self.high / 2 - self.low / 2
        share = (value / 2 - self.low / 2) / span if span else 0.5
        return self.start + min(max(share, -0.02), 1.02) * (self.end - self.start)
