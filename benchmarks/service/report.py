"""A benchmark's table: its figures, a column for each set of back ends, and its place in a page."""

from __future__ import annotations

import argparse
import statistics
from pathlib import Path

import numpy as np

from benchmarks.markdown_section import grid, provenance, put_section
from benchmarks.service.deployments import BACK_ENDS

Figures = dict[str, str]


def options(description: str | None) -> argparse.ArgumentParser:
    """Return a parser with the options that every benchmark of the service has."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--back-ends", nargs="+", choices=BACK_ENDS, default=["embedded"], help="one column for each")
    parser.add_argument("--write", type=Path, help="page to put the table into")
    return parser


def percentile(values: list[float], share: float) -> float:
    return float(np.percentile(values, share * 100))


def spread(values: list[float]) -> str:
    """Return the median of the rounds, and their range."""
    return f"{statistics.median(values):.3g} ({min(values):.3g}-{max(values):.3g})"


def publish(columns: dict[str, Figures], section: str, page: Path | None) -> None:
    """Print the columns side by side, with the date and the machine.

    If a page is given, put them into it, between `<!-- section -->` and `<!-- /section -->`.
    """
    text = _table(columns)
    print(text)
    if page:
        put_section(page, section, text)


def _table(columns: dict[str, Figures]) -> str:
    names = list(dict.fromkeys(name for figures in columns.values() for name in figures))
    lines = {name: [figures.get(name, "") for figures in columns.values()] for name in names}
    return f"Measured on {provenance()}; medians of rounds with their range.\n\n" + grid(
        "what", [BACK_ENDS[each].title for each in columns], lines
    )
