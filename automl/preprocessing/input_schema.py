"""What a form should know of a column: whether it may be empty, what to choose from, what is usual."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from automl.parsing.labels import parse_boolean, strip_label
from automl.preprocessing.columns.column_stats import ColumnStats
from automl.preprocessing.columns.number_format import unit_of_values
from automl.preprocessing.features import MISSING
from automl.preprocessing.transformers.basic import (
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

    Numbers come with their `decimal_sign` and, where they have one, `unit`; dates with their `date_order`.

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
        described |= _number_reading(about)
    elif isinstance(step, CategoricalTransformer):
        codes = block.categorical[0]
        counts = np.bincount(codes[(codes >= 0) & (codes < len(step.labels))], minlength=len(step.labels))
        order = np.argsort(-counts, kind="stable")[:MAX_CHOICES]
        described["choices"] = [step.labels[code] for code in order.tolist()]
        described["required"] = not (codes == MISSING).any()
        typical = described["choices"][0][:80]
        rare = float((codes == len(step.labels)).mean())
        if rare:
            described["rare_share"] = rare
    elif isinstance(step, BooleanTransformer):
        described["choices"] = _one_of_each(about.values)
        described["required"] = not np.isnan(block.numeric[0]).any()
    elif isinstance(step, DatetimeTransformer):
        seconds = block.numeric[0] * 86_400 + step.reference_s
        known = seconds[~np.isnan(seconds)]
        described["required"] = len(known) == len(seconds)
        moments = [np.datetime64(round(edge), "s") for edge in (known.min(), known.max())]
        described["date_order"] = about.date_order.order
        described["range"] = [str(moment).removesuffix("T00:00:00") for moment in moments]
    described["typical"] = typical
    return described


def _one_of_each(values: Sequence[str]) -> list[str]:
    """Return the most frequent word for yes and that for no, the more frequent one first."""
    found: dict[float, str] = {}
    for text in values:
        truth = parse_boolean(text)
        if truth == truth:
            found.setdefault(truth, strip_label(text)[:80])
    return list(found.values())


def _number_reading(about: ColumnStats) -> dict[str, str]:
    if about.dtype_kind != "text":
        return {}
    form = about.number_format
    unit = unit_of_values(form)
    return {"decimal_sign": form.decimal} | ({"unit": unit} if unit else {})
