"""Helpers that the commands of the service share: their settings, and how they end after a mistake."""

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
    """Return the settings of this process; wrong ones end it with a sentence."""
    from core.settings import SettingError, Settings

    try:
        return Settings(os.environ, **({"data": str(data)} if data else {}), **overrides)
    except SettingError as exc:
        raise fail(str(exc)) from exc


def set_up(data: Path | None = None) -> Settings:
    """Return the settings, for commands that open back ends.

    Log lines go to standard error, so that standard output holds the result alone. A probe such as `alive` does
    without.
    """
    from core.observability.logging import configure_logs

    chosen = settings(data)
    configure_logs(chosen.log_format)
    return chosen


def fail(text: str) -> typer.Exit:
    """Print the error in red; raise the exception that this returns."""
    typer.secho(f"Error: {text}", fg=typer.colors.RED, err=True)
    return typer.Exit(1)
