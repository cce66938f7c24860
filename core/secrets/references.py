"""Where a spec needs a secret it says `{"secret": "name"}`: the spec itself holds none, and may be shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from core.errors import FetchFailed

SECRET = "secret"


def named_secrets(value: Any) -> list[str]:
    """Return the names of all secrets that a spec, or a part of it, refers to, each once."""
    return list(dict.fromkeys(_names(value)))


def reveal(value: Any, secrets: Mapping[str, str]) -> Any:
    """Return the value itself, or the secret that it stands for. Raises FetchFailed SECRET_MISSING."""
    if not is_reference(value):
        return value
    name = value[SECRET]
    if name not in secrets:
        raise FetchFailed(
            "SECRET_MISSING", f"There is no secret {name!r} in your account.", f"Store it: nobrains secrets set {name}"
        )
    return secrets[name]


def is_reference(value: Any) -> bool:
    """Return whether the value stands for a secret."""
    return isinstance(value, dict) and set(value) == {SECRET} and isinstance(value[SECRET], str)


def _names(value: Any) -> Iterator[str]:
    if is_reference(value):
        yield value[SECRET]
    elif isinstance(value, dict):
        for each in value.values():
            yield from _names(each)
    elif isinstance(value, list):
        for each in value:
            yield from _names(each)
