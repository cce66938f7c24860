"""Numbers and names on paper: how they are written, where axes have ticks."""

from __future__ import annotations

import math
from dataclasses import dataclass

JOINERS = "\u200c\u200d"
"""Invisible, but letters of some scripts and many emoji are made with them."""


def truncate(text: object, most: int = 60) -> str:
    """The beginning of a long text; what would turn the writing direction is shown as �, a break as a space."""
    shown = "".join(_shown(each) for each in str(text)[: most + 1])
    return shown if len(shown) <= most else shown[: most - 1] + "…"


def _shown(character: str) -> str:
    if character.isprintable() or character in JOINERS:
        return character
    return " " if character.isspace() else "�"


def format_number(value: float | None, digits: int = 4) -> str:
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
    return "–" if share is None or not math.isfinite(share) else f"{format_number(100 * share, digits)} %"


def format_share(value: float | None, decimals: int = 1) -> str:
    """A share as a percentage with so many decimals, for columns of them; what is tiny is not shown as nothing."""
    if value is None or not math.isfinite(value):
        return "–"
    least = 10.0**-decimals
    if 0 < 100 * value < least / 2:
        return f"< {least:.{decimals}f} %"
    return f"{100 * value:,.{decimals}f} %"


def format_fixed(value: float | None, decimals: int) -> str:
    """A number with so many decimals, for columns of them."""
    if value is None or not math.isfinite(value):
        return "–"
    text = f"{value:,.{decimals}f}"
    return text.lstrip("-") if not float(text.replace(",", "")) else text


def decimals_for(top: float, digits: int = 3) -> int:
    """Decimals that show the largest number of a column with so many significant digits."""
    return min(max(digits - 1 - math.floor(math.log10(top)), 0), 12) if top > 0 and math.isfinite(top) else 0


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
        return format_number(value)
    error *= unit
    decimals = min(max(0, 1 - math.floor(math.log10(error))), 8)
    return f"{value:,.{decimals}f} ± {error:,.{decimals}f}"


def seconds(value: float | None) -> str:
    """A time span in words."""
    if value is None:
        return "–"
    if value < 120:
        return f"{format_number(round(value, 2), 3)} s"
    return f"{value / 60:.0f} min" if value < 7200 else f"{format_number(value / 3600, 3)} h"


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


def powers(low: float, high: float) -> list[float]:
    """Ticks of a logarithmic axis: powers of ten within the range or, where these are too few, its ends."""
    first, last = math.ceil(math.log10(low) - 1e-9), math.floor(math.log10(high) + 1e-9)
    found = [10.0**each for each in range(first, last + 1)]
    return found if len(found) > 1 else [low, high]


def tick_labels(values: list[float]) -> list[str]:
    """Ticks as text, with as many decimals as tell them apart."""
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
