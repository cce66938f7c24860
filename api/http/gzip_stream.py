"""Unpack gzip as it comes in: memory stays bounded, and so does the size that a small body may swell to."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator

from api.http.strict_json import Malformed
from core.errors import TooLarge

CHUNK_BYTES = 1 << 16
MAX_RATIO = 300
"""Maximum ratio. Tables shrink to a tenth, at the very best to a hundredth; gzip itself ends at 1,032."""
FREE_BYTES = 16 << 20
"""Bytes that are unpacked whatever the ratio."""

_GZIP = 31  # zlib's window bits for a gzip header


def unpack_gzip(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the bytes inside, of one gzip member or several.

    Raises Malformed BAD_GZIP or TRUNCATED_BODY, and TooLarge GZIP_BOMB.
    """
    member = zlib.decompressobj(_GZIP)
    packed = unpacked = 0
    for chunk in chunks:
        packed += len(chunk)
        rest = chunk
        while True:
            if member.eof:
                rest = rest.lstrip(b"\0")  # padding between members
                if not rest:
                    break
                member = zlib.decompressobj(_GZIP)
            try:
                piece = member.decompress(rest, CHUNK_BYTES)
            except zlib.error as exc:
                raise Malformed("BAD_GZIP", f"The body is not gzip, or damaged, at byte {packed} or before.") from exc
            unpacked += len(piece)
            if unpacked > max(FREE_BYTES, packed * MAX_RATIO):
                raise TooLarge("GZIP_BOMB", f"The body expands to more than {MAX_RATIO} times its size.")
            if piece:
                yield piece
            rest = member.unused_data if member.eof else member.unconsumed_tail
            if not rest and len(piece) < CHUNK_BYTES:
                break
    if packed and not member.eof:
        raise Malformed("TRUNCATED_BODY", "The gzip data is truncated. Send the whole file.")
