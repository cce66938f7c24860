"""A section of a page, between `<!-- name -->` and `<!-- /name -->`; tables; when, where and how it was measured."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

import psutil


def put_section(page: Path, name: str, text: str) -> None:
    """Replace the section's text.

    Raises:
        SystemExit: the page has no such section.
    """
    start, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    before, found, rest = page.read_text().partition(start)
    _, ended, after = rest.partition(end)
    if not found or not ended:
        raise SystemExit(f"{page} has no lines {start} and {end}: add them where the table belongs.")
    page.write_text(f"{before}{start}\n{text}\n{end}{after}")


def grid(corner: str, titles: Sequence[str], lines: Mapping[str, Sequence[str]]) -> str:
    """Return a table of named columns and lines; `corner` and the lines' names may take several columns, cut by |."""
    return "\n".join(
        [
            f"| {corner} | {' | '.join(titles)} |",
            f"|{'---|' * (corner.count('|') + 1 + len(titles))}",
            *(f"| {name} | {' | '.join(cells)} |" for name, cells in lines.items()),
        ]
    )


def provenance() -> str:
    """Return the day, this machine's cores, memory, system and Python, and the command that is running."""
    spec = sys.modules["__main__"].__spec__
    module = spec.name.removesuffix(".__main__") if spec else Path(sys.argv[0]).name
    command = " ".join(["python -m", module, *sys.argv[1:]])
    return f"{date.today()} on {_machine()}, by `{command}`"


def _machine() -> str:
    memory_gib = psutil.virtual_memory().total / 2**30
    return f"{os.cpu_count()} cores, {memory_gib:.0f} GiB, {platform.system()}, Python {platform.python_version()}"
