"""What a form should know of a column: whether it may be empty, what to choose from, what is usual."""

from __future__ import annotations

from typing import Any

import numpy as np

from automl.preprocessing.column_stats import ColumnStats
from automl.preprocessing.transformers import (
    BooleanTransformer,
    CategoricalTransformer,
    DatetimeTransformer,
    NumericTransformer,
    Transformer,
    TransformerOutput,
)

MAX_CHOICES = 100
_PARTS = ("substring", "trailing_number", "string_length")


def column_schema(about: ColumnStats, step: Transformer, block: TransformerOutput) -> dict[str, Any]:
    """Return `{name, type, required, choices?, rare_share?, range?, typical}` of a column that is used.

    Args:
        about: the column's facts.
        step: its first step.
        block: what that made of the column.
    """
    complete = about.n_missing == 0
    described: dict[str, Any] = {"name": about.name, "type": "text" if step.kind in _PARTS else step.kind}
    described["required"] = complete
    typical: Any = about.values[0][:80] if about.values else None
    if isinstance(step, NumericTransformer):
        values = block.numeric[0] + step.offset
        known = values[~np.isnan(values)]
        described["required"] = len(known) == len(values)
        described["range"] = [float(known.min()), float(known.max())]
        typical = float(np.median(known))
    elif isinstance(step, CategoricalTransformer):
        described["choices"] = [text for text in about.values if step.key(text) is not None][:MAX_CHOICES]
        rare = float((block.categorical[0] == len(step.labels)).mean())
        if rare:
            described["rare_share"] = rare
    elif isinstance(step, BooleanTransformer):
        described["choices"] = [text[:80] for text in about.values[:2]]
        described["required"] = not np.isnan(block.numeric[0]).any()
    elif isinstance(step, DatetimeTransformer):
        seconds = block.numeric[0] * 86_400 + step.reference_s
        known = seconds[~np.isnan(seconds)]
        described["required"] = len(known) == len(seconds)
        moments = [np.datetime64(round(edge), "s") for edge in (known.min(), known.max())]
        described["range"] = [str(moment).removesuffix("T00:00:00") for moment in moments]
    described["typical"] = typical
    return described
