"""What a view may ask about the request it serves: the service behind it, and who is calling."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from flask import current_app, g

if TYPE_CHECKING:
    from core.accounts.credentials import Principal
    from core.domain.users import User
    from core.service import Service

EXTENSION = "nobrains"


def current_service() -> Service:
    """The service this app was made for."""
    return cast("Service", current_app.extensions[EXTENSION])


def current_principal() -> Principal:
    """Who is calling, and with which credential. Only in views that are not public."""
    return cast("Principal", g.principal)


def current_user() -> User:
    """Who is calling. Only in views that are not public."""
    return current_principal().user


def current_request_id() -> str:
    """The id of this request: the client's own where it sent a sane one."""
    return cast(str, g.get("request_id", ""))
