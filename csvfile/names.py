"""The names of a table's columns, the same wherever its file is read."""

from __future__ import annotations

from collections.abc import Sequence


def column_names(fields: Sequence[str], warnings: list[str]) -> list[str]:
    """Make names unique: a blank one becomes column_<position>, a repeated one gets .1, .2 and so on.

    Args:
        fields: the first row.
        warnings: what was renamed is added to them, in words.
    """
    taken = set(fields)
    seen: set[str] = set()
    names: list[str] = []
    for position, written in enumerate(fields, 1):
        plain = written if written.strip() else f"column_{position}"
        name, suffix = plain, 0
        while name in seen or (name != written and name in taken):
            suffix += 1
            name = f"{plain}.{suffix}"
        if name != written:
            warnings.append(f"Column {position} was named {written[:80]!r}; it is called {name[:80]!r} here.")
        seen.add(name)
        names.append(name)
    return names


def numbered_names(width: int) -> list[str]:
    """Name the columns of a file without a header: c0, c1 and so on."""
    return [f"c{position}" for position in range(width)]
