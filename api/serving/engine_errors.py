"""Errors and warnings of the engine, as the api tells them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from core.errors import Invalid

if TYPE_CHECKING:
    from automl.inference.input_warnings import InputWarning


def not_usable(warnings: Sequence[InputWarning]) -> Invalid:
    """Make the error of a strict request of which something cannot be used."""
    return Invalid(
        "INPUT_NOT_USABLE",
        "Not every value can be used as it stands, and strict was asked for.",
        [
            {"field": each.column, "detail": each.detail, "hint": "correct it, or predict without strict"}
            for each in warnings
        ],
    )


@contextmanager
def data_errors_as_invalid() -> Iterator[None]:
    """Raise the engine's errors about rows as Invalid."""
    from automl.errors import AutoMLError

    try:
        yield
    except AutoMLError as exc:
        entry = {"line": exc.line, "column": exc.column, "detail": exc.detail, "hint": exc.hint}
        entries = [{key: value for key, value in entry.items() if value is not None}]
        raise Invalid(exc.reason, f"{exc.detail} {exc.hint}".strip(), entries) from exc
