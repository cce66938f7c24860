"""`nobrains init`."""

from __future__ import annotations

from collections.abc import Callable

from backends.factory import create_backends
from backends.factory import initialize as initialise_ports
from core.errors import RequestError, Unavailable
from core.history.audit_log import OPERATOR
from core.service import Service
from core.settings import SettingError, Settings


def initialize(settings: Settings, username: str | None, password: str, fail: Callable[[str], Exception]) -> str:
    """Make what is missing, and an administrator if one is named; return a description of the result."""
    try:
        initialise_ports(settings)
        ports = create_backends(settings)
    except (Unavailable, SettingError) as exc:
        raise fail(str(exc)) from exc
    try:
        if username is not None:
            service = Service(ports, settings)
            user = service.accounts.sign_up(username, password, "admin")
            service.audit.record(OPERATOR, "init", f"/admin/users/{user.id}", 201)
    except RequestError as exc:
        raise fail(exc.detail) from exc
    finally:
        ports.close()
    account = f", with the administrator {username!r}" if username else ""
    where = f"tables in {settings.tables}, blobs in {settings.blobs}, queues in {settings.queue}"
    return f"Ready: {where} (embedded ones in {settings.folder}){account}."


def promote(settings: Settings, username: str, fail: Callable[[str], Exception]) -> str:
    """Make an existing account an administrator; return a sentence that says so."""
    try:
        ports = create_backends(settings)
    except (Unavailable, SettingError) as exc:
        raise fail(str(exc)) from exc
    try:
        service = Service(ports, settings)
        user = service.accounts.find_by_username(username)
        if user is None:
            raise fail(f"There is no account {username!r}: `nobrains init --username {username}` makes it.")
        service.administration.set_role(user.id, "admin", by=OPERATOR)
        service.audit.record(OPERATOR, "init --promote", f"/admin/users/{user.id}")
    except Unavailable as exc:
        raise fail(str(exc)) from exc
    finally:
        ports.close()
    return f"{username} is an administrator now."
