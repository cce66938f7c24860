"""How numbers, texts and metrics are written in a report."""

from __future__ import annotations

import math

from automl.wording import format_number
from vocabulary import METRICS

JOINERS = "\u200c\u200d"
"""Invisible, but letters of some scripts and many emoji are made with them."""


def truncate(text: object, most: int = 60) -> str:
    """Return a long text's beginning; � replaces what would turn the writing direction, a space replaces a break."""
    shown = "".join(_shown(each) for each in str(text)[: most + 1])
    return shown if len(shown) <= most else shown[: most - 1] + "…"


def _shown(character: str) -> str:
    if character.isprintable() or character in JOINERS:
        return character
    return " " if character.isspace() else "�"


def percent(share: float | None, digits: int = 3) -> str:
    """Format a share as a percentage."""
    return "–" if share is None or not math.isfinite(share) else f"{format_number(100 * share, digits)} %"


def format_share(value: float | None, decimals: int = 1) -> str:
    """Format a share as a percentage with fixed decimals, for columns; a tiny one is not shown as nothing."""
    if value is None or not math.isfinite(value):
        return "–"
    least = 10.0**-decimals
    if 0 < 100 * value < least / 2:
        return f"< {least:.{decimals}f} %"
    return f"{100 * value:,.{decimals}f} %"


def format_fixed(value: float | None, decimals: int) -> str:
    """Format a number with fixed decimals, for columns of them."""
    if value is None or not math.isfinite(value):
        return "–"
    text = f"{value:,.{decimals}f}"
    return text.lstrip("-") if not float(text.replace(",", "")) else text


def decimals_for(top: float, digits: int = 3) -> int:
    """Return the decimals that show the largest number of a column with given significant digits."""
    return min(max(digits - 1 - math.floor(math.log10(top)), 0), 12) if top > 0 and math.isfinite(top) else 0


def with_error(value: float | None, error: float | None, unit: float = 1.0) -> str:
    """Format a value with its error as `0.912 ± 0.004`, with as many decimals as the error justifies.

    Args:
        value: the number; None or not finite becomes "–".
        error: its standard error in the same unit, or None.
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
    """Format a time span in words."""
    if value is None:
        return "–"
    if value < 120:
        return f"{format_number(round(value, 2), 3)} s"
    return f"{value / 60:.0f} min" if value < 7200 else f"{format_number(value / 3600, 3)} h"


def metric_name(metric: str) -> str:
    """Return the name to show, `AUC` for `auc`; an unknown one stays as it is."""
    return METRICS[metric].name if metric in METRICS else metric


def metric_description(metric: str) -> str:
    """Return what the metric measures, in a few words; empty if it is not known."""
    return METRICS[metric].description if metric in METRICS else ""
