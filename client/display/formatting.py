"""Format values for people, the same on a terminal and in a notebook."""

from __future__ import annotations

from datetime import datetime


def cell(value: object) -> str:
    """Format any value for a table; None becomes the empty string.

    Example:
        >>> [cell(value) for value in (None, 3, 0.87314, 12345.6)]
        ['', '3', '0.8731', '12,346']
    """
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.astimezone().strftime("%Y-%m-%d %H:%M")
    if isinstance(value, float):
        return f"{value:.4g}" if abs(value) < 10_000 else f"{value:,.0f}"
    return printable(str(value))


def printable(text: str) -> str:
    """Replace control characters by spaces, so that a name cannot steer the terminal.

    Example:
        >>> printable(chr(27) + "[2J")
        ' [2J'
    """
    return "".join(character if character.isprintable() else " " for character in text)


def size(size_bytes: int | None) -> str:
    """Format a number of bytes; None becomes the empty string.

    Example:
        >>> size(12_300_000)
        '12.3 MB'
    """
    if size_bytes is None:
        return ""
    value = float(size_bytes)
    for unit in ("B", "kB", "MB"):
        if value < 1000:
            return f"{value:.3g} {unit}"
        value /= 1000
    return f"{value:.3g} GB"


def duration(seconds: float | None) -> str:
    """Format seconds as a clock does; None becomes the empty string.

    Example:
        >>> duration(65), duration(3605)
        ('1:05', '1:00:05')
    """
    if seconds is None:
        return ""
    minutes, second = divmod(round(max(0.0, seconds)), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"


def plural(count: int, noun: str) -> str:
    """Format a count with its noun.

    Example:
        >>> plural(1, "row"), plural(1204, "row")
        ('1 row', '1,204 rows')
    """
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
