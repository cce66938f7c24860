"""Quantities: numbers whose unit differs from cell to cell, and times that are written with colons.

`90 min` and `2 h`, `1:30:00` and `PT5M`, `512 MB` and `2 GB`, `800` and `1.2M` become comparable numbers.
"""

from __future__ import annotations

import math
import re

from automl.parsing.clock import HOURS, MINUTES, parse_clock

NAN = math.nan
TIME = "time (s)"
TIME_OF_MINUTES = "time (s), m:ss"
CLOCK_STYLES = {TIME: HOURS, TIME_OF_MINUTES: MINUTES}
"""Dimensions of times by how a clock with one colon is read in them."""

_TIME = {
    "ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1, "sec": 1, "second": 1, "m": 60, "min": 60, "minute": 60,
    "h": 3600, "hr": 3600, "hour": 3600, "d": 86_400, "day": 86_400, "w": 604_800, "wk": 604_800, "week": 604_800,
    "mo": 2_629_746, "month": 2_629_746, "y": 31_556_952, "yr": 31_556_952, "year": 31_556_952,
}  # fmt: skip
_BYTES = {"b": 1.0, "byte": 1.0} | {
    f"{prefix}{ending}": factor**power
    for power, prefix in enumerate("kmgtp", 1)
    for ending, factor in (("b", 1000.0), ("ib", 1024.0))
}
UNITS_BY_DIMENSION: dict[str, dict[str, float]] = {
    TIME: _TIME,
    TIME_OF_MINUTES: _TIME,
    "size (bytes)": _BYTES,
    "length (m)": {"mm": 1e-3, "cm": 1e-2, "m": 1, "km": 1e3, "in": 0.0254, "ft": 0.3048, "yd": 0.9144, "mi": 1609.344},
    "mass (kg)": {"mg": 1e-6, "g": 1e-3, "kg": 1, "t": 1e3, "oz": 0.028349523125, "lb": 0.45359237},
    "magnitude": {"": 1, "k": 1e3, "m": 1e6, "mn": 1e6, "b": 1e9, "bn": 1e9},
}
"""Units by dimension, in the unit its name gives. The names serve as units of `numbers.parse_number`."""

MAX_CHARACTERS = 48
_NUMBER = r"[0-9]+(?:,[0-9]{3})*(?:\.[0-9]+)?"
_PART = re.compile(rf"\s*({_NUMBER})\s*([a-zµ]*)\.?,?\s*(?:and\s)?", re.IGNORECASE)
_ISO = re.compile(r"P(?=.)(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?", re.ASCII)


def parse_quantity(text: str, dimension: str) -> float:
    """Convert the text to the base unit of one of `UNITS_BY_DIMENSION`, NaN where it is none such.

    A time may have several parts (`1 h 30 min`), be a clock's (`1:30` are 90 minutes, `2 days 01:00:00`) or ISO 8601's
    (`PT90M`). A sign may stand before; money before a magnitude.
    """
    text = text.strip()
    if not text or len(text) > MAX_CHARACTERS:
        return NAN
    sign = -1.0 if text[0] in "-−" else 1.0
    text = text.lstrip("+-−$€£¥ ") if dimension == "magnitude" else text.lstrip("+-−")
    if dimension in CLOCK_STYLES:
        seconds = parse_clock(text, CLOCK_STYLES[dimension])
        if seconds == seconds:
            return sign * seconds
        found = _ISO.fullmatch(text)
        if found:
            parts = zip(found.groups(), (86_400, 3_600, 60, 1), strict=True)
            return sign * sum(float(part or 0) * each for part, each in parts)
    return sign * _sum_of_parts(text, UNITS_BY_DIMENSION[dimension], 4 if dimension in CLOCK_STYLES else 1)


def _sum_of_parts(text: str, units: dict[str, float], most: int) -> float:
    total, at = 0.0, 0
    for _ in range(most):
        found = _PART.match(text, at)
        if found is None:
            return NAN
        unit = found[2].lower()
        factor = units.get(unit, units.get(unit.removesuffix("s")))
        if factor is None:
            return NAN
        total += float(found[1].replace(",", "")) * factor
        at = found.end()
        if at == len(text):
            return total
    return NAN
