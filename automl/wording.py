"""Numbers in sentences that people read."""

from __future__ import annotations

import math


def plural(count: int, noun: str) -> str:
    """Return the count with its noun: `1 row`, `1,204 rows`."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def format_number(value: float | None, digits: int = 4) -> str:
    """Format a number with thousands separated to some significant digits; "–" where there is none."""
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
