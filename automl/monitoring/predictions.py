"""Drift of what was answered: labels and probabilities, or numbers, beside those of the reference."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from automl.evaluation.to_json import to_json
from automl.monitoring.answers import Answers
from automl.monitoring.columns.column_cells import ColumnCells
from automl.monitoring.columns.quality import ColumnQuality
from automl.monitoring.drift import ComparedColumn, compare, describe_columns
from automl.monitoring.settings import DriftSettings

LABEL, PROBABILITY, CONFIDENCE, NUMBER = "label", "probability", "confidence", "number"
_KEYS = ("name", "type", "drifted", "effect", "threshold", "method", "statistic", "p", "p_adjusted", "psi", "histogram")


def prediction_drift(
    reference: Answers, now: Answers, labels: Sequence[str], settings: DriftSettings
) -> dict[str, Any]:
    """Return `{rows, drifted, columns, why}`; a column for the labels and one for their probability, or one of numbers.

    Args:
        reference: answers to training rows, by models that have not seen them.
        now: answers to new rows.
        labels: of the model; () for numbers.
        settings: when something has drifted.
    """
    if labels:
        # Of two classes the second's probability says all; of more, how sure the answers are.
        name = PROBABILITY if len(labels) == 2 else CONFIDENCE
        sides = [
            (_label_cells(each, labels), ColumnCells("number", values=_sureness(each))) for each in (reference, now)
        ]
        parts = [(LABEL, sides[0][0], sides[1][0]), (name, sides[0][1], sides[1][1])]
    else:
        parts = [(NUMBER, ColumnCells("number", values=reference.output), ColumnCells("number", values=now.output))]
    nothing = ColumnQuality({}, [], np.zeros(0, dtype=np.bool_))
    compared = [
        ComparedColumn({"name": name, "type": before.kind}, before, after, compare(before, after), nothing)
        for name, before, after in parts
    ]
    described = [
        {key: each[key] for key in _KEYS} | ({"of": labels[1]} if each["name"] == PROBABILITY else {})
        for each in describe_columns(compared, {}, settings)
    ]
    drifted = [each["name"] for each in described if each["drifted"]]
    why = f"The {' and the '.join(drifted)} answered drifted." if drifted else "What is answered has not drifted."
    return dict(to_json({"rows": len(now), "drifted": bool(drifted), "columns": described, "why": why}))


def _label_cells(answers: Answers, labels: Sequence[str]) -> ColumnCells:
    return ColumnCells("category", codes=answers.codes, labels=tuple(labels))


def _sureness(answers: Answers) -> Any:
    return answers.output[:, 1] if answers.output.shape[1] == 2 else answers.output.max(axis=1)
