"""Convert an HTTP response of 300 and above to an exception of `errors.py`."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from ..errors import ApiError, error_class_for

if TYPE_CHECKING:
    from requests import Response


def error_from_response(response: Response) -> ApiError:
    """Return the error that a response stands for: an RFC 9457 problem, or the response of a proxy in between."""
    status = response.status_code
    body = _json_object(response)
    detail = body.get("detail") or body.get("title") or f"{response.url} responded with HTTP {status}."
    if 300 <= status < 400:
        detail = f"The server redirects to {response.headers.get('Location')}: use that address instead."
    elif status == 401:
        detail = f"{detail} Sign in again, or check the token (NOBRAINS_TOKEN)."
    errors = body.get("errors")
    return error_class_for(status)(
        status=status,
        reason=str(body.get("reason") or f"HTTP_{status}"),
        detail=str(detail),
        errors=[error for error in errors if isinstance(error, dict)] if isinstance(errors, list) else (),
        request_id=body.get("request_id") or response.headers.get("X-Request-ID"),
        retry_after_s=retry_after_s(response),
    )


def retry_after_s(response: Response) -> float | None:
    """Return the seconds of Retry-After, which may be a number or a date; None if the header is missing."""
    value = response.headers.get("Retry-After")
    if value is None:
        return None
    try:
        return max(0.0, float(value))
    except ValueError:
        pass
    try:
        return max(0.0, (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None


def _json_object(response: Response) -> dict[str, Any]:
    try:
        body = response.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
