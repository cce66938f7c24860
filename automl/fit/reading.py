"""What a model says of how its columns were read, and of the unit that it predicts in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from automl.parsing.clock import MINUTES
from automl.preprocessing.columns.column_stats import ColumnStats
from automl.preprocessing.columns.number_format import unit_of_values
from automl.preprocessing.columns.reading_findings import reading_findings


def reading_warnings(target: ColumnStats, task: str, decisions: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the warnings about the target and the columns that are used, each with the column's name."""
    found = reading_findings(target, "number") if task == "regression" else []
    warnings = [f"{target.name!r}: {finding.text}" for finding in found]
    return warnings + [f"{each['column']!r}: {text}" for each in decisions for text in each.get("warnings", ())]


def target_reading(target: ColumnStats, task: str) -> dict[str, str]:
    """Return `{target_unit?, target_format?}`: what a predicted number is in, and how the table writes it.

    The format is that of `clock.format_clock`; only times written with colons have one.
    """
    if task != "regression" or target.dtype_kind != "text":
        return {}
    form = target.number_format
    reading = {"target_unit": unit} if (unit := unit_of_values(form)) else {}
    if not form.clock:
        return reading
    example = max(target.values, key=lambda value: value.count(":"))
    return reading | {"target_format": MINUTES if form.clock.startswith(MINUTES) else example[:20]}
