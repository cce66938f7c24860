"""Write to a terminal: tables, lists, one-line errors.

rich is imported where it is used, because `--help` and shell completion need none of it.
"""

from __future__ import annotations

import functools
import json
import math
import sys
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, ParamSpec, TypeVar

import typer

from ..errors import NoBrainsError, Unauthorized
from ..types.base import Record
from .formatting import cell, printable

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

P = ParamSpec("P")
R = TypeVar("R")

INTERRUPTED = 130  # Exit code that shells report for Ctrl-C.


def program() -> str:
    """Return the command as the user typed it, for hints on what to type next."""
    name = Path(sys.argv[0]).stem
    return name if name.startswith("nobrains") else "nobrains"


def console(stderr: bool = False) -> Console:
    """Return a console for stdout or stderr; a new one each time, since tests and pipes exchange the streams."""
    from rich.console import Console

    return Console(stderr=stderr, highlight=False, soft_wrap=True)


def command(function: Callable[P, R]) -> Callable[P, R]:
    """Make a command end with one red line and exit code 1 instead of a traceback."""

    @functools.wraps(function)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        except Unauthorized as exc:
            fail(f"{exc} Sign in with: {program()} login")
        except (NoBrainsError, OSError) as exc:
            fail(str(exc))
        except KeyboardInterrupt:
            console(stderr=True).print("\nInterrupted.")
            raise typer.Exit(INTERRUPTED) from None

    return wrapped


def fail(sentence: str) -> NoReturn:
    """Print what is wrong and how to fix it as one red line, and exit with code 1."""
    from rich.text import Text

    console(stderr=True).print(Text(f"Error: {printable(sentence)}", style="red"))
    raise typer.Exit(1) from None


def show_list(records: Iterable[Record], as_json: bool, table: Callable[[Iterable[Any]], Table], limit: int) -> None:
    """Print the first `limit` records as a table, or as the JSON that the server sent."""
    chosen = list(islice(records, limit))
    if as_json:
        show_json([record.raw for record in chosen])
    elif chosen:
        console().print(table(chosen))
    else:
        console().print("Nothing here yet.")


def show_json(value: Any) -> None:
    """Print JSON for programs, indented for people."""
    typer.echo(json.dumps(value, indent=2, ensure_ascii=False))


def make_table(columns: Sequence[str], rows: Iterable[Sequence[object]], title: str | None = None) -> Table:
    """Return a table of plain text; no cell is read as markup."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, title=title, title_justify="left", pad_edge=False)
    for column in columns:
        # Ids are copied, so they stay on one line.
        table.add_column(column, overflow="fold", no_wrap=column in ("id", "model", "endpoint"))
    for row in rows:
        table.add_row(*(Text(cell(value)) for value in row))
    return table


def parse_duration(text: str) -> int:
    """Return the whole seconds in `90`, `90s`, `5m` or `1h`.

    Raises:
        typer.BadParameter: `text` is not a duration.
    """
    number, unit = (text[:-1], text[-1]) if text[-1:] in {"s", "m", "h"} else (text, "s")
    if not number.isdecimal() or int(number) == 0:
        raise typer.BadParameter(f"{text!r} is not a duration: write 90s, 5m or 1h.")
    return int(number) * {"s": 1, "m": 60, "h": 3600}[unit]


def parse_limit(text: str) -> float | None:
    """Return the number in `10` or `2.5`; None, for no limit, in `none` or `0`.

    Raises:
        typer.BadParameter: `text` is neither.
    """
    if text.lower() == "none":
        return None
    try:
        limit = float(text)
    except ValueError:
        limit = math.nan
    if not 0 <= limit < math.inf:
        raise typer.BadParameter(f"{text!r} is not a limit: write a number of milliseconds, or none.")
    return limit or None
