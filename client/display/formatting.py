"""Format values for people, the same on a terminal and in a notebook."""

from __future__ import annotations

from datetime import datetime


def cell(value: object) -> str:
    """A value as people read it; nothing for None."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.astimezone().strftime("%Y-%m-%d %H:%M")
    if isinstance(value, float):
        return f"{value:.4g}" if abs(value) < 10_000 else f"{value:,.0f}"
    return printable(str(value))


def printable(text: str) -> str:
    """`text` without control characters: a name must not be able to steer the terminal."""
    return "".join(character if character.isprintable() else " " for character in text)


def size(size_bytes: int | None) -> str:
    """12.3 MB, say; nothing for None."""
    if size_bytes is None:
        return ""
    value = float(size_bytes)
    for unit in ("B", "kB", "MB"):
        if value < 1000:
            return f"{value:.3g} {unit}"
        value /= 1000
    return f"{value:.3g} GB"


def duration(seconds: float | None) -> str:
    """1:05, say, or 1:00:05; nothing for None."""
    if seconds is None:
        return ""
    minutes, second = divmod(round(max(0.0, seconds)), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"
