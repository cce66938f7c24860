"""A section of a page: what stands between `<!-- name -->` and `<!-- /name -->`, and what it was measured on."""

from __future__ import annotations

import os
import platform
from pathlib import Path

import psutil


def put_section(page: Path, name: str, text: str) -> None:
    """Replace what stands there.

    Raises:
        SystemExit: the page has no such section.
    """
    start, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    before, found, rest = page.read_text().partition(start)
    _, ended, after = rest.partition(end)
    if not found or not ended:
        raise SystemExit(f"{page} has no lines {start} and {end}: add them where the table belongs.")
    page.write_text(f"{before}{start}\n{text}\n{end}{after}")


def machine() -> str:
    """Cores, memory, system and Python of this machine."""
    memory_gib = psutil.virtual_memory().total / 2**30
    return f"{os.cpu_count()} cores, {memory_gib:.0f} GiB, {platform.system()}, Python {platform.python_version()}"
