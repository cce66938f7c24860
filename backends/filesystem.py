"""Helpers of every adapter on a disk: the system's errors in the project's words, and durable folders."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterator
from pathlib import Path

from core.errors import StorageFull, Unavailable

_HINTS = {
    errno.ENOSPC: "free some disk space",
    errno.EDQUOT: "free some of this user's disk quota",
    errno.EROFS: "mount the file system for writing",
    errno.EACCES: "let this user read and write there",
    errno.EMFILE: "raise the limit on open files (ulimit -n)",
    errno.ENOENT: "put back what was deleted",
}


@contextlib.contextmanager
def os_errors_as_unavailable(path: Path) -> Iterator[None]:
    """Raise `Unavailable`, or `StorageFull`, naming the path, for any OSError of the block."""
    try:
        yield
    except OSError as exc:
        hint = _HINTS.get(exc.errno or 0, "check the disk")
        kind = StorageFull if exc.errno in (errno.ENOSPC, errno.EDQUOT) else Unavailable
        raise kind(f"{path}: {exc.strerror or exc}: {hint}") from exc


def sync_folder(path: Path) -> None:
    """Make the folder's entries, though not their contents, survive a power cut."""
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
