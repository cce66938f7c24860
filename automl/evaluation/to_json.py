"""Numbers as they go into a report: six digits or two decimals, and nothing that JSON cannot say."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

LARGE, HUGE = 1e4, 1e12


def to_json(value: Any) -> Any:
    """Make JSON values: arrays become lists, floats are rounded, NaN and infinities become None.

    Six significant digits are kept, and of large numbers two decimals: a target far from 0 varies in them.
    """
    if isinstance(value, Mapping):
        return {str(key): to_json(each) for key, each in value.items()}
    if isinstance(value, np.ndarray | np.generic):
        return to_json(value.tolist())
    if isinstance(value, list | tuple):
        return [to_json(each) for each in value]
    if isinstance(value, float):
        if not math.isfinite(value):
            return None
        return round(value, 2) if LARGE <= abs(value) < HUGE else float(f"{value:.6g}")
    return value
