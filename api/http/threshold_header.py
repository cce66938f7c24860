"""The header that says by which threshold labels are answered: of what has no place for it in its body."""

from __future__ import annotations

from flask import Response

from core.domain.records import Model

THRESHOLD_HEADER = "X-Decision-Threshold"


def tell_threshold(response: Response, record: Model) -> None:
    """Say from which probability on the positive label is answered, where a decision rule of the model says so."""
    if record.decision is not None:
        response.headers[THRESHOLD_HEADER] = str(record.decision["threshold"])
