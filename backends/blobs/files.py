"""Blobs as files in a folder: the embedded default.

A blob `user/datasets/id` is the file `objects/user/datasets/id`: its bytes, then the footer of
`backends.blobs.checksum_footer`, so that bytes and hash come into being in one step. That step is a hard link
(create-only) or a rename (overwrite) of a finished file from `incoming/`. A crash at any line before it
leaves only a file in `incoming/` that no process holds locked; the next process to open the folder removes it.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import secrets
from collections.abc import Iterable, Iterator
from io import FileIO
from pathlib import Path

from backends.blobs.checksum_footer import FOOTER, ChecksumFooter, check_name, check_range, read_footer, verified
from backends.file_lock import HeldLock, remove_abandoned
from backends.filesystem import os_errors_as_unavailable, sync_folder
from core.errors import BlobExists, BlobMissing, Corrupted, Unavailable
from core.ports import BlobInfo

CHUNK_BYTES = 1024 * 1024

# Another process may remove an emptied folder just before we link into it; so many times in a row is unlikely.
LINK_ATTEMPTS = 100


class FileBlobs:
    """The `Blobs` port over an existing folder; `initialize` makes it.

    Names are segments of ASCII letters, digits, `.`, `_` and `-` joined by `/`, none the beginning of another
    (`a` and `a/b`); anything else is a ValueError.
    """

    def __init__(self, folder: Path) -> None:
        self._objects = folder / "objects"
        self._incoming = folder / "incoming"
        with os_errors_as_unavailable(folder):
            # Held open, so that no other folder can get its inode while we compare.
            self._root_fd = os.open(self._objects, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            self._root = os.fstat(self._root_fd)
            remove_abandoned(self._incoming)

    @staticmethod
    def initialize(folder: Path) -> None:
        """Make the folder; an existing one is left as it is."""
        with os_errors_as_unavailable(folder):
            for path in (folder, folder / "objects", folder / "incoming"):
                path.mkdir(mode=0o700, exist_ok=True)
                sync_folder(path.parent)

    def write(self, name: str, chunks: Iterable[bytes], *, overwrite: bool = False) -> BlobInfo:
        target = self._path(name)
        self.ping()
        if not overwrite and target.is_file():
            raise BlobExists(f"there is a blob {name!r} already")  # before anything is read from the caller
        with os_errors_as_unavailable(self._incoming):
            file = HeldLock(self._incoming / secrets.token_hex(8))
        try:
            seal = ChecksumFooter()
            for chunk in seal.close(chunks):
                self._append(file.fd, chunk)
            with os_errors_as_unavailable(target):
                os.fsync(file.fd)
                self._publish(file.path, target, name, overwrite)
        finally:
            with os_errors_as_unavailable(self._incoming):
                file.discard()
        return seal.info(name)

    def read(self, name: str, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        check_range(start, end)
        file, info = self._open(name)
        stop = info.size_bytes if end is None else min(end, info.size_bytes)
        chunks = _stream(file, info, start, stop)
        return verified(chunks, info) if start == 0 and stop == info.size_bytes else chunks

    def stat(self, name: str) -> BlobInfo | None:
        try:
            file, info = self._open(name)
        except BlobMissing:
            return None
        file.close()
        return info

    def names(self, prefix: str) -> Iterator[str]:
        self.ping()
        head, slash, tail = prefix.rpartition("/")
        folder = self._path(head) if head else self._objects
        with os_errors_as_unavailable(folder):
            yield from _walk(folder, head + slash, tail)

    def delete(self, name: str) -> None:
        path = self._path(name)
        self.ping()
        with os_errors_as_unavailable(path):
            try:
                path.unlink()
            except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
                return
            with contextlib.suppress(OSError):  # until a folder is not empty
                for folder in self._folders(path):
                    folder.rmdir()
            self._sync_folders(path)

    def ping(self) -> None:
        try:
            same = os.path.samestat(os.stat(self._objects), self._root)
        except FileNotFoundError:
            same = False
        except OSError as exc:
            raise Unavailable(f"{self._objects}: {exc.strerror}") from exc
        if not same:
            raise Unavailable(
                f"{self._objects} was deleted or replaced while in use: put it back, restart this process"
            )

    def close(self) -> None:
        if self._root_fd >= 0:
            os.close(self._root_fd)
            self._root_fd = -1

    def _path(self, name: str) -> Path:
        check_name(name)
        return self._objects.joinpath(*name.split("/"))

    def _append(self, fd: int, chunk: bytes) -> None:
        rest = memoryview(chunk)
        # Around the writing alone: an OSError of the caller's iterable is the caller's.
        with os_errors_as_unavailable(self._incoming):
            while rest:
                rest = rest[os.write(fd, rest) :]

    def _publish(self, file: Path, target: Path, name: str, overwrite: bool) -> None:
        """Make the finished file a blob, durably, in one step."""
        for _ in range(LINK_ATTEMPTS):
            try:
                target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                if overwrite:
                    os.replace(file, target)
                else:
                    os.link(file, target)
                break
            except FileNotFoundError:
                self.ping()
            except (FileExistsError, NotADirectoryError, IsADirectoryError) as exc:
                if target.is_file():
                    raise BlobExists(f"there is a blob {name!r} already") from exc
                if target.is_dir() or any(folder.is_file() for folder in self._folders(target)):
                    raise ValueError(f"{name!r} and another blob: one would be a folder of the other") from exc
                self.ping()  # else an emptied folder went away between making it and looking at it
        else:
            raise Unavailable(f"{target.parent}: removed again and again while writing there: try again")
        try:
            self._sync_folders(target)
        except OSError:
            target.unlink(missing_ok=True)  # not durable: not there at all
            raise

    def _folders(self, path: Path) -> Iterator[Path]:
        """Yield the folders over a blob's file, the nearest first, without `objects` itself."""
        return itertools.takewhile(lambda folder: folder != self._objects, path.parents)

    def _sync_folders(self, path: Path) -> None:
        for folder in (*self._folders(path), self._objects):
            with contextlib.suppress(FileNotFoundError):  # the blob and its folder were deleted meanwhile
                sync_folder(folder)

    def _open(self, name: str) -> tuple[FileIO, BlobInfo]:
        path = self._path(name)
        with os_errors_as_unavailable(path):
            try:
                file = open(path, "rb", buffering=0)  # noqa: SIM115 (the caller closes it)
            except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
                self.ping()  # missing, or everything gone?
                raise BlobMissing(f"there is no blob {name!r}") from None
            try:
                return file, _read_info(file.fileno(), name)
            except BaseException:
                file.close()
                raise


