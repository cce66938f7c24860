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
    from core.logs import configure_logs
    from core.settings import SettingError, Settings

    try:
        chosen = Settings(os.environ, **({"data": str(data)} if data else {}), **overrides)
    except SettingError as exc:
        raise fail(str(exc)) from exc
    configure_logs(chosen.log_format)  # To standard error: what a command prints is its answer alone.
    return chosen


def fail(text: str) -> typer.Exit:
    """Say what is wrong, in red; raise what this returns."""
    typer.secho(f"Error: {text}", fg=typer.colors.RED, err=True)
    return typer.Exit(1)
