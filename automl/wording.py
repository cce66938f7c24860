"""Numbers in sentences that people read."""

from __future__ import annotations


def plural(count: int, noun: str) -> str:
    """Return the count with its noun: `1 row`, `1,204 rows`."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
