"""Read the settings that a command takes from a file of JSON, as `show` prints them."""

from __future__ import annotations

import json
import sys
from collections.abc import Collection
from pathlib import Path
from typing import Annotated, Any

import typer

FileOption = Annotated[
    str | None,
    typer.Option(
        help="Settings as JSON, such as the output of `show` with changes; - is standard input.", metavar="FILE"
    ),
]


def read_settings(file: str | None, read_only: Collection[str]) -> dict[str, Any]:
    """Return the settings in a file, none without one; what the server tells and nobody sets (`read_only`) is left out.

    Raises:
        typer.BadParameter: It is no file, or holds no JSON object.
    """
    if file is None:
        return {}
    try:
        text = sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8-sig")
        found = json.loads(text)
    except json.JSONDecodeError as exc:
        detail = f"{file} is not JSON: {exc.msg} in line {exc.lineno}, column {exc.colno}."
        raise typer.BadParameter(detail, param_hint="--file") from exc
    except (OSError, UnicodeError) as exc:
        raise typer.BadParameter(f"{file} cannot be read: {exc}", param_hint="--file") from exc
    if not isinstance(found, dict):
        raise typer.BadParameter(f"{file} must hold an object: {{name: value, …}}.", param_hint="--file")
    return {name: value for name, value in found.items() if name not in read_only}
