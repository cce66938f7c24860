"""What callers say became of predictions, checked one by one: what cannot be used is refused, with a reason."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from core.domain.endpoints import MAX_KEY_LENGTH
from core.domain.ids import rfc3339
from core.domain.prediction_ids import is_prediction_id
from core.domain.records import Json
from core.requests.labels import Label

MAX_LABELS = 10_000
"""Of one JSON body; further ones are sent as CSV."""
MAX_LABEL_LENGTH = 1000
MAX_AHEAD = timedelta(minutes=5)
"""How far another's clock may be ahead. A label of the day after tomorrow would outdo all corrections until then."""
FIELDS = ("prediction_id", "key", "label", "at")

Scalar = str | int | float | bool
ReadLabels = Callable[[Sequence[Scalar]], Sequence[str | float | None]]
"""Reads labels as an endpoint's models write them; None for what is none of them."""


@dataclass(frozen=True)
class TargetReader:
    """How an endpoint's labels are read.

    Attributes:
        read: reads them.
        reason: why one is refused that cannot be read: UNKNOWN_LABEL or NOT_A_NUMBER.
        known: what can be read, in words.
    """

    read: ReadLabels
    reason: str
    known: str


@dataclass
class Checked:
    """Labels to keep, and those that are refused, as {index, reason, detail}."""

    labels: list[Label] = field(default_factory=list)
    refused: list[Json] = field(default_factory=list)


class BadLabel(Exception):
    """One label cannot be used."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


def check_labels(entries: Sequence[Any], target: TargetReader, first: int = 0) -> Checked:
    """Check labels as they came: {prediction_id or key, label, at?}.

    Args:
        entries: of any form.
        target: how labels are read.
        first: index of the first of them.
    """
    checked = Checked()
    received = datetime.now(UTC)
    usable: list[tuple[int, Label]] = []
    for index, entry in enumerate(entries, first):
        try:
            usable.append((index, _check(entry, received)))
        except BadLabel as refused:
            checked.refused.append({"index": index, "reason": refused.reason, "detail": refused.detail})
    said = list({_kind(label.value): label.value for _, label in usable if label.value is not None}.items())
    read = dict(zip([kind for kind, _ in said], target.read([value for _, value in said]), strict=True))
    for index, label in usable:
        value = None if label.value is None else read[_kind(label.value)]
        if label.value is not None and value is None:
            detail = f"{str(label.value)[:60]!r} is none: {target.known}."
            checked.refused.append({"index": index, "reason": target.reason, "detail": detail})
        else:
            checked.labels.append(Label(label.prediction_id, label.key, value, label.at))
    checked.refused.sort(key=lambda each: each["index"])
    return checked


def _kind(value: Any) -> tuple[type, Any]:
    """Return what tells 1 from 1.0 and true."""
    return type(value), value


def _check(entry: Any, received: datetime) -> Label:
    if not isinstance(entry, Mapping):
        raise BadLabel("VALIDATION_FAILED", "A label is an object: {prediction_id or key, label, at?}.")
    if unknown := [name for name in entry if name not in FIELDS]:
        raise BadLabel("VALIDATION_FAILED", f"{str(unknown[0])[:60]!r} is unknown: the fields are {', '.join(FIELDS)}.")
    id, key = entry.get("prediction_id"), entry.get("key")
    if id is None and key is None:
        raise BadLabel("VALIDATION_FAILED", "prediction_id or key is needed: which prediction is it about?")
    if id is not None and not (isinstance(id, str) and is_prediction_id(id)):
        raise BadLabel("BAD_PREDICTION_ID", f"{str(id)[:60]!r} is no id of a prediction, as `prediction_ids` has them.")
    if id is None and not (isinstance(key, str) and 0 < len(key) <= MAX_KEY_LENGTH):
        raise BadLabel("VALIDATION_FAILED", f"A key is text of 1 to {MAX_KEY_LENGTH} characters.")
    if "label" not in entry:
        raise BadLabel("VALIDATION_FAILED", "label is needed; null takes back what was said before.")
    value = entry["label"]
    if value is not None and not isinstance(value, str | int | float | bool):
        raise BadLabel("VALIDATION_FAILED", "A label is text, a number, true, false or null.")
    if isinstance(value, str) and len(value) > MAX_LABEL_LENGTH:
        raise BadLabel("VALIDATION_FAILED", f"A label has at most {MAX_LABEL_LENGTH:,} characters.")
    return Label(id, None if id is not None else key, value, _time(entry.get("at"), received))


def _time(at: Any, received: datetime) -> str:
    """Return when the label became true: as it says, or as it came."""
    if at is None:
        return rfc3339(received)
    try:
        said = datetime.fromisoformat(at)
        is_past = said.utcoffset() is not None and said.year >= 1970 and said <= received + MAX_AHEAD
    except (TypeError, ValueError, OverflowError):
        is_past = False
    if not is_past:
        raise BadLabel("BAD_TIME", f"{str(at)[:60]!r} is no past time with a zone, as 2026-03-01T12:00:00Z is.")
    return rfc3339(said)
