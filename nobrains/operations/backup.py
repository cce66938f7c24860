"""`nobrains backup`: all data of an embedded service as one tar file, taken while it runs.

| member | holds |
|---|---|
| `about.json` | format, when, which release, how many rows and blobs, the SHA-256 of the tables |
| `secret.key` | what opens the secrets in the rows, if the service has made its own |
| `tables.db` | the rows, by SQLite's online backup: of one moment |
| `blobs/...` | every blob that there was at that moment, as it is stored, with its own SHA-256 |

Blobs never change, so a hard link keeps one, even if it is deleted meanwhile. All that there are are linked before the
rows are copied and once more after it: only a blob that came and went in between can be missing, and where a row names
such a one it all begins anew. Messages are left out: they only notify, and the sweeper sends them anew.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import sqlite3
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import closing, suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any

from backends.filesystem import os_errors_as_unavailable, sync_folder
from core.domain.ids import now
from core.errors import NoBrainsError
from core.settings import Settings
from core.storage.sealed import KEY_FILE

FORMAT = 2
ATTEMPTS = 5
CHUNK_BYTES = 1024 * 1024
# Rows whose blobs are needed: others name blobs of a search in progress, which goes on without.
OWNERS = (
    "dataset#", "model#", "control#predict#", "control#export#", "control#evaluate#", "control#compare#",
    "segment#", "requestday#", "labels#", "monitor#", "assembly#", "incoming#", "eventsegment#",
)  # fmt: skip


class NotConsistent(NoBrainsError):
    """A blob that a row names came and went while they were copied."""


def write_backup(settings: Settings, file: Path) -> str:
    """Write the file, whole or not at all; return a summary of it. Raises Unavailable, NoBrainsError."""
    if (settings.tables, settings.blobs) != ("sqlite", "files"):
        raise NoBrainsError(
            "Only embedded tables and blobs are backed up by this command: use Bigtable's backups, and the bucket's "
            "object versioning, for the others."
        )
    tables, objects = settings.folder / "tables.db", settings.folder / "blobs" / "objects"
    for path in (tables, objects):
        if not path.exists():
            raise NoBrainsError(f"{path} is not there: name the service's folder by --data or NOBRAINS_DATA.")
    # Beside the blobs, so that they can be linked.
    with os_errors_as_unavailable(settings.folder), tempfile.TemporaryDirectory(
        prefix=".backup-", dir=settings.folder
    ) as name:  # fmt: skip
        staging = Path(name)
        for attempt in range(ATTEMPTS):
            try:
                _stage(tables, objects, staging)
                break
            except NotConsistent:
                if attempt == ATTEMPTS - 1:
                    raise
        if (key := settings.folder / KEY_FILE).exists():
            shutil.copy2(key, staging / KEY_FILE)
        return _pack(staging, file)


def _stage(tables: Path, objects: Path, staging: Path) -> None:
    """Put the rows of one moment and every blob that they name into the folder."""
    copy = staging / "tables.db"
    copy.unlink(missing_ok=True)
    _link_all(objects, staging / "blobs")
    copy_database(tables, copy)
    _link_all(objects, staging / "blobs")
    if missing := [name for name in named_blobs(copy) if not (staging / "blobs" / name).exists()]:
        raise NotConsistent(f"blobs are deleted faster than they can be copied, such as {missing[0]}: try again")


def _link_all(objects: Path, target: Path) -> None:
    """Link every blob that is not linked yet."""
    for folder, _, names in os.walk(objects):
        here = target / Path(folder).relative_to(objects)
        here.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name in names:
            with suppress(FileExistsError, FileNotFoundError):  # Linked before; or deleted meanwhile.
                os.link(Path(folder, name), here / name)


def copy_database(source: Path, target: Path) -> None:
    """Copy a SQLite file that is in use, as of one moment. It has a write-ahead log, so readers block nobody."""
    with (
        closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as reader,
        closing(sqlite3.connect(target)) as writer,
    ):
        reader.backup(writer, pages=-1)


def named_blobs(tables: Path) -> Iterator[str]:
    """Yield the names of the blobs without which something a user sees would be missing."""
    with closing(sqlite3.connect(f"file:{tables}?mode=ro", uri=True)) as reader:
        for kind in OWNERS:
            found = reader.execute("SELECT value FROM rows WHERE key >= ? AND key < ?", (kind, kind + "\uffff"))
            for (value,) in found:
                record = json.loads(value)
                if record.get("state") != "deleting" and not record.get("deleting"):
                    yield from _blobs_of(record)


def _blobs_of(value: Any) -> Iterator[str]:
    """Yield every `blob` in a record, however deep."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if name == "blob" and isinstance(inner, str):
                yield inner
            else:
                yield from _blobs_of(inner)


def _pack(staging: Path, file: Path) -> str:
    blobs = sorted(path for path in (staging / "blobs").rglob("*") if path.is_file())
    with closing(sqlite3.connect(staging / "tables.db")) as reader:
        (rows,) = reader.execute("SELECT count(*) FROM rows").fetchone()
    about = {
        "format": FORMAT, "at": now(), "release": version("nobrains-ml"), "rows": rows, "blobs": len(blobs),
        "tables_sha256": sha256_of(staging / "tables.db"),
    }  # fmt: skip
    partial = file.with_name(f".{file.name}.partial")
    with os_errors_as_unavailable(file):
        try:
            with open(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600), "wb") as sink:
                with tarfile.open(fileobj=sink, mode="w", format=tarfile.PAX_FORMAT) as archive:
                    _add(archive, "about.json", json.dumps(about).encode())
                    for name in ("tables.db", KEY_FILE):
                        if (staging / name).exists():
                            archive.add(staging / name, name, recursive=False)
                    for path in blobs:
                        archive.add(path, str(path.relative_to(staging)), recursive=False)
                sink.flush()
                os.fsync(sink.fileno())
            partial.replace(file)
            sync_folder(file.absolute().parent)
        finally:
            partial.unlink(missing_ok=True)
    return f"{file}: {rows:,} rows and {len(blobs):,} blobs, {file.stat().st_size:,} bytes, of {about['at']}"


def _add(archive: tarfile.TarFile, name: str, data: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode = len(data), 0o600
    archive.addfile(member, io.BytesIO(data))


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, in hex."""
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()
