"""`nobrains init`."""

from __future__ import annotations

from collections.abc import Callable

from backends.open import initialise as initialise_ports
from backends.open import open_ports
from core.errors import Refused, Unavailable
from core.service import Service
from core.settings import SettingError, Settings


def initialise(settings: Settings, username: str | None, password: str, fail: Callable[[str], Exception]) -> str:
    """Make what is missing, and the account if one is named; says in words what there is now."""
    try:
        initialise_ports(settings)
        ports = open_ports(settings)
    except (Unavailable, SettingError) as exc:
        raise fail(str(exc)) from exc
    try:
        if username is not None:
            Service(ports, settings).accounts.sign_up(username, password)
    except Refused as exc:
        raise fail(exc.detail) from exc
    finally:
        ports.close()
    account = f", with the account {username!r}" if username else ""
    where = f"tables in {settings.tables}, blobs in {settings.blobs}, queues in {settings.queue}"
    return f"Ready: {where} (embedded ones in {settings.folder}){account}."
