"""The inputs that a log of requests is to keep: they are columns of the endpoint's models."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from core.errors import Invalid, format_names


def check_log_columns(log: Mapping[str, Any] | None, signatures: Iterable[Mapping[str, Any]]) -> None:
    """Raise Invalid COLUMN_NOT_FOUND if the log names an input that no version reads; without versions any will do."""
    names = (log or {}).get("columns")
    if not names:
        return
    known = {feature["name"] for signature in signatures for feature in signature["features"]}
    unknown = [name for name in names if name not in known]
    if known and unknown:
        detail = (
            f"No version of the endpoint reads {format_names(unknown, 5)}: they read {format_names(sorted(known))}."
        )
        raise Invalid("COLUMN_NOT_FOUND", detail, [{"field": "log.columns", "detail": "no such column"}])
