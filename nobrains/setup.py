"""`nobrains init`."""

from __future__ import annotations

from collections.abc import Callable

from backends.open import open_ports
from core.errors import Refused, Unavailable
from core.service import Service
from core.settings import Settings


def initialise(settings: Settings, username: str | None, password: str, fail: Callable[[str], Exception]) -> str:
    """Make what is missing, and the account if one is named; says in words what there is now."""
    try:
        ports = open_ports(settings)
    except Unavailable as exc:
        raise fail(str(exc)) from exc
    try:
        if username is not None:
            Service(ports, settings).accounts.sign_up(username, password)
    except Refused as exc:
        raise fail(exc.detail) from exc
    finally:
        ports.close()
    account = f", with the account {username!r}" if username else ""
    return f"Ready: tables, blobs and queues are in {settings.folder}{account}."
