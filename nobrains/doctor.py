"""`nobrains doctor`: each thing the service needs, looked at, with what to do where it is wrong."""

from __future__ import annotations

import importlib
import importlib.util
import os
import shutil
import sys
from collections.abc import Callable

import psutil
from rich.console import Console

from backends.open import open_ports
from core.errors import NoBrainsError
from core.settings import MIB, SETTINGS, Settings

Check = Callable[[Settings], str]

# Loaded for real, as a shared library of the system may be missing; TensorFlow takes seconds, and is only looked for.
LOADED = ("pandas", "pyarrow", "optuna", "sklearn", "lightgbm", "xgboost", "catboost")
LOOKED_FOR = ("tensorflow",)
LEAST_DISK_MIB, LEAST_MEMORY_MIB = 2048, 2048


class Trouble(Exception):
    """What is wrong, and how to mend it."""


def examine(settings: Settings) -> bool:
    """Print a line for each check; True when all is well."""
    console = Console()
    well = True
    for name, check in CHECKS.items():
        try:
            console.print(f"[green]ok[/]    {name}: {check(settings)}", highlight=False)
        except (Trouble, NoBrainsError, OSError) as exc:
            well = False
            console.print(f"[red]wrong[/] {name}: {exc}", highlight=False)
    return well


def _python(_: Settings) -> str:
    if sys.version_info[:2] != (3, 11):
        raise Trouble(f"this is Python {sys.version.split()[0]}; the locked packages are for 3.11: use that")
    return sys.version.split()[0]


def _variables(_: Settings) -> str:
    known = {setting.variable for setting in SETTINGS} | {"NOBRAINS_URL", "NOBRAINS_TOKEN"}
    unknown = sorted(name for name in os.environ if name.startswith("NOBRAINS_") and name not in known)
    if unknown:
        raise Trouble(f"{', '.join(unknown)} is no setting: see docs/settings.md for their names")
    count = sum(setting.variable in os.environ for setting in SETTINGS)
    return f"{count} of {len(SETTINGS)} set by the environment, all valid"


def _engine(_: Settings) -> str:
    missing = {name: "not installed" for name in LOOKED_FOR if importlib.util.find_spec(name) is None}
    for name in LOADED:
        try:
            importlib.import_module(name)
        except (ImportError, OSError) as exc:
            missing[name] = str(exc)
    if missing:
        said = "; ".join(f"{name} ({why})" for name, why in missing.items())
        raise Trouble(
            f"cannot be loaded: {said}. Install the locked requirements; LightGBM needs Debian's libgomp1 too"
        )
    return "every model family's library loads"


def _disk(settings: Settings) -> str:
    folder = settings.folder
    while not folder.exists():
        folder = folder.parent
    free_mib = shutil.disk_usage(folder).free // MIB
    if free_mib < LEAST_DISK_MIB:
        raise Trouble(f"{free_mib:,} MiB free at {folder}: make room, or choose another folder with NOBRAINS_DATA")
    if not os.access(folder, os.W_OK):
        raise Trouble(f"{folder} cannot be written: choose another folder with NOBRAINS_DATA")
    return f"{free_mib:,} MiB free at {folder}"


def _memory(settings: Settings) -> str:
    limit = settings.memory_limit_mib or psutil.virtual_memory().available // MIB
    if limit < LEAST_MEMORY_MIB:
        raise Trouble(f"{limit:,} MiB for training: large tables need more (NOBRAINS_MEMORY_LIMIT_MIB, or the machine)")
    return f"{limit:,} MiB for training"


def _back_ends(settings: Settings) -> str:
    ports = open_ports(settings)
    try:
        for name in ("tables", "blobs", "queue"):
            getattr(ports, name).ping()
    finally:
        ports.close()
    return f"tables {settings.tables}, blobs {settings.blobs}, queue {settings.queue} in {settings.folder}"


CHECKS: dict[str, Check] = {
    "python": _python,
    "settings": _variables,
    "engine": _engine,
    "disk": _disk,
    "memory": _memory,
    "back ends": _back_ends,
}
