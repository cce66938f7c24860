"""Streams of bytes, a chunk at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain

from core.errors import TooLarge


def capped(chunks: Iterable[bytes], most: int) -> Iterator[bytes]:
    """The chunks, as long as they are no more than so many bytes; raises TooLarge."""
    size = 0
    for chunk in chunks:
        size += len(chunk)
        if size > most:
            raise TooLarge("FILE_TOO_LARGE", f"The file is larger than {most:,} bytes, unpacked.")
        yield chunk


def split_head(chunks: Iterator[bytes], size: int) -> tuple[bytes, Iterator[bytes]]:
    """The first so many bytes, and the whole from its beginning."""
    head = bytearray()
    while len(head) < size and (chunk := next(chunks, None)) is not None:
        head += chunk
    start = bytes(head)
    return start[:size], chain([start], chunks)
