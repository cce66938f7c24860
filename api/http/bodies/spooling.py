"""Whole in before anything goes out: an upload onto the disk, and the first chunk of an answer ahead of its status."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import IO

from core.errors import Unavailable
from core.storage.streams import file_too_large, limit_bytes
from csvfile.encoding import HEAD_BYTES


def spool(chunks: Iterator[bytes], file: IO[bytes], max_bytes: int) -> bytes:
    """Write the chunks to the file and rewind it; return its first MiB. Raises TooLarge, Unavailable."""
    for chunk in limit_bytes(chunks, max_bytes, file_too_large(max_bytes)):
        try:
            file.write(chunk)
        except OSError as exc:
            raise Unavailable(f"the upload cannot be kept while it is predicted: {exc}") from exc
    file.seek(0)
    head = file.read(HEAD_BYTES)
    file.seek(0)
    return head


def prefetch_first(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Produce the first chunk eagerly, so that an early error still becomes a problem response.

    A later error closes the connection, so that no client mistakes a partial table for a complete one.
    """
    return chain([next(chunks)], chunks)
