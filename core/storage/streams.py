"""Streams of bytes, a chunk at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain

from core.errors import TooLarge


def limit_bytes(chunks: Iterable[bytes], most: int, error: Exception) -> Iterator[bytes]:
    """Pass the chunks on, and raise `error` instead of the chunk with which they are more than `most` bytes."""
    size = 0
    for chunk in chunks:
        size += len(chunk)
        if size > most:
            raise error
        yield chunk


def file_too_large(most: int) -> TooLarge:
    """Make the error for a file of more than `most` bytes, which may have been sent in fewer."""
    return TooLarge("FILE_TOO_LARGE", f"The file is larger than {most:,} bytes, uncompressed.")


def peek(chunks: Iterator[bytes], size: int) -> tuple[bytes, Iterator[bytes]]:
    """Read ahead; return the first `size` bytes, and the whole stream from its beginning."""
    head = bytearray()
    while len(head) < size and (chunk := next(chunks, None)) is not None:
        head += chunk
    start = bytes(head)
    return start[:size], chain([start], chunks)
