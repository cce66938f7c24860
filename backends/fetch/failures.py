"""What goes wrong while data are fetched, in words for whoever owns the source."""

from __future__ import annotations

from core.errors import FetchFailed


def not_found(what: str, where: str) -> FetchFailed:
    """Make the error for something that is not there."""
    return FetchFailed("SOURCE_NOT_FOUND", f"{where} has no {what}.", "Check the source's url.")


def not_authorized(where: str, how: str) -> FetchFailed:
    """Make the error for credentials that are missing or wrong."""
    return FetchFailed(
        "SOURCE_NOT_AUTHORIZED", f"{where} does not let the service in: {how}.", "Check the credentials."
    )


def no_data(where: str) -> FetchFailed:
    """Make the error for a source that holds nothing."""
    return FetchFailed("NO_DATA", f"{where} holds no data.", "Check the source; a table has a header and rows.")


def too_many_rows(max_rows: int) -> FetchFailed:
    """Make the error for more rows than a fetch may bring."""
    return FetchFailed("TOO_MANY_ROWS", f"There are more than {max_rows:,} rows.", "Add a condition, or a cursor.")


def timed_out(where: str, seconds: float) -> FetchFailed:
    """Make the error for a source that takes too long."""
    detail = f"{where} was not done after {seconds:g} seconds."
    return FetchFailed("TIMED_OUT", detail, "Fetch less at once, or ask the operator for more time.")
