"""The context of the request that a view serves: its service, and its caller."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from flask import current_app, g

from core.domain.endpoints import Decision

if TYPE_CHECKING:
    from core.accounts.credentials import Principal
    from core.domain.users import User
    from core.service import Service

EXTENSION = "nobrains"


def current_service() -> Service:
    """Return the service this app was made for."""
    return cast("Service", current_app.extensions[EXTENSION])


def current_principal() -> Principal:
    """Return the caller and the credential. Only in views that are not public."""
    return cast("Principal", g.principal)


def current_user() -> User:
    """Return the caller. Only in views that are not public."""
    return current_principal().user


def deciding(why: str = "") -> Decision:
    """Return the caller's decision to change what an endpoint serves, or how a model decides."""
    credential = current_principal().credential
    by = f"user/{credential.user_id}" if credential.key_id is None else f"key/{credential.key_id}"
    return Decision(by, why)


def current_request_id() -> str:
    """Return the id of this request: the client's own if it sent a sane one."""
    return cast(str, g.get("request_id", ""))
