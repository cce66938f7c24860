"""`nobrains dead-letters`."""

from __future__ import annotations

from collections.abc import Callable

from backends.factory import create_backends
from core.errors import NoBrainsError, RequestError
from core.service import Service
from core.settings import Settings
from nobrains_client.display.terminal import console, make_table


def handle(settings: Settings, action: str, id: str, fail: Callable[[str], Exception]) -> None:
    """List the letters, retry one, or delete one."""
    try:
        ports = create_backends(settings)
    except NoBrainsError as exc:
        raise fail(str(exc)) from exc
    try:
        letters = Service(ports, settings).dead_letters
        letters.collect()
        if action == "retry":
            console().print(letters.retry(id), markup=False, highlight=False)
        elif action == "forget":
            letters.discard(id)
        else:
            found = [(letter.id, letter.queue, letter.at, letter.work or letter.body) for letter in letters.all()]
            console().print(make_table(("id", "queue", "since", "work"), found) if found else "There are none.")
    except RequestError as exc:
        raise fail(exc.detail) from exc
    except NoBrainsError as exc:
        raise fail(str(exc)) from exc
    finally:
        ports.close()
