"""What each client script is given, and what it says: JSON over standard input and output."""

from __future__ import annotations

import json
import sys
from typing import Any

# {"address": "HOST:PORT", "key": …, "endpoint": …, "columns": {name: [cells]}}
GIVEN: dict[str, Any] = json.load(sys.stdin)
ADDRESS, KEY, ENDPOINT = GIVEN["address"], GIVEN["key"], GIVEN["endpoint"]
COLUMNS: dict[str, list[Any]] = GIVEN["columns"]


def is_text(cells: list[Any]) -> bool:
    return any(isinstance(cell, str) for cell in cells)


def error_of(call: Any, *arguments: Any) -> str:
    """What a call that must fail says."""
    try:
        call(*arguments)
    except Exception as error:
        return str(error)
    raise AssertionError("it did not fail")


def say(**results: Any) -> None:
    """Print the results: arrays as lists, bytes as text."""

    def plain(value: Any) -> Any:
        return value.decode() if isinstance(value, bytes) else value.tolist()

    json.dump(results, sys.stdout, default=plain)
