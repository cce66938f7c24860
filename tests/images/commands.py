"""What manifests ask of the program: commands that it has, and settings that there are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

import typer
from typer.core import TyperGroup

from core.settings import SETTINGS, Settings
from nobrains.main import app

VARIABLES = {setting.variable for setting in SETTINGS}


def check_command(arguments: list[str]) -> None:
    """Raises KeyError for a command that is not there, click's UsageError for an option or a value that is not."""
    name, *rest = arguments
    group = cast(TyperGroup, typer.main.get_command(app))
    group.commands[name].make_context(name, rest).close()


def check_settings(environ: Mapping[str, str]) -> Settings:
    """The settings that these variables make. Raises SettingError; AssertionError for one that is no setting."""
    ours = {name: value for name, value in environ.items() if name.startswith("NOBRAINS_")}
    assert set(ours) <= VARIABLES
    return Settings(ours)
