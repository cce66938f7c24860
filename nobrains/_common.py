"""What the commands of the service share: their settings, and how they end where something is wrong."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from core.settings import Settings

SERVE = "Run a service"

Data = Annotated[Path | None, typer.Option(help="Folder of the embedded back ends. Default: NOBRAINS_DATA.")]


def settings(data: Path | None = None, **overrides: Any) -> Settings:
    """The settings of this process; wrong ones end it with a sentence."""
    from core.settings import SettingError, Settings

    try:
        return Settings(os.environ, **({"data": str(data)} if data else {}), **overrides)
    except SettingError as exc:
        raise fail(str(exc)) from exc


def set_up(data: Path | None = None) -> Settings:
    """The same, for commands that open back ends: log lines go to standard error, so that what is printed is the answer
    alone. A probe such as `alive` does without."""
    from core.observability.logging import configure_logs

    chosen = settings(data)
    configure_logs(chosen.log_format)
    return chosen


def fail(text: str) -> typer.Exit:
    """Say what is wrong, in red; raise what this returns."""
    typer.secho(f"Error: {text}", fg=typer.colors.RED, err=True)
    return typer.Exit(1)
