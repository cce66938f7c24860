"""Unpack gzip and deflate as they come in: memory stays bounded, and so does what a small body may swell to."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator

from core.errors import TooLarge
from core.strict_json import Malformed

CHUNK_BYTES = 1 << 16
MAX_RATIO = 300
"""Maximum ratio. Tables shrink to a tenth, at the very best to a hundredth; gzip itself ends at 1,032."""
FREE_BYTES = 16 << 20
"""Bytes that are unpacked whatever the ratio."""

BAD = {"gzip": "BAD_GZIP", "deflate": "BAD_DEFLATE"}

# zlib's window bits for their headers.
_GZIP, _DEFLATE = 31, 15


def unpack_gzip(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the bytes inside, of one gzip member or several.

    Raises Malformed BAD_GZIP or TRUNCATED_BODY, and TooLarge GZIP_BOMB.
    """
    return _unpack(chunks, "gzip", _GZIP)


def unpack_deflate(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the bytes inside of what HTTP calls deflate: zlib's format.

    Raises Malformed BAD_DEFLATE or TRUNCATED_BODY, and TooLarge GZIP_BOMB.
    """
    return _unpack(chunks, "deflate", _DEFLATE)


def _unpack(chunks: Iterable[bytes], coding: str, window_bits: int) -> Iterator[bytes]:
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
                raise Malformed(BAD[coding], detail) from exc
            unpacked += len(piece)
            if unpacked > max(FREE_BYTES, packed * MAX_RATIO):
                raise TooLarge("GZIP_BOMB", f"The body expands to more than {MAX_RATIO} times its size.")
            if piece:
                yield piece
            rest = member.unused_data if member.eof else member.unconsumed_tail
            if not rest and len(piece) < CHUNK_BYTES:
                break
    if packed and not member.eof:
        raise Malformed("TRUNCATED_BODY", f"The {coding} data is truncated. Send the whole file.")
