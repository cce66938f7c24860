"""A stored blob as a file that can be read anywhere, of which only so much is read."""

from __future__ import annotations

import io

from core.ports import BlobInfo, Blobs


class BlobFile(io.RawIOBase):
    """Read parts of a blob.

    Args:
        blobs: hold it.
        info: of the blob.
        max_bytes: maximum bytes to read, all reads together; beyond it ValueError is raised.
    """

    def __init__(self, blobs: Blobs, info: BlobInfo, max_bytes: int) -> None:
        self._blobs = blobs
        self._info = info
        self._left = max_bytes
        self._at = 0

    def readable(self) -> bool:
        """Return True."""
        return True

    def seekable(self) -> bool:
        """Return True."""
        return True

    def tell(self) -> int:
        """Return the position."""
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Change the position."""
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._info.size_bytes}[whence]
        self._at = start + offset
        if self._at < 0:
            raise ValueError("a position before the file")
        return self._at

    def read(self, size: int | None = -1) -> bytes:
        """Return at most so many bytes, all of the rest where the size is negative."""
        end = self._info.size_bytes if size is None or size < 0 else min(self._at + size, self._info.size_bytes)
        if end <= self._at:
            return b""
        self._left -= end - self._at
        if self._left < 0:
            raise ValueError("a directory that is too large")
        data = b"".join(self._blobs.read(self._info.name, self._at, end))
        self._at = end
        return data
