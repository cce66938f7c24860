"""Bodies under Content-Encoding: those that come in, and answers to clients that say they unpack them."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterable

from flask import Request, Response

from api.http.client_connection import INCOMPLETE_BODY_ERRORS
from core.errors import TooLarge, Unsupported
from core.storage.compression import unpack
from core.strict_json import Malformed

MIN_PACKED_BYTES = 1024
LEVEL = 5


def read_body(request: Request, max_bytes: int) -> bytes:
    """Return the body of a request, unpacked.

    Raises:
        Malformed: TRUNCATED_BODY, BAD_GZIP or BAD_DEFLATE.
        TooLarge: it is larger than `max_bytes`, as it is sent or unpacked.
        Unsupported: UNSUPPORTED_ENCODING.
    """
    try:
        body = request.get_data(cache=False)
    except INCOMPLETE_BODY_ERRORS as exc:
        raise Malformed("TRUNCATED_BODY", "The body is incomplete. Send all of it.") from exc
    coding = request.headers.get("Content-Encoding", "").strip().lower()
    if coding in ("", "identity"):
        return body
    if coding in ("gzip", "x-gzip"):
        return _join(unpack([body], "gzip", Malformed), max_bytes)
    if coding == "deflate":
        return _join(unpack([body], "deflate", Malformed), max_bytes)
    raise Unsupported("UNSUPPORTED_ENCODING", f"Send Content-Encoding: gzip, deflate or none, not {coding[:100]!r}.")


def _join(chunks: Iterable[bytes], max_bytes: int) -> bytes:
    body = bytearray()
    for chunk in chunks:
        body += chunk
        if len(body) > max_bytes:
            raise TooLarge("TOO_LARGE", f"The body is larger than {max_bytes:,} bytes, unpacked.")
    return bytes(body)


def pack_answer(response: Response, request: Request) -> Response:
    """Pack an answer of more than 1 KiB for a client that says it unpacks it."""
    response.headers.add("Vary", "Accept-Encoding")
    body = response.get_data()
    coding = request.accept_encodings.best_match(["gzip", "deflate"]) if len(body) > MIN_PACKED_BYTES else None
    if coding is not None:
        packed = gzip.compress(body, LEVEL, mtime=0) if coding == "gzip" else zlib.compress(body, LEVEL)
        response.set_data(packed)
        response.headers["Content-Encoding"] = coding
    return response
