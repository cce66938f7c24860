"""Names and storage format of blobs: their bytes, then a footer of 56 bytes with their number and SHA-256.

Bytes and hash so come into being in one step, whatever that step is: a file's link, an upload's end. And as
the form is one for all back ends, blobs may be copied from one to another by any tool that copies files.
"""

from __future__ import annotations

import hashlib
import re
import struct
from collections.abc import Iterable, Iterator

from core.errors import Corrupted
from core.ports import BlobInfo

# Magic, number of bytes before the footer, their SHA-256.
FOOTER = struct.Struct(">16sQ32s")
MAGIC = b"nobrains blob 1\n"

# No leading dot, so neither `..` nor hidden files; no slash, NUL or anything a shell or a URL would change.
SEGMENT = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}")


def check_name(name: str) -> None:
    """Raise ValueError if `name` is no blob name."""
    if not all(SEGMENT.fullmatch(segment) for segment in name.split("/")):
        raise ValueError(
            f"{name!r} is no blob name: join segments of letters, digits, '.', '_' and '-' by '/', none"
            " empty, longer than 200, or with a leading dot"
        )


def check_range(start: int, end: int | None) -> None:
    """Raise ValueError if [start, end) is no range of bytes."""
    if start < 0 or (end is not None and end < start):
        raise ValueError(f"no range of bytes: [{start}, {end})")


class ChecksumFooter:
    """Count and hash the bytes of one blob on their way in."""

    def __init__(self) -> None:
        self._digest = hashlib.sha256()
        self._size_bytes = 0

    def close(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """Yield the chunks, then the footer."""
        for chunk in chunks:
            self._digest.update(chunk)
            self._size_bytes += len(chunk)
            yield chunk
        yield FOOTER.pack(MAGIC, self._size_bytes, self._digest.digest())

    def info(self, name: str) -> BlobInfo:
        """Return the size and hash of the bytes that passed."""
        return BlobInfo(name, self._size_bytes, self._digest.hexdigest())


def read_footer(footer: bytes, name: str) -> BlobInfo:
    """Return the size and hash in a footer of 56 bytes; raises Corrupted if it is no footer."""
    if len(footer) == FOOTER.size:
        magic, size_bytes, digest = FOOTER.unpack(footer)
        if magic == MAGIC:
            return BlobInfo(name, size_bytes, digest.hex())
    raise Corrupted(f"blob {name!r} is cut short or was changed: restore it from a backup")


def verified(chunks: Iterable[bytes], info: BlobInfo) -> Iterator[bytes]:
    """Yield the chunks of a whole blob, the last one only once the hash is found right (else raise Corrupted)."""
    digest = hashlib.sha256()
    last = b""
    for chunk in chunks:
        digest.update(chunk)
        if chunk and last:
            yield last
        last = chunk or last
    if digest.hexdigest() != info.sha256:
        raise Corrupted(f"blob {info.name!r} differs from what was stored: restore it from a backup")
    if last:
        yield last
