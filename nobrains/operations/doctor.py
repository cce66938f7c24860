"""`nobrains doctor`: check each thing the service needs, with advice where it is wrong."""

from __future__ import annotations

import importlib
import importlib.util
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psutil
from rich.console import Console
from rich.markup import escape

from backends.factory import create_backends, open_blobs, open_queue, open_tables
from core.domain.ids import new_id
from core.domain.states import RUNNING
from core.domain.users import User
from core.errors import NoBrainsError, Unavailable
from core.observability.backlog import measure_backlog
from core.ports import QUEUES
from core.service import Service
from core.settings import MIB, SETTINGS, Settings
from core.storage import rows
from nobrains.operations.settings_check import find_conflicts, read_settings, unknown_variables

Check = Callable[[Settings], str]

# Loaded for real, as a shared library of the system may be missing; TensorFlow takes seconds, and is only located.
LOADED = ("pandas", "pyarrow", "optuna", "sklearn", "lightgbm", "xgboost", "catboost")
LOOKED_FOR = ("tensorflow",)
MIN_DISK_MIB, MIN_MEMORY_MIB = 2048, 2048
LONG_QUEUED_S = 600


class Failure(Exception):
    """What is wrong, and how to mend it: one sentence or several."""

    def __init__(self, *sentences: str) -> None:
        super().__init__(*sentences)
        self.sentences = sentences


class Warning_(Failure):
    """A configuration that works, and should not stay so."""


def examine(data: Path | None) -> bool:
    """Print a line for each check; return True if nothing is wrong."""
    console = Console(soft_wrap=True, highlight=False)
    settings, unreadable = read_settings(os.environ, **({"data": str(data)} if data else {}))
    checks: dict[str, Check] = {"settings": lambda settings: _settings(settings, unreadable), **CHECKS}
    found: tuple[str, ...]
    well = True
    for name, check in checks.items():
        try:
            found, colour, word = (check(settings),), "green", "ok"
        except Warning_ as exc:
            found, colour, word = exc.sentences, "yellow", "note"
        except Failure as exc:
            found, colour, word, well = exc.sentences, "red", "wrong", False
        except (NoBrainsError, OSError) as exc:
            found, colour, word, well = (str(exc),), "red", "wrong", False
        for sentence in found:
            console.print(f"[{colour}]{word:5}[/] {name}: {escape(sentence)}")
    return well


def _python(_: Settings) -> str:
    if sys.version_info[:2] != (3, 11):
        raise Failure(f"this is Python {sys.version.split()[0]}; the locked packages are for 3.11: use that")
    return sys.version.split()[0]


def _settings(settings: Settings, unreadable: list[str]) -> str:
    unknown = [f"{name} is not a setting: docs/settings.md lists them" for name in unknown_variables(os.environ)]
    if wrong := [*unreadable, *unknown, *find_conflicts(settings)]:
        raise Failure(*wrong)
    count = sum(setting.variable in os.environ for setting in SETTINGS)
    if settings.insecure_cookies:
        raise Warning_(
            "NOBRAINS_INSECURE_COOKIES=true: session cookies can be intercepted; put TLS in front and unset it"
        )
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
        raise Failure(
            f"cannot be loaded: {said}. Install the locked requirements; LightGBM needs Debian's libgomp1 too"
        )
    return "every model family's library loads"


def _disk(settings: Settings) -> str:
    folder = settings.folder
    while not folder.exists():
        folder = folder.parent
    free_mib = shutil.disk_usage(folder).free // MIB
    if free_mib < MIN_DISK_MIB:
        raise Failure(f"{free_mib:,} MiB free at {folder}: make room, or choose another folder with NOBRAINS_DATA")
    if not os.access(folder, os.W_OK):
        raise Failure(f"{folder} cannot be written: choose another folder with NOBRAINS_DATA")
    return f"{free_mib:,} MiB free at {folder}"


def _memory(settings: Settings) -> str:
    limit = settings.memory_limit_mib or psutil.virtual_memory().available // MIB
    if limit < MIN_MEMORY_MIB:
        raise Failure(
            f"{limit:,} MiB for training: large datasets need more (NOBRAINS_MEMORY_LIMIT_MIB, or the machine)"
        )
    return f"{limit:,} MiB for training"