def _read_info(fd: int, name: str) -> BlobInfo:
    size_bytes = os.fstat(fd).st_size - FOOTER.size
    info = read_footer(os.pread(fd, FOOTER.size, max(0, size_bytes)), name)
    if info.size_bytes != size_bytes:
        raise Corrupted(f"blob {name!r} is cut short or was changed: restore it from a backup")
    return info


def _stream(file: FileIO, info: BlobInfo, start: int, stop: int) -> Iterator[bytes]:
    """Yield the bytes [start, stop)."""
    with file, os_errors_as_unavailable(Path(info.name)):
        file.seek(start)
        while start < stop:
            chunk = file.read(min(CHUNK_BYTES, stop - start))
            if not chunk:
                raise Corrupted(f"blob {info.name!r} was cut short while it was read")
            start += len(chunk)
            yield chunk


def _walk(folder: Path, base: str, start: str = "") -> Iterator[str]:
    """Yield the names of the blobs under the folder whose first entry starts with `start`, in order."""
    try:
        entries = [
            entry.name + "/" * entry.is_dir(follow_symlinks=False)
            for entry in os.scandir(folder)
            if entry.name.startswith(start)
        ]
    except (FileNotFoundError, NotADirectoryError):
        return  # no such prefix, or removed meanwhile as it was empty
    # With their slash: `a-b` comes before `a/b`.
    for entry in sorted(entries):
        if entry.endswith("/"):
            yield from _walk(folder / entry, base + entry)
        else:
            yield base + entry
