"""Describe requests of endpoints that are kept, and what was said of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ..base import Record


@dataclass(frozen=True)
class RefusedLabel(Record):
    """Describe a label that the server did not keep.

    Attributes:
        index: Its place among those that were sent, from 0.
        reason: UNKNOWN_LABEL, NOT_A_NUMBER, BAD_PREDICTION_ID, BAD_TIME or VALIDATION_FAILED.
        detail: The same as a sentence.
    """

    index: int = 0
    reason: str = ""
    detail: str = ""


@dataclass(frozen=True)
class Feedback(Record):
    """Say what became of labels that were sent.

    Attributes:
        accepted: Number of labels that are kept, durably by now.
        refused_count: Number of labels that are not.
        refused: The first of those, each with its reason.
    """

    accepted: int = 0
    refused_count: int = 0
    refused: tuple[RefusedLabel, ...] = ()


@dataclass(frozen=True)
class LoggedRequest(Record):
    """Describe one row that an endpoint was asked, and what it answered.

    Attributes:
        id: Id of the prediction.
        at: Time of the prediction, in UTC.
        v: Number of the version that answered.
        alias: The alias by which it was chosen, None if it was by its number.
        key: The caller's own name of the row, None if there was none.
        x: The inputs that are kept, by column.
        y: The prediction: a label, or a number.
        p: Probabilities in the order of the version's classes; empty for a regression.
        label: What was true, as far as anybody has said; None if nobody has.
        label_at: Since when it is said to be true.
    """

    id: str
    at: datetime | None = None
    v: int = 0
    alias: str | None = None
    key: str | None = None
    x: dict[str, Any] = field(default_factory=dict)
    y: Any = None
    p: tuple[float, ...] = ()
    label: Any = None
    label_at: datetime | None = None
