"""Lists over HTTP: `{items, next_page_token}`, newest first."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from typing import Any, TypeVar

from core.errors import Invalid
from core.storage.rows import Page

R = TypeVar("R")

_ID = re.compile(r"[0-9a-z#:_-]{1,200}")


def page_response(page: Page[R], show: Callable[[R], Any] | None = None) -> dict[str, Any]:
    """Return the body of a list.

    It holds each item as `show` shows it (without `show`, as it is), and the token of the next page, null on the last.
    """
    token = None if page.next is None else base64.urlsafe_b64encode(page.next.encode()).decode().rstrip("=")
    items = [show(item) for item in page.items] if show else page.items
    return {"items": items, "next_page_token": token}


def decode_page_token(page_token: str | None) -> str | None:
    """Return the id after which the page begins. Raises Invalid for a malformed token."""
    if page_token is None:
        return None
    try:
        padded = page_token + "=" * (-len(page_token) % 4)
        after = base64.b64decode(padded.encode("ascii"), altchars=b"-_", validate=True).decode("ascii")
    except (binascii.Error, UnicodeError):
        after = ""
    if not _ID.fullmatch(after):
        hint = "Send next_page_token of the previous page unchanged, or omit it for the first page."
        entry = {"field": "page_token", "detail": "Not a page token.", "hint": hint}
        raise Invalid("INVALID_PAGE_TOKEN", f"page_token is not one of this list. {hint}", [entry])
    return after
