"""Locked files as signs of life: the kernel unlocks a file when its holder dies, however it dies.

flock(2) rather than process numbers: a number is used again and means nothing in another container, and a
lock needs no clock. Works between all processes of one machine that see the same file system.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import weakref
from pathlib import Path


class HeldLock:
    """A new file that this process holds locked until `discard` or its death.

    Attributes:
        path: the file; must not exist before.
        fd: its descriptor, open for reading and writing.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        while True:
            self.fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            fcntl.flock(self.fd, fcntl.LOCK_EX)
            if os.fstat(self.fd).st_nlink:
                break
            os.close(self.fd)  # Another process removed it between our open and our lock.
        _held.add(self)

    def discard(self) -> None:
        """Remove the file, if it is still there, and release the lock."""
        _held.discard(self)
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.path)
        os.close(self.fd)


def is_held(path: Path) -> bool:
    """Return whether the process that made the file is alive and holds it; False if there is no file."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(fd)
    return False


def remove_abandoned(folder: Path) -> None:
    """Remove the files of the folder whose holders have died."""
    for path in folder.iterdir():
        try:
            fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            continue
        try:
            # Locked while it is removed: the maker of a new file sees that by its count of links.
            with contextlib.suppress(BlockingIOError, FileNotFoundError):
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
                os.unlink(path)
        finally:
            os.close(fd)


_held: weakref.WeakSet[HeldLock] = weakref.WeakSet()


def _forget_parents_locks() -> None:
    """Close the locks of the parent: a forked child shares them and would keep them alive after the parent's death."""
    for lock in list(_held):
        os.close(lock.fd)
    _held.clear()


os.register_at_fork(after_in_child=_forget_parents_locks)
