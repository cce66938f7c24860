"""The engine's version: workers share a search only where it is the same."""

from __future__ import annotations

from functools import cache
from importlib.metadata import PackageNotFoundError, version


@cache
def engine_version() -> str:
    """Return the released version, or `unknown` where the package is not installed, as with a bare checkout."""
    try:
        return version("nobrains-ml")
    except PackageNotFoundError:
        return "unknown"
