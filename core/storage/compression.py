"""Unpack gzip and deflate as they come in: memory stays bounded, and so does what a small body may swell to."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator

from core.errors import TooLarge

CHUNK_BYTES = 1 << 16
MAX_RATIO = 300
"""Maximum ratio. Tables shrink to a tenth, at the very best to a hundredth; gzip itself ends at 1,032."""
FREE_BYTES = 16 << 20
"""Bytes that are unpacked whatever the ratio."""

BAD = {"gzip": "BAD_GZIP", "deflate": "BAD_DEFLATE"}

# zlib's window bits for their headers.
_WINDOW_BITS = {"gzip": 31, "deflate": 15}


ErrorOf = Callable[[str, str], Exception]
"""Makes the error of a reason and a detail."""


def unpack(chunks: Iterable[bytes], coding: str, error: ErrorOf) -> Iterator[bytes]:
    """Yield the bytes inside, of one member or several.

    Args:
        chunks: the packed bytes.
        coding: `gzip`, or what HTTP calls `deflate`: zlib's format.
        error: makes the errors BAD_GZIP, BAD_DEFLATE and TRUNCATED_BODY.

    Raises what `error` makes, and TooLarge GZIP_BOMB.
    """
    window_bits = _WINDOW_BITS[coding]
    member = zlib.decompressobj(window_bits)
    packed = unpacked = 0
    for chunk in chunks:
        packed += len(chunk)
        rest = chunk
        while True:
            if member.eof:
                rest = rest.lstrip(b"\0")  # padding between members
                if not rest:
                    break
                member = zlib.decompressobj(window_bits)
            try:
                piece = member.decompress(rest, CHUNK_BYTES)
            except zlib.error as exc:
                detail = f"The body is not {coding}, or damaged, at byte {packed} or before."
                raise error(BAD[coding], detail) from exc
            unpacked += len(piece)
            if unpacked > max(FREE_BYTES, packed * MAX_RATIO):
                raise TooLarge("GZIP_BOMB", f"The body expands to more than {MAX_RATIO} times its size.")
            if piece:
                yield piece
            rest = member.unused_data if member.eof else member.unconsumed_tail
            if not rest and len(piece) < CHUNK_BYTES:
                break
    if packed and not member.eof:
        raise error("TRUNCATED_BODY", f"The {coding} data is truncated. Send the whole file.")