def _tables(settings: Settings) -> str:
    """Write, read and delete a row: tables that can be read cannot always be written."""
    if settings.tables == "sqlite" and _is_new(settings.folder / "tables.db"):
        return f"none yet in {settings.folder}: `nobrains init` or `nobrains serve` makes them"
    key = rows.key("doctor", new_id())
    with _emulated("BIGTABLE_EMULATOR_HOST"), closing(open_tables(settings)) as tables:
        tables.ping()
        tables.put(key, b"{}")
        if tables.get(key) != b"{}":
            raise Failure(
                f"{settings.tables}: a row that was written cannot be read back; are there several tables of that name?"
            )
        tables.delete(key)
    return f"{settings.tables} can be read and written"


def _blobs(settings: Settings) -> str:
    if settings.blobs == "files" and _is_new(settings.folder / "blobs"):
        return f"none yet in {settings.folder}: `nobrains init` or `nobrains serve` makes them"
    name = f"doctor/{new_id()}"
    with _emulated("STORAGE_EMULATOR_HOST"), closing(open_blobs(settings)) as blobs:
        blobs.ping()
        blobs.write(name, [b"doctor"])
        if b"".join(blobs.read(name)) != b"doctor":
            raise Failure(f"{settings.blobs}: a blob that was written reads back differently")
        blobs.delete(name)
    return f"{settings.blobs} can be read and written"


def _queue(settings: Settings) -> str:
    if settings.queue == "local" and _is_new(settings.folder / "queue.db"):
        return f"none yet in {settings.folder}: `nobrains init` or `nobrains serve` makes it"
    with closing(open_queue(settings)) as queue:
        queue.ping()
        depths = {name: queue.depth(name) for name in QUEUES}
    return f"{settings.queue} can be reached; waiting: " + ", ".join(f"{n} in {name}" for name, n in depths.items())


@contextmanager
def _emulated(variable: str) -> Iterator[None]:
    """Name the address in an error if it is not Google's own service: the variable may be a leftover."""
    try:
        yield
    except Unavailable as exc:
        host = os.environ.get(variable)
        raise Failure(f"{exc} (looked for at {variable}={host})" if host else str(exc)) from exc


def _is_new(path: Path) -> bool:
    """Return whether it was never made: a check must not make it."""
    return not path.exists() and not path.with_name(f".{path.name}-made").exists()


def _service(settings: Settings) -> str:
    """Return what the rows show: whether a sweeper and a worker are running."""
    parts = {"sqlite": "tables.db", "files": "blobs", "local": "queue.db"}
    chosen = (settings.tables, settings.blobs, settings.queue)
    if any(_is_new(settings.folder / parts[name]) for name in chosen if name in parts):
        return "nothing to check yet"
    try:
        ports = create_backends(settings)
    except Unavailable:
        return "not checked: see above"
    try:
        backlog = measure_backlog(ports)
        if not all(backlog.reachable.values()):
            return "not checked: see above"
        notes = []
        if not any(rows.load(User, row.value).role == "admin" for row in rows.scan_all(ports.tables, "user#")):
            notes.append("there is no administrator: `nobrains init --username NAME` makes one")
        if letters := len(ports.tables.scan("dead_letter#")):
            notes.append(f"{letters} messages could not be processed: `nobrains dead-letters` lists them")
        for kind, age_s in backlog.oldest_s.items():
            if age_s > LONG_QUEUED_S and not backlog.work[kind, RUNNING]:
                queue = Service(ports, settings).kinds[kind].queue
                notes.append(f"a {kind} has waited for {age_s:,.0f} s: start `nobrains worker --queue {queue}`")
    finally:
        ports.close()
    if notes:
        raise Warning_(*notes)
    return f"{sum(backlog.work.values())} tasks are queued or running"


CHECKS: dict[str, Check] = {
    "python": _python,
    "engine": _engine,
    "disk": _disk,
    "memory": _memory,
    "tables": _tables,
    "blobs": _blobs,
    "queue": _queue,
    "service": _service,
}
