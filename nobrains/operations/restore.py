"""`nobrains restore`: make a service's folder anew from the file of `nobrains backup`.

Everything is checked: every blob's own SHA-256, that of the tables, and that each blob a row names is there.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
import tarfile
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any

from backends.blobs.files import FileBlobs
from backends.factory import create_backends
from backends.filesystem import os_errors_as_unavailable, sync_folder
from core.errors import Corrupted, NoBrainsError
from core.settings import Settings
from core.storage.sealed import KEY_FILE
from nobrains.operations.backup import FORMAT, named_blobs, sha256_of


def read_backup(settings: Settings, file: Path) -> str:
    """Make the service's folder from the file; return a summary of it.

    The folder must be missing or empty. Raises Unavailable, NoBrainsError; then there is no folder.
    """
    folder = settings.folder
    if not file.is_file():
        raise NoBrainsError(f"there is no file {file}")
    if folder.exists() and any(folder.iterdir()):
        raise NoBrainsError(f"{folder} is not empty: move it away first, or restore to another folder with --data.")
    with os_errors_as_unavailable(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        # Beside the folder, so that it appears in one step.
        staging = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
        try:
            about = _unpack(file, staging)
            _check(staging, about)
            for made in ("tables.db", "blobs"):
                (staging / f".{made}-made").touch(mode=0o600)
            staging.rename(folder)
            sync_folder(folder.parent)
        finally:
            shutil.rmtree(staging, ignore_errors=True)
    create_backends(settings).close()  # Makes the queue anew: the sweeper notifies workers of queued tasks.
    return f"{folder}: {about['rows']:,} rows and {about['blobs']:,} blobs, as of {about['at']}"


def _unpack(file: Path, folder: Path) -> dict[str, Any]:
    try:
        with tarfile.open(file, "r:") as archive:
            first = archive.next()
            described = archive.extractfile(first) if first is not None and first.name == "about.json" else None
            if described is None:
                raise NoBrainsError(f"{file} is not a backup: it does not begin with about.json")
            about: dict[str, Any] = json.load(described)
            if about["format"] != FORMAT:
                raise NoBrainsError(f"{file} is of format {about['format']}, this release reads {FORMAT}: upgrade it")
            # Filter `data`: nothing outside the folder, no links, no devices.
            archive.extractall(folder / "unpacked", filter="data")
    except (tarfile.TarError, json.JSONDecodeError, KeyError, EOFError) as exc:
        raise NoBrainsError(f"{file} is not a backup, or is cut short: {exc}") from exc
    unpacked = folder / "unpacked"
    FileBlobs.initialize(folder / "blobs")
    if not (unpacked / "tables.db").is_file():
        raise NoBrainsError(f"{file} holds no tables: it is damaged")
    (unpacked / "tables.db").rename(folder / "tables.db")
    if (unpacked / KEY_FILE).is_file():
        (unpacked / KEY_FILE).rename(folder / KEY_FILE)
        (folder / KEY_FILE).chmod(0o600)
    if (unpacked / "blobs").is_dir():
        (folder / "blobs" / "objects").rmdir()
        (unpacked / "blobs").rename(folder / "blobs" / "objects")
    shutil.rmtree(unpacked)
    folder.chmod(0o700)
    return about


def _check(folder: Path, about: dict[str, Any]) -> None:
    tables = folder / "tables.db"
    if sha256_of(tables) != about["tables_sha256"]:
        raise NoBrainsError("the tables differ from what was backed up: take another backup")
    with closing(sqlite3.connect(tables)) as database:
        if (said := database.execute("PRAGMA integrity_check").fetchone()[0]) != "ok":
            raise NoBrainsError(f"the tables are damaged: {said}: take another backup")
        database.execute("PRAGMA journal_mode=WAL")
    blobs = FileBlobs(folder / "blobs")
    try:
        names = set(blobs.names(""))
        for name in names:
            for _ in blobs.read(name):
                pass
    except Corrupted as exc:
        raise NoBrainsError(f"{exc}: take another backup") from exc
    finally:
        blobs.close()
    missing = [name for name in named_blobs(tables) if name not in names]
    if missing or len(names) != about["blobs"]:
        such = f", such as {missing[0]}" if missing else ""
        raise NoBrainsError(f"{about['blobs'] - len(names)} blobs are missing{such}: take another backup")
