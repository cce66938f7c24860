"""The back ends that the settings name. Each adapter is imported only where it is chosen."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Callable
from pathlib import Path

from backends.disk import os_errors_as_unavailable, sync_folder
from core.ports import Blobs, JobQueue, Ports, Tables
from core.settings import Settings


def open_ports(settings: Settings) -> Ports:
    """Open the three back ends; the embedded ones are made the first time, in a folder of mode 0700.

    Raises:
        Unavailable: one cannot be opened. An embedded one that was made before and is missing now is never
            made anew, for the service would answer as if it had no data.
    """
    with contextlib.ExitStack() as opened:
        tables = _open_tables(settings)
        opened.callback(tables.close)
        blobs = _open_blobs(settings)
        opened.callback(blobs.close)
        queue = _open_queue(settings)
        opened.pop_all()
    return Ports(tables, blobs, queue)


def _open_tables(settings: Settings) -> Tables:
    from backends.sqlite import SqliteTables

    path = settings.folder / "tables.db"
    _make_once(path, SqliteTables.initialise)
    return SqliteTables(path)


def _open_blobs(settings: Settings) -> Blobs:
    from backends.files import FileBlobs

    path = settings.folder / "blobs"
    _make_once(path, FileBlobs.initialise)
    return FileBlobs(path)


def _open_queue(settings: Settings) -> JobQueue:
    from backends.local import LocalQueue

    path = settings.folder / "queue.db"
    _make_once(path, LocalQueue.initialise)
    return LocalQueue(path)


def _make_once(path: Path, initialise: Callable[[Path], None]) -> None:
    """Make what belongs at the path, unless a marker beside it says that it was made before."""
    folder, marker = path.parent, path.with_name(f".{path.name}-made")
    with os_errors_as_unavailable(folder):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX)  # api and workers start at the same time
            if not marker.exists():
                initialise(path)
                marker.touch(mode=0o600)
                sync_folder(folder)
        finally:
            os.close(fd)
